"""The controls: ledger, requests, inbound and reset."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest


def test_the_ledger(sandbox, gateway):
    pairs = [{"key": "a", "value": "1"}]
    ids = [
        gateway.sent("07700900123", "Hello", metadata=pairs, tag="t")["messageid"],
        gateway.sent("33612345678", "x" * 161, sender="07900123456", metadata={"b": "2"})["messageid"],
        gateway.sent("447700900124", "Bye", schedule="")["messageid"],
    ]
    rows = sandbox.ledger()
    for row in rows:
        accepted = row.pop("accepted_at")
        assert accepted.endswith("Z")
        assert abs(datetime.fromisoformat(accepted) - datetime.now(UTC)) < timedelta(seconds=5)
    common = {"operation": "POST /message/send", "batch_id": None, "schedule": None}
    assert rows == [
        common
        | {"seq": 1, "message_id": ids[0], "to": "447700900123", "sender": "Parcels", "content": "Hello"}
        | {"metadata": pairs, "tag": "t", "parts": 1, "credits": 1.0},
        common
        | {"seq": 2, "message_id": ids[1], "to": "33612345678", "sender": "07900123456", "content": "x" * 161}
        | {"metadata": {"b": "2"}, "tag": None, "parts": 2, "credits": 4.0},
        common
        | {"seq": 3, "message_id": ids[2], "to": "447700900124", "sender": "Parcels", "content": "Bye"}
        | {"metadata": [], "tag": None, "parts": 1, "credits": 1.0},
    ]


def test_requests(sandbox, gateway):
    assert sandbox.requests() == {}
    gateway.send()
    gateway.send(content="")
    gateway.get("/messages/1")
    gateway.call("GET", "/messages/2", headers={"Authorization": ""})
    gateway.get("/nothing")
    assert sandbox.requests() == {"POST /message/send": 2, "GET /messages/{messageid}": 2}


@pytest.mark.parametrize("phone", ["07700900123", "447700900123", "+447700900123", "00447700900123"])
def test_inbound(sandbox, gateway, phone):
    message_id = sandbox.inbound(phone, "+447900123456", "Hello £ <b>")
    message = gateway.message(message_id)
    assert message["status"] == "INCOMING"
    assert (message["sender"], message["destination"]) == ("447700900123", 447900123456)
    assert (message["content"], message["keyword"]) == ("Hello £ <b>", "HELLO")
    assert sandbox.ledger() == []
    assert gateway.balance() == 1000.0


@pytest.mark.parametrize(
    ("bad", "word"),
    [({"from": "12"}, "from"), ({"from": 7}, "from"), ({"to": "Parcels"}, "to"), ({"content": ""}, "content")],
)
def test_bad_inbound(sandbox, gateway, bad, word):
    text = {"from": "07700900123", "to": "60777", "content": "Hi"} | bad
    response = sandbox.client.post("/sandbox/inbound", json=text)
    assert response.status_code == 400
    assert response.json()["message"].startswith(f"Validation errors: {word}: ")
    assert gateway.search() == []


def test_a_hidden_text_is_dated_now_and_found_later(sandbox, gateway, eventually):
    open_id = sandbox.inbound("07700900123", "60777", "open")
    hidden_id = sandbox.inbound("07700900123", "60777", "hidden", hidden=0.6)
    later_id = sandbox.inbound("07700900123", "60777", "later")
    assert gateway.found() == gateway.found(status="INCOMING", sender="447700900123") == ["open", "later"]
    assert [message["content"] for message in gateway.post("/messages/inbox", {}).json()] == ["open", "later"]
    dates = [gateway.message(message_id)["created"] for message_id in (open_id, hidden_id, later_id)]
    assert dates == sorted(dates)
    eventually(gateway.found, ["open", "hidden", "later"])
    assert "hidden" in gateway.found(**{"from": dates[1]})
    assert [message["content"] for message in gateway.post("/messages/inbox", {}).json()] == ["hidden"]


def test_copies_of_a_text(sandbox, gateway):
    text = {"from": "07700900123", "to": "60777", "content": "Hi", "copies": 3}
    answer = sandbox.client.post("/sandbox/inbound", json=text).json()
    assert answer["messageid"] == answer["messageids"][0]
    found = gateway.search()
    assert [message["messageid"] for message in found] == answer["messageids"]
    assert len(set(answer["messageids"])) == 3
    assert {message["content"] for message in found} == {"Hi"}
    assert list(sandbox.client.post("/sandbox/inbound", json=text | {"copies": 1}).json()) == ["messageid"]


def test_many_texts_at_once(sandbox, gateway):
    text = {"from": "07700900123", "to": "60777"}
    ids = sandbox.inbound_many([text | {"content": "one"}, text | {"content": "two", "copies": 2, "hidden": 60}])
    assert [gateway.message(message_id)["content"] for message_id in ids] == ["one", "two", "two"]
    assert gateway.found() == ["one"]
    assert sandbox.inbound_many([]) == []
    sandbox.reset()
    started = time.monotonic()
    ids = sandbox.inbound_many([text | {"content": f"text {number}"} for number in range(5000)])
    assert time.monotonic() - started < 5
    assert len(set(ids)) == 5000
    assert gateway.found(skip=4999) == ["text 4999"]


@pytest.mark.parametrize(
    ("bad", "place"),
    [({"from": "12"}, "1.from"), ({"copies": 0}, "1.copies"), ({"hidden": -1}, "1.hidden"), (None, "1")],
)
def test_one_bad_text_of_many(sandbox, gateway, bad, place):
    text = {"from": "07700900123", "to": "60777", "content": "Hi"}
    response = sandbox.client.post("/sandbox/inbound", json=[text, bad and text | bad])
    assert response.status_code == 400
    assert response.json()["message"].startswith(f"Validation errors: {place}: ")
    assert gateway.search() == []


def test_reset(sandbox, gateway):
    sandbox.set(search_lag=5, credits=20, delivery_delay=0)
    sandbox.faults([{"operation": "*", "times": 5}])
    gateway.send()
    sandbox.faults([{"operation": "GET /utils/test", "times": 5}])
    message_id = gateway.sent()["messageid"]
    sandbox.inbound("07700900123", "60777", "Hi")
    sandbox.replies([{"phone": "07700900020", "replies": [], "texts": None}])
    sandbox.reset()
    assert sandbox.replies_left() == []
    assert sandbox.ledger() == []
    assert sandbox.requests() == {}
    assert sandbox.faults_left() == []
    assert sandbox.settings()["search_lag"] == 0.0
    assert gateway.search() == []
    assert gateway.get(f"/messages/{message_id}").status_code == 404
    assert gateway.balance() == 1000.0
    gateway.sent()
    assert [row["seq"] for row in sandbox.ledger()] == [1]
