"""What the gateway's filters find: floods, profanity and blocked terms; and reports that are deleted by themselves."""

from __future__ import annotations

import time

import pytest


def send_many(gateway, contents, to="07700900123"):
    return [gateway.send(to, content).status_code for content in contents]


def test_no_filter_unless_asked_for(gateway):
    assert send_many(gateway, ["same"] * 25) == [201] * 25


def test_six_identical_and_twenty_varied_texts(sandbox, gateway):
    sandbox.set(flood_filter="answer")
    assert send_many(gateway, ["same"] * 7) == [201] * 6 + [400]
    assert gateway.send(content="same").json()["errorCode"] == 5020
    assert send_many(gateway, map(str, range(15))) == [201] * 14 + [400]
    assert send_many(gateway, ["same"], to="07700900124") == [201]
    assert (len(sandbox.ledger()), gateway.balance()) == (21, 979.0)


def test_a_flood_in_a_batch(sandbox, gateway):
    sandbox.set(flood_filter="answer")
    body = {"sender": "Parcels", "destinations": ["07700900123"] * 7, "content": "same"}
    found = gateway.get(f"/batch/{gateway.post('/batch/send', body).json()['batchid']}").json()
    assert [message["status"] for message in found] == ["SENT"] * 6 + ["FAILED"]
    assert found[6]["failurereason"]["code"] == 5020
    assert gateway.balance() == 994.0


def test_the_filter_looks_at_one_number_only(sandbox, gateway):
    """And not at all of the ledger for each of 2,500 messages, which takes ten times as long and more."""

    def seconds():
        body = {"sender": "Parcels", "destinations": [str(447700000000 + n) for n in range(2500)], "content": "Hi"}
        started = time.perf_counter()
        assert gateway.post("/batch/send", body).status_code == 201
        return time.perf_counter() - started

    sandbox.set(credits=10_000)
    unfiltered = min(seconds() for _ in range(2))
    sandbox.set(flood_filter="answer")
    assert min(seconds() for _ in range(2)) < 7 * unfiltered  # the machine may be busy


@pytest.mark.parametrize("to", ["07700900123", "33612345678"])
def test_a_flood_that_the_report_tells(sandbox, gateway, to):
    sandbox.set(flood_filter="report", delivery_delay=60)
    assert send_many(gateway, ["same"] * 7, to) == [201] * 7
    price = gateway.search()[0].get("credits", 1.0 if to.startswith("0") else 2.0)
    assert gateway.balance() == 1000.0 - 7 * price
    sandbox.set(delivery_delay=0)
    *delivered, last = gateway.search()
    assert {message["status"] for message in delivered} == {"DELIVERED"}
    assert (last["status"], last["failurereason"]["code"]) == ("REJECTED", 5020)
    assert gateway.balance() == 1000.0 - 6 * price, "no credit will be deducted"


def test_profanity(sandbox, gateway):
    assert gateway.send(content="This is a PROFANITY-TEST.").json()["errorCode"] == 4006
    bodies = [{"sender": "Parcels", "destination": "07700900123", "content": c} for c in ("PROFANITY-TEST", "good")]
    assert gateway.post("/batch/any", bodies).status_code == 201
    assert [row["content"] for row in sandbox.ledger()] == ["good"]
    assert gateway.send().status_code == 201


@pytest.mark.parametrize("path", ["/message/send", "/message/schedule", "/batch/send", "/batch/any"])
def test_blocked_terms_disable_the_account(sandbox, gateway, path):
    body = {
        **{"sender": "Parcels", "destination": "07700900123", "destinations": ["07700900123"]},
        **{"content": "A PHISHING-TEST", "schedule": "2090-01-01T00:00:00Z"},
    }
    response = gateway.post(path, [body | {"content": "good"}, body] if path == "/batch/any" else body)
    assert (response.status_code, response.json()["errorCode"]) == (400, 4007)
    assert (gateway.send().status_code, gateway.send().json()["errorCode"]) == (403, 4033)
    assert (sandbox.ledger(), sandbox.settings()["account"]) == ([], "disabled")
    sandbox.set(account="ok")
    assert gateway.send().status_code == 201


def test_a_sample_of_that_error_disables_nothing(gateway):
    assert gateway.get("/utils/errors/4007").status_code == 400
    assert gateway.send().status_code == 201


def test_a_report_is_deleted_after_its_ttl(sandbox, gateway, eventually):
    kept, gone = gateway.sent()["messageid"], gateway.sent(ttl=1, metadata={"a": "1"})["messageid"]
    assert len(gateway.search()) == 2
    sandbox.set(ttl_delay=0.2)
    eventually(lambda: gateway.get(f"/messages/{gone}").status_code, 404)
    assert [message["messageid"] for message in gateway.search()] == [kept]
    assert gateway.search(metadata={"a": "1"}) == []
    assert [row["message_id"] for row in sandbox.ledger()] == [kept, gone]


def test_forgetting_many_reports_takes_less_than_sending_them(sandbox, gateway):
    """It takes longer if it looks through the metadata of all messages for each of them."""

    def seconds(call, *args):
        started = time.perf_counter()
        assert call(*args).is_success
        return time.perf_counter() - started

    sandbox.set(ttl_delay=3600, credits=5000)
    text = {"sender": "Parcels", "content": "Hi", "ttl": 10, "destination": "07700900123"}
    sending = seconds(gateway.post, "/batch/any", [text | {"metadata": {"a": str(n), "b": "1"}} for n in range(5000)])
    sandbox.set(ttl_delay=0)
    assert seconds(gateway.get, "/credits/balance") < 5 * sending  # the machine may be busy; it took a hundred times
    assert gateway.search() == []
