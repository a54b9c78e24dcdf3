"""Batches: one text to many, many texts, what is wrong with some of them, and how long it takes."""

from __future__ import annotations

import time

import pytest

TWO = ["07700900123", "07700900124"]


def send(gateway, destinations=TWO, **fields):
    """Try to send a batch; returns the response."""
    body = {"sender": "Parcels", "destinations": list(destinations), "content": "Hi all"}
    return gateway.post("/batch/send", body | fields)


def message(to="07700900123", content="Hello", **fields):
    return {"sender": "Parcels", "destination": to, "content": content} | fields


def messages(gateway, response):
    """The messages of the batch that was sent."""
    assert response.status_code == 201, response.text
    found = gateway.get(f"/batch/{response.json()['batchid']}")
    assert found.status_code == 200, found.text
    return found.json()


def test_one_text_to_many(sandbox, gateway):
    response = send(gateway, ["07700900123", "447700900124", "33612345678"], tag="t", metadata={"a": "1"})
    batch_id = response.json()["batchid"]
    assert (response.status_code, response.json()) == (201, {"batchid": batch_id, "status": "SCHEDULED"})
    found = messages(gateway, response)
    assert [each["destination"] for each in found] == [447700900123, 447700900124, 33612345678]
    assert {(each["content"], each["tag"], each["batchid"]) for each in found} == {("Hi all", "t", batch_id)}
    assert [each["metadata"] for each in found] == [{}, {}, {}]
    rows = sandbox.ledger()
    assert [row["message_id"] for row in rows] == [each["messageid"] for each in found]
    assert {(row["operation"], row["batch_id"], row["tag"]) for row in rows} == {("POST /batch/send", batch_id, "t")}
    assert [row["metadata"] for row in rows] == [[], [], []]
    assert gateway.balance() == 996.0


def test_many_texts(sandbox, gateway):
    pairs = [{"key": "order", "value": "7"}]
    bodies = [
        message("07700900123", "one", metadata=pairs, tag="t"),
        message("07700900124", "x" * 161, sender="Alerts", metadata={"order": "8"}),
    ]
    response = gateway.post("/batch/any", bodies)
    found = messages(gateway, response)
    assert [(each["content"], each["sender"], each["tag"]) for each in found] == [
        ("one", "Parcels", "t"),
        ("x" * 161, "Alerts", ""),
    ]
    assert [each["metadata"] for each in found] == [{"order": "7"}, {"order": "8"}]
    assert gateway.found(metadata={"order": "7"}) == ["one"]
    assert [row["metadata"] for row in sandbox.ledger()] == [pairs, {"order": "8"}]
    assert {row["operation"] for row in sandbox.ledger()} == {"POST /batch/any"}
    assert gateway.balance() == 997.0


def test_the_messages_of_a_batch_live_as_others_do(sandbox, gateway):
    sandbox.set(delivery_delay=0, reply_delay=0)
    response = send(gateway, ["07700900000", "07700900001", "07700900005"], sender="07900123456")
    assert [each["status"] for each in messages(gateway, response)] == ["DELIVERED", "UNDELIVERABLE", "DELIVERED"]
    assert gateway.found(status="INCOMING") == ["YES"]
    assert gateway.balance() == 998.0


def test_a_number_given_twice_is_texted_twice(sandbox, gateway):
    send(gateway, ["07700900123", "447700900123"])
    assert [row["to"] for row in sandbox.ledger()] == ["447700900123", "447700900123"]


def test_bad_numbers_fail_and_the_others_are_sent(sandbox, gateway):
    sandbox.set(account="no_international")
    response = send(gateway, ["07700900123", "+447700900124", "33612345678", "", "02079460018"])
    found = messages(gateway, response)
    assert [(each["status"], each.get("failurereason", {}).get("code")) for each in found] == [
        ("SENT", None),
        ("FAILED", 4004),
        ("FAILED", 4034),
        ("FAILED", 4004),
        ("FAILED", 4004),
    ]
    assert [each["destination"] for each in found] == [447700900123, 447700900124, 33612345678, 0, 2079460018]
    assert found[1]["failurereason"] == {"code": 4004, "details": "Invalid destination number.", "permanent": True}
    assert len(sandbox.ledger()) == 1
    assert gateway.balance() == 999.0
    assert len(gateway.search(status="FAILED")) == 4


def test_one_bad_number_refuses_them_all(sandbox, gateway):
    sandbox.set(batch_partial=False)
    responses = [
        send(gateway, ["07700900123", "12"]),
        gateway.post("/batch/any", [message(), message("12")]),
        gateway.post("/batch/schedule", {**message(), "destinations": ["12"], "schedule": "2090-01-01"}),
    ]
    for response in responses:
        assert (response.status_code, response.json()["errorCode"]) == (400, 4004)
    assert (sandbox.ledger(), gateway.search(), sandbox.schedules()) == ([], [], [])
    assert send(gateway).status_code == 201


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"content": ""}, 4001), ({"content": "x" * 1281}, 4002), ({"sender": "A"}, 4003), ({"tag": "t" * 281}, 4005)],
)
def test_a_text_that_cannot_be_sent_to_anybody(sandbox, gateway, fields, code):
    assert send(gateway, **fields).json()["errorCode"] == code
    assert sandbox.ledger() == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"content": ""}, 4001), ({"content": "x" * 1281}, 4002), ({"sender": "A"}, 4003), ({"tag": "t" * 281}, 4005)],
)
def test_one_of_many_texts_that_cannot_be_sent(sandbox, gateway, fields, code):
    found = messages(gateway, gateway.post("/batch/any", [message(**fields), message(content="good")]))
    assert [each["status"] for each in found] == ["FAILED", "SENT"]
    assert found[0]["failurereason"]["code"] == code
    assert [row["content"] for row in sandbox.ledger()] == ["good"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/batch/send", []),
        ("/batch/send", {"sender": "Parcels", "content": "Hi"}),
        ("/batch/send", {"sender": "Parcels", "content": "Hi", "destinations": []}),
        ("/batch/send", {"sender": "Parcels", "content": "Hi", "destinations": "07700900123"}),
        ("/batch/send", {"sender": "Parcels", "content": "Hi", "destinations": [447700900123]}),
        ("/batch/any", []),
        ("/batch/any", {"messages": [message()]}),
        ("/batch/any", [message(), "text"]),
        ("/batch/any", [message(), {}]),
        ("/batch/any", [message(), message(validity=0)]),
    ],
)
def test_a_batch_that_the_schema_does_not_allow(sandbox, gateway, path, body):
    response = gateway.post(path, body)
    assert (response.status_code, response.json()["errorCode"]) == (400, 400)
    assert sandbox.ledger() == []


@pytest.mark.parametrize(
    ("filtering", "statuses"), [("answer", ["SENT"] * 6 + ["FAILED"] * 2), ("report", ["SENT"] * 8)]
)
def test_a_flood_within_a_batch_counts_its_own_texts(sandbox, gateway, filtering, statuses):
    sandbox.set(flood_filter=filtering, delivery_delay=60)
    texts = [message(content="same") for _ in range(8)]
    response = gateway.post(
        "/batch/any", [texts[0], message("07700900124", "same"), *texts[1:], message(content="other")]
    )
    found = messages(gateway, response)
    assert [each["status"] for each in found] == [statuses[0], "SENT", *statuses[1:], "SENT"]
    sandbox.set(delivery_delay=0)
    delivered = [each["status"] for each in messages(gateway, response)]
    stopped = "FAILED" if filtering == "answer" else "REJECTED"
    assert delivered == [*["DELIVERED"] * 7, stopped, stopped, "DELIVERED"]
    assert gateway.balance() == 1000.0 - 8


def test_a_pair_that_is_given_twice(sandbox, gateway):
    pairs = [{"key": "a", "value": "1"}, {"key": "a", "value": "1"}, {"key": "a", "value": "2"}]
    assert gateway.post("/batch/any", [message(metadata=pairs)]).status_code == 201
    assert gateway.found(metadata={"a": "1"}) == gateway.found(metadata={"a": "2"}) == ["Hello"]
    assert sandbox.ledger()[0]["metadata"] == pairs


def test_the_messages_of_a_batch_answer_as_they_were_told_to(sandbox, gateway):
    sandbox.replies([{"phone": "07700900020", "texts": 2, "replies": [{"content": "{code}", "delay": 0}]}])
    texts = [message("07700900020", f"Reply YES {n}A{n}", sender="60777") for n in range(3)]
    assert gateway.post("/batch/any", texts).status_code == 201
    assert sorted(gateway.found(status="INCOMING")) == ["0A0", "1A1"]
    assert sandbox.replies_left() == []


def test_the_limit(sandbox, gateway):
    sandbox.set(batch_limit=2)
    too_many = [
        send(gateway, [*TWO, "07700900125"]),
        gateway.post("/batch/any", [message()] * 3),
        gateway.post("/batch/schedule", {**message(), "destinations": TWO * 2, "schedule": "2090-01-01"}),
    ]
    for response in too_many:
        assert response.status_code == 400
        assert "up to 2 messages" in response.json()["message"]
    assert sandbox.ledger() == []
    assert send(gateway).status_code == 201


@pytest.mark.parametrize("path", ["/batch/send", "/batch/any"])
def test_credit_for_all_or_none(sandbox, gateway, path):
    sandbox.set(credits=2.5)

    def attempt(count):
        numbers = ["12", *(f"0770090012{number}" for number in range(count))]  # the bad one costs nothing
        return send(gateway, numbers) if path == "/batch/send" else gateway.post(path, [message(to) for to in numbers])

    response = attempt(3)
    assert (response.status_code, response.json()["errorCode"]) == (402, 4021)
    assert (sandbox.ledger(), gateway.search(), gateway.balance()) == ([], [], 2.5)
    assert attempt(2).status_code == 201
    assert (len(sandbox.ledger()), gateway.balance()) == (2, 0.5)


def test_a_batch_that_is_unknown(gateway):
    response = gateway.get("/batch/2586749")
    assert (response.status_code, response.json()) == (404, {"message": "Batch not found"})


@pytest.mark.parametrize(("when", "accepted"), [("before", 0), ("after", 2), ("late", 2)])
def test_faults(sandbox, gateway, eventually, when, accepted):
    sandbox.faults([{"operation": "POST /batch/send", "when": when, "status": 503, "delay": 0}])
    assert send(gateway).status_code == 503
    eventually(lambda: len(sandbox.ledger()), accepted)


@pytest.mark.parametrize("path", ["/batch/send", "/batch/any"])
def test_five_thousand(sandbox, gateway, path):
    sandbox.set(credits=5000)
    numbers = [f"0770{number:07}" for number in range(5000)]
    pairs = [{"key": "send", "value": "k"}]
    collection = [message(to, metadata=pairs) for to in numbers]
    started = time.perf_counter()
    response = send(gateway, numbers) if path == "/batch/send" else gateway.post(path, collection)
    took = time.perf_counter() - started
    assert len(messages(gateway, response)) == 5000
    assert [row["to"] for row in sandbox.ledger()] == ["44" + number[1:] for number in numbers]
    assert gateway.balance() == 0.0
    assert took < 3
