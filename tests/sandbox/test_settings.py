"""Each setting under each of its readings."""

from __future__ import annotations

import re

import pytest

PAIRS = [{"key": "order", "value": "7"}, {"key": "day", "value": "Mon"}]
ALL_DEFAULTS = {
    "answer_delay": 0.0,
    "delivery_delay": 2.0,
    "expiry_delay": 10.0,
    "reply_delay": 3.0,
    "ttl_delay": None,
    "clock_skew": 0.0,
    "credits": 1000.0,
    "overdraft": 0.0,
    "account": "ok",
    "api_key": None,
    "api_secret": None,
    "calls_per_minute": None,
    "flood_filter": "off",
    "metadata_echo": True,
    "shapes": "spec",
    "optional_fields": True,
    "ids": "digits",
    "number_prefixes": "refused",
    "billing": "gsm",
    "unicode_limit": None,
    "ai_optimiser": False,
    "batch_limit": 5000,
    "batch_partial": True,
    "batch_credit": "all",
    "batch_duplicates": "sent",
    "new_batch": "shown",
    "scheduled_id": "kept",
    "cancel_again": "refused",
    "zone": "UTC",
    "schedule_tolerance": 0.0,
    "search_lag": 0.0,
    "search_order": "oldest",
    "search_page": 1000,
    "metadata_search": "filters",
    "tag_search": "ignored",
    "lists": "bare",
    "inbox": "consuming",
    "inbox_unread": "ignored",
    "status_words": "spec",
    "no_report": "silent",
    "failure_codes": "table",
    "dates": "iso",
    "destination_type": "number",
    "otp_reuse": "verified",
    "otp_status": "sent",
    "unknown_id": "spec",
    "error_bodies": "spec",
    "sample_status": "own",
    "retry_after": "seconds",
    "token_word": "JWT",
}


def test_defaults_and_reset(sandbox):
    assert sandbox.settings() == ALL_DEFAULTS
    assert sandbox.set(search_lag=5, shapes="text") == ALL_DEFAULTS | {"search_lag": 5.0, "shapes": "text"}
    sandbox.reset()
    assert sandbox.settings() == ALL_DEFAULTS


def test_the_schema_describes_every_setting(sandbox):
    described = sandbox.client.get("/sandbox/settings/schema").json()["properties"]
    assert {name: field["default"] for name, field in described.items()} == ALL_DEFAULTS
    assert all(field["description"].endswith(".") for field in described.values())
    assert described["inbox"]["enum"] == ["consuming", "keeping", "searches_too"]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"serch_lag": 1}, ["'serch_lag'", "search_lag", "unknown_id"]),
        ({"shapes": "round"}, ["shapes", "'spec'", "'text'"]),
        ({"account": "closed"}, ["account", "'no_international'"]),
        ({"search_lag": -1}, ["search_lag", "0"]),
        ({"search_lag": "1"}, ["search_lag", "number"]),
        ({"search_lag": None}, ["search_lag", "number"]),
        ({"clock_skew": -400 * 86400}, ["clock_skew", "31622400"]),
        ({"clock_skew": None}, ["clock_skew", "number"]),
        ({"metadata_echo": 1}, ["metadata_echo", "boolean"]),
        ({"calls_per_minute": 0}, ["calls_per_minute", "1"]),
        ({"credits": True}, ["credits", "number"]),
        ({"inbox": "read"}, ["inbox", "'consuming'", "'keeping'"]),
        ({"batch_limit": 0}, ["batch_limit", "1"]),
        ({"batch_partial": "no"}, ["batch_partial", "boolean"]),
        ({"scheduled_id": "old"}, ["scheduled_id", "'kept'", "'new'"]),
        ({"otp_reuse": "maybe"}, ["otp_reuse", "'verified'", "'refused'"]),
        ({"search_page": 1001}, ["search_page", "1000"]),
        ({"unicode_limit": 69}, ["unicode_limit", "70"]),
        ({"zone": "Europe/London"}, ["zone", "'London'"]),
    ],
)
def test_a_bad_setting_changes_nothing(sandbox, bad, words):
    response = sandbox.client.post("/sandbox/settings", json={"delivery_delay": 9} | bad)
    assert response.status_code == 422
    for word in words:
        assert word in response.json()["message"]
    assert sandbox.settings() == ALL_DEFAULTS


def test_search_lag(sandbox, gateway, eventually):
    sandbox.set(search_lag=60)
    message_id = gateway.sent()["messageid"]
    sandbox.inbound("07700900123", "60777", "Hi")
    assert gateway.search() == []
    assert gateway.message(message_id)["messageid"] == message_id
    assert len(sandbox.ledger()) == 1
    sandbox.set(search_lag=0.3)
    eventually(gateway.found, ["Hello", "Hi"])


def test_metadata_search(sandbox, gateway):
    for order in "78":
        gateway.sent(content=order, metadata=[{"key": "order", "value": order}, {"key": "day", "value": "Mon"}])
    assert gateway.found(metadata=[{"key": "order", "value": "7"}]) == ["7"]
    assert gateway.found(metadata={"order": "8"}) == ["8"]
    assert gateway.found(metadata=[{"key": "order", "value": "7"}, {"key": "day", "value": "Mon"}]) == ["7"]
    assert gateway.found(metadata=[{"key": "order", "value": "7"}, {"key": "day", "value": "Tue"}]) == []
    assert gateway.found(metadata=[{"key": "day", "value": "Mon"}]) == ["7", "8"]
    sandbox.set(metadata_search="ignored")
    assert gateway.found(metadata=[{"key": "order", "value": "7"}]) == ["7", "8"]


def test_metadata_echo(sandbox, gateway):
    answer = gateway.sent(metadata=PAIRS)
    assert answer["metadata"] == {"order": "7", "day": "Mon"}
    assert gateway.message(answer["messageid"])["metadata"] == {"order": "7", "day": "Mon"}
    sandbox.set(metadata_echo=False)
    assert "metadata" not in gateway.sent(metadata=PAIRS)
    assert "metadata" not in gateway.message(answer["messageid"])
    assert all("metadata" not in message for message in gateway.search())
    assert [row["metadata"] for row in sandbox.ledger()] == [PAIRS, PAIRS]


@pytest.mark.parametrize("metadata", [PAIRS, {"order": "7", "day": "Mon"}])
def test_shapes_of_metadata(sandbox, gateway, metadata):
    sandbox.set(shapes="text")
    answer = gateway.sent(metadata=metadata)
    assert answer["metadata"] == PAIRS
    assert gateway.message(answer["messageid"])["metadata"] == PAIRS
    sandbox.set(shapes="spec")
    assert gateway.message(answer["messageid"])["metadata"] == {"order": "7", "day": "Mon"}
    assert sandbox.ledger()[0]["metadata"] == metadata


def test_shapes_of_messages(sandbox, gateway):
    answer = gateway.sent("33612345678")
    common = {
        *("messageid", "status", "sender", "destination", "content", "tag", "created", "modified", "schedule"),
        *("customerid", "metadata"),
    }
    assert set(gateway.message(answer["messageid"])) == common | {"id"}
    sandbox.set(shapes="text")
    report = gateway.message(answer["messageid"])
    assert set(report) == common | {"__v", "_id", "credits", "international", "keyword"}
    assert (report["credits"], report["international"], report["keyword"], report["__v"]) == (2.0, True, "", 0)
    assert re.fullmatch(r"[0-9a-f]{24}", report["_id"])


def test_status_words(sandbox, gateway):
    sandbox.set(delivery_delay=60, status_words="docs")
    answer = gateway.sent("07700900001")
    assert answer["status"] == "ACCEPTED"
    assert gateway.message(answer["messageid"])["status"] == "ACCEPTED"
    assert len(gateway.search(status="ACCEPTED")) == 1
    assert gateway.search(status="SENT") == []
    sandbox.set(delivery_delay=0)
    assert gateway.message(answer["messageid"])["status"] == "UNDELIVERED"
    assert len(gateway.search(status="UNDELIVERED")) == 1
    assert gateway.search(status="UNDELIVERABLE") == []
    sandbox.set(status_words="spec")
    assert gateway.message(answer["messageid"])["status"] == "UNDELIVERABLE"
    assert len(gateway.search(status="UNDELIVERABLE")) == 1
    assert gateway.search(status="UNDELIVERED") == []


def test_dates(sandbox, gateway):
    sandbox.set(dates="javascript")
    message = gateway.message(gateway.sent()["messageid"])
    text = r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d GMT\+(0000 \(GMT\)|0100 \(BST\))"
    for field in ("created", "modified", "schedule"):
        assert re.fullmatch(text, message[field])


def test_destination_type(sandbox, gateway):
    message_id = gateway.sent("07700900123")["messageid"]
    assert gateway.message(message_id)["destination"] == 447700900123
    sandbox.set(destination_type="text")
    assert gateway.message(message_id)["destination"] == "447700900123"


@pytest.mark.parametrize("to", ["+447700900123", "00447700900123", "+33612345678", "0033612345678"])
def test_number_prefixes(sandbox, gateway, to):
    assert gateway.send(to).json()["errorCode"] == 4004
    sandbox.set(number_prefixes="tolerated")
    assert gateway.send(to).status_code == 201
    assert sandbox.ledger()[0]["to"] == to.removeprefix("+").removeprefix("00")


def test_unknown_id(sandbox, gateway):
    response = gateway.get("/messages/12345678901234567890")
    assert (response.status_code, response.json()) == (404, {"message": "Message not found"})
    sandbox.set(unknown_id="docs")
    response = gateway.get("/messages/12345678901234567890")
    assert response.status_code == 400
    assert (response.json()["errorCode"], response.json()["message"]) == (4008, "Invalid message ID.")


def test_calls_per_minute(sandbox, gateway):
    sandbox.set(calls_per_minute=2)
    assert [gateway.get("/utils/test").status_code, gateway.send().status_code] == [200, 201]
    response = gateway.send()
    assert response.status_code == 429
    assert response.json()["code"] == "TooManyRequests"
    assert 55 <= int(response.headers["retry-after"]) <= 60
    assert len(sandbox.ledger()) == 1
    assert sandbox.requests() == {"GET /utils/test": 1, "POST /message/send": 2}
    sandbox.set(calls_per_minute=3)
    assert gateway.send().status_code == 201
    assert gateway.send().status_code == 429
    sandbox.set(calls_per_minute=None)
    assert gateway.send().status_code == 201


def test_key_and_secret(sandbox, gateway):
    sandbox.set(api_key="k", api_secret="s")
    for key, secret in (("k", "x"), ("x", "s"), ("", "s"), ("k", "")):
        response = gateway.post("/auth/token", {"customerid": "c", "key": key, "secret": secret})
        assert (response.status_code, response.json()["errorCode"]) == (401, 4011)
    response = gateway.post("/auth/token", {"customerid": "c", "key": "k", "secret": "s"})
    assert response.status_code == 200
