"""Open questions about sending, batches and schedules, each under each of its readings."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest

JUST_OVER = "Dear customer, " + "your parcel is late and we are sorry about that. " * 3  # 162 characters


def batch(gateway, *numbers, **fields):
    """Try to send a batch; returns the response."""
    body = {"sender": "Parcels", "destinations": list(numbers), "content": "Hi all"}
    return gateway.post("/batch/send", body | fields)


def schedule(gateway, when, **fields):
    """Try to schedule a text; returns the response."""
    return gateway.send(path="/message/schedule", schedule=when, **fields)


def texted(sandbox):
    return [row["to"] for row in sandbox.ledger()]


@pytest.mark.parametrize(
    ("ids", "kind", "pattern"),
    [
        ("digits", str, r"\d{20}"),
        ("uuid", str, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("number", int, r"\d{16}"),
    ],
)
def test_ids(sandbox, gateway, ids, kind, pattern):
    sandbox.set(ids=ids)
    later = "2090-01-01T00:00:00Z"
    answer, many = gateway.sent(), batch(gateway, "07700900123").json()
    planned = schedule(gateway, later).json()[0]["messageid"]
    (inbatch,) = gateway.get(f"/batch/{many['batchid']}").json()
    entry = gateway.get("/messages/schedule").json()
    message = gateway.message(answer["messageid"])
    cancelled = gateway.call("DELETE", f"/messages/schedule/{planned}").json()["messageid"]
    otp = gateway.post("/otp/send", {"sender": "Parcels", "destination": "07700900123"}).json()["messageid"]
    every = [answer["messageid"], many["batchid"], planned, inbatch["batchid"], message["id"], cancelled, otp]
    assert all(type(value) is kind and re.fullmatch(pattern, str(value)) for value in every), every
    assert (message["messageid"], inbatch["batchid"]) == (answer["messageid"], many["batchid"])
    assert entry["id"] == planned == cancelled
    assert len({answer["messageid"], many["batchid"], planned, inbatch["messageid"], otp}) == 5, "each is new"
    assert sandbox.ledger()[0]["message_id"] == str(answer["messageid"])
    assert gateway.call("DELETE", f"/messages/{answer['messageid']}").json()["messageid"] == answer["messageid"]


@pytest.mark.parametrize(
    ("content", "gsm", "company"),
    [
        ("a" * 161, 2, 2),
        ("£" * 81, 1, 2),
        ("line\r\n" * 25, 1, 2),
        ("a" * 152 + "€" + "a" * 152, 3, 2),
        ("ж" * 70, 1, 1),
        ("ж" * 140, 3, 2),
        ("😀" * 36, 2, 2),
        ("^{}[~]€\\|" * 9, 2, 2),
    ],
)
def test_billing(sandbox, gateway, content, gsm, company):
    for billing, parts in (("gsm", gsm), ("company", company)):
        sandbox.set(billing=billing)
        answer = gateway.sent(content=content)
        assert (answer["messageparts"], answer["creditsUsed"]) == (parts, float(parts))


def test_unicode_limit(sandbox, gateway):
    gateway.sent(content="ж" * 1280)
    sandbox.set(unicode_limit=70)
    gateway.sent(content="ж" * 70)
    gateway.sent(content="a" * 1280)
    for content in ("ж" * 71, "😀" * 36):
        assert gateway.send(content=content).json()["errorCode"] == 4002


@pytest.mark.parametrize(
    ("account", "asked", "rewritten"),
    [(False, None, False), (False, True, True), (True, None, True), (True, False, False), (False, False, False)],
)
def test_ai_optimiser(sandbox, gateway, account, asked, rewritten):
    assert len(JUST_OVER) == 162
    sandbox.set(ai_optimiser=account)
    answer = gateway.sent(content=JUST_OVER, **({} if asked is None else {"ai": asked}))
    content = gateway.message(answer["messageid"])["content"]
    assert (content != JUST_OVER, answer["creditsUsed"]) == ((True, 1.0) if rewritten else (False, 2.0))
    assert sandbox.ledger()[0]["content"] == content


@pytest.mark.parametrize("content", ["short", "a" * 200, "Reply YES 4821 " * 11, "e" * 470, JUST_OVER * 3])
def test_what_the_optimiser_leaves_alone(sandbox, gateway, content):
    gateway.sent(content=content, ai=True)
    assert sandbox.ledger()[0]["content"] == content


@pytest.mark.parametrize(
    ("reading", "to"), [("sent", ["1", "2", "1"]), ("once", ["1", "2"]), ("refused", [])], ids=lambda value: str(value)
)
def test_batch_duplicates(sandbox, gateway, reading, to):
    sandbox.set(batch_duplicates=reading)
    response = batch(gateway, "07700900121", "07700900122", "447700900121")
    assert response.status_code == (400 if reading == "refused" else 201)
    assert texted(sandbox) == [f"44770090012{last}" for last in to]
    later = {"schedule": (datetime.now(UTC) + timedelta(seconds=0.2)).isoformat()}
    body = {"sender": "Parcels", "content": "Later", "destinations": ["07700900123"] * 2}
    assert gateway.post("/batch/schedule", body | later).status_code == (400 if reading == "refused" else 201)
    time.sleep(0.3)
    assert len(texted(sandbox)) - len(to) == {"sent": 2, "once": 1, "refused": 0}[reading]


def test_batch_credit(sandbox, gateway):
    numbers = [f"0770090012{last}" for last in range(4)]
    sandbox.set(credits=2.5)
    assert batch(gateway, *numbers).status_code == 402
    assert texted(sandbox) == []
    sandbox.set(batch_credit="part")
    response = batch(gateway, *numbers)
    assert response.status_code == 201
    found = gateway.get(f"/batch/{response.json()['batchid']}").json()
    assert [message["status"] for message in found] == ["SENT", "SENT", "FAILED", "FAILED"]
    assert found[3]["failurereason"]["code"] == 4021
    assert (len(texted(sandbox)), gateway.balance()) == (2, 0.5)
    assert batch(gateway, *numbers).status_code == 402, "not even for one"


def test_overdraft(sandbox, gateway):
    sandbox.set(credits=0, overdraft=2)
    assert [gateway.sent()["credits"], gateway.sent()["credits"]] == [-1.0, -2.0]
    assert gateway.send().status_code == 402
    assert gateway.balance() == -2.0


def test_new_batch(sandbox, gateway, eventually):
    sandbox.set(search_lag=60)
    batch_id = batch(gateway, "07700900123").json()["batchid"]

    def look():
        response = gateway.get(f"/batch/{batch_id}")
        return response.status_code, len(response.json()) if response.is_success else None

    for reading, answer in (("shown", (200, 1)), ("empty", (200, 0)), ("not_found", (404, None))):
        sandbox.set(new_batch=reading)
        assert look() == answer
    assert gateway.get("/batch/1").status_code == 404
    sandbox.set(search_lag=0.2)
    eventually(look, (200, 1))


def test_cancel_again(sandbox, gateway, eventually):
    soon = (datetime.now(UTC) + timedelta(seconds=0.2)).isoformat()
    sent = schedule(gateway, soon).json()[0]["messageid"]
    cancelled = schedule(gateway, "2090-01-01T00:00:00Z").json()[0]["messageid"]

    def cancel(which):
        response = gateway.call("DELETE", f"/messages/schedule/{which}")
        return response.status_code, response.json().get("errorCode", response.json().get("status"))

    assert cancel(cancelled) == (200, "CANCELLED")
    eventually(lambda: len(sandbox.ledger()), 1)
    assert [cancel(cancelled), cancel(sent)] == [(400, 4008)] * 2
    sandbox.set(cancel_again="answered")
    assert [cancel(cancelled), cancel(sent)] == [(200, "CANCELLED"), (200, "PROCESSED")]
    assert cancel("1") == (400, 4008)


def test_zone(sandbox, gateway):
    """A date in July, when London is an hour ahead of UTC."""
    for zone, due in (("UTC", "2090-07-01T12:00:00"), ("London", "2090-07-01T11:00:00")):
        sandbox.set(zone=zone)
        for when in ("2090-07-01T12:00:00", "Sat Jul 01 12:00:00 2090"):
            assert schedule(gateway, when).status_code == 200
            assert sandbox.schedules()[-1]["due"] == f"{due}.000000Z"
        for when in ("2090-07-01T12:00:00Z", "Sat 01 Jul 2090 12:00:00 UTC", "Sat, 01 Jul 2090 12:00:00 GMT"):
            assert schedule(gateway, when).status_code == 200
            assert sandbox.schedules()[-1]["due"] == "2090-07-01T12:00:00.000000Z"


def test_schedule_tolerance(sandbox, gateway):
    ago = (datetime.now(UTC) - timedelta(seconds=30)).isoformat()
    assert schedule(gateway, ago).json()["errorCode"] == 4009
    sandbox.set(schedule_tolerance=60)
    assert schedule(gateway, ago).status_code == 200
    (row,) = sandbox.ledger()
    assert datetime.now(UTC) - datetime.fromisoformat(row["accepted_at"]) < timedelta(seconds=5)
    assert schedule(gateway, "2020-01-01T00:00:00Z").json()["errorCode"] == 4009


def test_prices_of_countries(gateway):
    assert gateway.get("/credits/DE").json()["credits"] == 2.5
    assert gateway.sent("4915123456789")["creditsUsed"] == 2.5
    assert gateway.sent("33612345678")["creditsUsed"] == 2.0
