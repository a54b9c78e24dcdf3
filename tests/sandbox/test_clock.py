"""A gateway whose clock is wrong: its dates are, and what it does by them; everything else goes by true time."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime, timedelta

import pytest


def after(seconds):
    """How long a date is after what the true clock says in some seconds, in seconds."""
    return lambda date: (datetime.fromisoformat(date) - datetime.now(UTC)).total_seconds() - seconds


def iso(seconds):
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


@pytest.mark.parametrize("skew", [-3600, 3600])
def test_the_dates_of_texts(sandbox, gateway, skew):
    sandbox.set(clock_skew=skew, delivery_delay=0.0, reply_delay=0.0)
    sandbox.replies([{"phone": "07700900020", "replies": [{"content": "told", "delay": 0}]}])
    gateway.sent("07700900005", "Well?", sender="60777")
    gateway.sent("07700900020", "Well?", sender="60777")
    sandbox.inbound("07700900123", "60777", "Hi")
    messages = gateway.search()
    assert sorted(message["content"] for message in messages) == ["Hi", "Well?", "Well?", "YES", "told"]
    for message in messages:
        assert abs(after(skew)(message["created"])) < 5
        assert message["modified"] == message["created"]
    assert abs(after(0)(sandbox.ledger()[0]["accepted_at"])) < 5
    assert len(gateway.found(**{"from": iso(skew - 60), "to": iso(skew + 60)})) == 5
    assert gateway.found(**{"from": iso(-60), "to": iso(60)}) == []


@pytest.mark.parametrize("skew", [-3600, 3600])
def test_delays_go_by_true_time(sandbox, gateway, eventually, skew):
    sandbox.set(clock_skew=skew, delivery_delay=0.4, reply_delay=0.4)
    message_id = gateway.sent("07700900005", "Well?", sender="60777")["messageid"]
    assert gateway.message(message_id)["status"] == "SENT"
    assert gateway.found(status="INCOMING") == []
    eventually(
        lambda: (gateway.message(message_id)["status"], gateway.found(status="INCOMING")), ("DELIVERED", ["YES"])
    )
    message = gateway.message(message_id)
    took = datetime.fromisoformat(message["modified"]) - datetime.fromisoformat(message["created"])
    assert abs(took.total_seconds() - 0.4) <= 0.001


@pytest.mark.parametrize("skew", [-3600, 3600])
def test_the_search_lag_goes_by_true_time(sandbox, gateway, eventually, skew):
    sandbox.set(clock_skew=skew, search_lag=0.4, new_batch="not_found")
    batch_id = gateway.post("/batch/send", {"sender": "Parcels", "destinations": ["07700900123"], "content": "Hello"})
    batch_id = batch_id.json()["batchid"]
    assert (gateway.found(), gateway.get(f"/batch/{batch_id}").status_code) == ([], 404)
    eventually(lambda: (gateway.found(), gateway.get(f"/batch/{batch_id}").status_code), (["Hello"], 200))


def test_texts_keep_the_dates_that_they_have(sandbox, gateway):
    sandbox.set(clock_skew=3600, reply_delay=0)
    sandbox.inbound("07700900123", "60777", "ahead")
    gateway.sent("07700900005", "Well?", sender="60777")
    sandbox.set(clock_skew=0)
    sandbox.inbound("07700900123", "60777", "right")
    assert gateway.found(status="INCOMING") == ["right", "ahead", "YES"]
    right, ahead, reply = gateway.search(status="INCOMING")
    assert abs(after(3600)(ahead["created"])) < 5
    assert abs(after(3600)(reply["created"])) < 5  # it came in before the clock was put right
    assert abs(after(0)(right["created"])) < 5


def test_schedules_mean_its_clock(sandbox, gateway):
    sandbox.set(clock_skew=3600)
    text = {"sender": "Parcels", "destination": "07700900123", "content": "Hi"}
    refused = gateway.post("/message/schedule", text | {"schedule": iso(3590)})
    assert (refused.status_code, refused.json()["errorCode"]) == (400, 4009)
    assert gateway.post("/message/schedule", text | {"schedule": iso(3600 + 60)}).status_code == 200
    assert abs(after(60)(sandbox.schedules()[0]["due"])) < 5
    sandbox.set(clock_skew=-3600, schedule_tolerance=10)
    soon = iso(-3601)
    assert gateway.post("/message/schedule", text | {"schedule": soon, "content": "now"}).status_code == 200
    (message,) = gateway.search()
    assert abs(after(-3600)(message["created"])) < 5
    assert abs(after(0)(sandbox.ledger()[0]["accepted_at"])) < 5


def test_passcodes(sandbox, gateway):
    sandbox.set(clock_skew=-86400)
    otp = {"sender": "Parcels", "destination": "07700900123", "passcode": "123456", "validity": 60}
    message_id = gateway.post("/otp/send", otp).json()["messageid"]
    verified = gateway.post("/otp/verify", {"passcode": "123456"}).json()
    assert verified["status"] == "VERIFIED"
    for field, seconds in (("created", 0), ("expires", 60), ("modified", 0)):
        assert abs(after(seconds - 86400)(verified[field])) < 5
    assert gateway.get(f"/otp/{message_id}").json() == verified


@pytest.mark.parametrize("skew", [-86400, 86400])
def test_an_open_passcode_and_a_token(sandbox, gateway, skew):
    sandbox.set(clock_skew=skew)
    message_id = gateway.post("/otp/send", {"sender": "Parcels", "destination": "07700900123"}).json()["messageid"]
    assert gateway.get(f"/otp/{message_id}").json()["status"] == "SENT"
    token = gateway.post("/auth/token", {"key": "k", "secret": "s"}).json()["token"]
    payload = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert abs(payload["iat"] - time.time() - skew) < 5


def test_its_own_midnight_begins_the_volume(sandbox, gateway):
    gateway.sent(content="before its midnight")
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    sandbox.set(clock_skew=(midnight - now).total_seconds())
    assert gateway.get("/messages/volume").json() == {"volume": 0}
    gateway.sent(content="after it")
    assert gateway.get("/messages/volume").json() == {"volume": 1}
