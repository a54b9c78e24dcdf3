"""Open questions about searches, reports, the inbox, passcodes and errors, each under each of its readings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest


@pytest.fixture
def three(sandbox, gateway):
    """Three texts out and two in."""
    for number in "123":
        gateway.sent(content=number, tag=f"tag {number}")
    for number in "45":
        sandbox.inbound("07700900123", "60777", number)
    return sandbox


def inbox(gateway, **query):
    response = gateway.post("/messages/inbox", query)
    assert response.status_code == 200
    return [message["content"] for message in response.json()]


def test_search_order(three, gateway):
    assert gateway.found() == ["1", "2", "3", "4", "5"]
    three.set(search_order="newest")
    assert gateway.found() == ["5", "4", "3", "2", "1"]
    assert gateway.found(limit=2, skip=1) == ["4", "3"]
    assert inbox(gateway) == ["5", "4"]


def test_search_page(three, gateway):
    three.set(search_page=2)
    assert gateway.found() == gateway.found(limit=1000) == ["1", "2"]
    assert gateway.found(limit=1) == ["1"]
    assert gateway.found(skip=4) == ["5"]
    three.set(search_page=1)
    assert [inbox(gateway), inbox(gateway), inbox(gateway)] == [["4"], ["5"], []], "only what is returned is read"


def test_tag_search(three, gateway):
    assert len(gateway.found(tag="tag 2")) == 5
    three.set(tag_search="filters")
    assert gateway.found(tag="tag 2") == ["2"]
    assert gateway.found(tag="") == ["1", "2", "3", "4", "5"]


def test_lists(three, gateway):
    batch_id = gateway.post("/batch/any", [{"sender": "Parcels", "destination": "07700900001", "content": "6"}]).json()[
        "batchid"
    ]
    three.set(lists="wrapped", delivery_delay=0)
    answers = [gateway.post(f"/messages{path}", {}) for path in ("", "/inbox", "/failed")]
    answers.append(gateway.get(f"/batch/{batch_id}"))
    assert [len(answer.json()["messages"]) for answer in answers] == [6, 2, 1, 1]


def test_inbox(three, gateway):
    three.set(inbox="keeping")
    assert inbox(gateway) == inbox(gateway) == ["4", "5"]
    three.set(inbox="consuming")
    assert gateway.found(status="INCOMING", unread=True) == ["4", "5"]
    three.set(inbox="searches_too")
    assert gateway.found(status="INCOMING", unread=True, limit=1) == ["4"]
    assert gateway.found(status="INCOMING", unread=True) == ["5"]
    assert inbox(gateway) == []


def test_inbox_unread(three, gateway):
    assert inbox(gateway, limit=1) == ["4"]
    three.set(inbox="keeping")
    assert inbox(gateway, unread=False) == ["5"]
    three.set(inbox_unread="honoured")
    assert inbox(gateway, unread=False) == ["4"]
    assert inbox(gateway, unread=True) == inbox(gateway) == ["5"]


def test_no_report(sandbox, gateway):
    sandbox.set(delivery_delay=0)
    message_id = gateway.sent("07700900004")["messageid"]
    assert gateway.message(message_id)["status"] == "SENT"
    sandbox.set(no_report="unknown")
    message = gateway.message(message_id)
    assert message["status"] == "UNKNOWN"
    assert "failurereason" not in message
    assert gateway.balance() == 999.0, "no refund"


def test_failure_codes(sandbox, gateway):
    sandbox.set(delivery_delay=0)
    failed, delivered = (gateway.sent(to)["messageid"] for to in ("07700900001", "07700900000"))

    def reason(message_id):
        found = gateway.message(message_id).get("failurereason")
        return found and (found["code"], found["permanent"])

    assert [reason(failed), reason(delivered)] == [(5001, True), None]
    sandbox.set(failure_codes="samples")
    assert [reason(failed), reason(delivered)] == [(1, False), (1, False)]
    assert gateway.message(delivered)["status"] == "DELIVERED"
    bad = gateway.post("/batch/any", [{"sender": "Parcels", "destination": "12", "content": "Hi"}]).json()["batchid"]
    assert gateway.get(f"/batch/{bad}").json()[0]["failurereason"]["code"] == 4004


def test_status_words_of_a_batch(sandbox, gateway):
    body = [{"sender": "Parcels", "destination": "07700900123", "content": "Hi"}]
    assert gateway.post("/batch/any", body).json()["status"] == "SCHEDULED"
    sandbox.set(status_words="docs")
    assert gateway.post("/batch/any", body).json()["status"] == "ACCEPTED"


def test_optional_fields(sandbox, gateway):
    sandbox.set(optional_fields=False, delivery_delay=0)
    answer = gateway.sent("07700900001", deliveryreporturl="https://example.com")
    assert set(answer) == {"messageid", "status", "credits", "creditsUsed", "metadata"}
    required = {
        *("content", "created", "customerid", "destination", "messageid", "modified", "schedule", "sender", "status"),
        *("tag", "metadata"),
    }
    assert set(gateway.message(answer["messageid"])) == required
    assert gateway.get("/credits/GB").json() == {"credits": 1.0}
    assert set(gateway.send(content="").json()) == {"message", "errorCode", "status"}


def test_the_key_of_a_scheduled_entry(sandbox, gateway):
    planned = gateway.send(path="/message/schedule", schedule="2090-01-01T00:00:00Z").json()[0]["messageid"]
    assert gateway.get("/messages/schedule").json()["id"] == planned
    sandbox.set(shapes="text")
    (entry,) = gateway.get("/messages/schedule").json()
    assert (entry["messageid"], "id" in entry) == (planned, False)


def test_otp_status(sandbox, gateway):
    sandbox.set(delivery_delay=0)
    body = {"sender": "Parcels", "destination": "07700900000", "passcode": "482100"}
    path = f"/otp/{gateway.post('/otp/send', body).json()['messageid']}"
    assert gateway.get(path).json()["status"] == "SENT"
    sandbox.set(otp_status="delivery")
    assert gateway.get(path).json()["status"] == "DELIVERED"
    assert gateway.post("/otp/verify", {"passcode": "482100"}).json()["status"] == "VERIFIED"
    assert gateway.get(path).json()["status"] == "VERIFIED"


def test_error_bodies(sandbox, gateway):
    sandbox.set(account="not_found")
    assert list(gateway.get("/credits/balance").json()) == ["message"]
    sandbox.set(error_bodies="docs")
    assert gateway.get("/credits/balance").json()["errorCode"] == 4032


def test_sample_status(sandbox, gateway):
    assert gateway.get("/utils/errors/4021").status_code == 402
    sandbox.set(sample_status="ok")
    response = gateway.get("/utils/errors/4021")
    assert (response.status_code, response.json()["errorCode"]) == (200, 4021)


def test_retry_after(sandbox, gateway):
    sandbox.set(calls_per_minute=1)
    gateway.get("/utils/test")
    assert 55 <= int(gateway.get("/utils/test").headers["retry-after"]) <= 60
    sandbox.set(retry_after="date")
    until = parsedate_to_datetime(gateway.get("/utils/test").headers["retry-after"])
    assert timedelta(seconds=50) < until - datetime.now(UTC) < timedelta(seconds=62)
    sandbox.set(retry_after="none")
    assert "retry-after" not in gateway.get("/utils/test").headers


def test_token_word(sandbox, gateway):
    credentials = {"customerid": "c", "key": "k", "secret": "s"}
    assert gateway.post("/auth/token", credentials).json()["token"].startswith("JWT ey")
    sandbox.set(token_word="none")
    token = gateway.post("/auth/token", credentials).json()["token"]
    assert token.startswith("ey")
    for value in (token, f"JWT {token}"):
        assert gateway.call("GET", "/utils/test", headers={"Authorization": value}).status_code == 200
