"""Each operation when all is well, under the default settings."""

from __future__ import annotations

import base64
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.mark.parametrize("path", ["/message/send", "/message/flash"])
def test_sending(sandbox, gateway, path):
    response = gateway.send("07700900123", "Hello", path=path)
    answer = response.json()
    assert response.status_code == 201
    assert response.headers["content-type"] == "application/json;charset=UTF-8"
    assert re.fullmatch(r"\d{18,22}", answer.pop("messageid"))
    assert answer == {"status": "SENT", "credits": 999.0, "creditsUsed": 1.0, "messageparts": 1, "metadata": {}}
    assert [row["operation"] for row in sandbox.ledger()] == [f"POST {path}"]


def test_message_ids_are_unique_and_too_big_for_64_bits(gateway):
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: gateway.sent(), range(60)))
    ids = {answer["messageid"] for answer in answers}
    assert len(ids) == 60
    assert all(int(message_id) > 2**63 for message_id in ids)
    assert sorted(answer["credits"] for answer in answers) == [float(left) for left in range(940, 1000)]


@pytest.mark.parametrize(
    ("to", "content", "parts", "credits"),
    [
        ("07700900123", "x" * 160, 1, 1.0),
        ("07700900123", "x" * 161, 2, 2.0),
        ("07700900123", "x" * 1280, 9, 9.0),
        ("07700900123", "ж" * 71, 2, 2.0),
        ("33612345678", "Salut", 1, 2.0),
        ("33612345678", "x" * 161, 2, 4.0),
    ],
)
def test_what_a_text_costs(sandbox, gateway, to, content, parts, credits):
    answer = gateway.sent(to, content)
    assert (answer["messageparts"], answer["creditsUsed"], answer["credits"]) == (parts, credits, 1000.0 - credits)
    assert gateway.balance() == 1000.0 - credits
    assert [(row["parts"], row["credits"]) for row in sandbox.ledger()] == [(parts, credits)]


def test_optional_fields_are_taken(gateway):
    answer = gateway.sent(
        schedule="",
        tag="t" * 280,
        ttl=10.0,
        responseemail=["me@example.com"],
        validity=2880.0,
        ai=True,
        deliveryreporturl="https://example.com/report",
        unknown_field=1,
    )
    message = gateway.message(answer["messageid"])
    assert message["tag"] == "t" * 280
    assert message["deliveryreporturl"] == "https://example.com/report"


def test_getting_a_message(sandbox, gateway):
    sandbox.set(delivery_delay=60)
    message_id = gateway.sent("07700900123", "Hello £5", tag="campaign", metadata=[{"key": "a", "value": "1"}])[
        "messageid"
    ]
    message = gateway.message(message_id)
    created = message.pop("created")
    assert ISO.fullmatch(created)
    assert abs(datetime.fromisoformat(created) - datetime.now(UTC)) < timedelta(seconds=5)
    customer = gateway.get("/utils/test").json()["message"]
    assert message == {
        "messageid": message_id,
        "id": message_id,
        "status": "SENT",
        "sender": "Parcels",
        "destination": 447700900123,
        "content": "Hello £5",
        "tag": "campaign",
        "modified": created,
        "schedule": created,
        "customerid": customer,
        "metadata": {"a": "1"},
    }


def test_the_customer_id_is_a_uuid(gateway):
    response = gateway.get("/utils/test")
    assert response.status_code == 200
    assert list(response.json()) == ["message"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", response.json()["message"])


def test_the_balance(sandbox, gateway):
    assert gateway.get("/credits/balance").json() == {"credits": 1000.0}
    sandbox.set(credits=50.0)
    assert gateway.get("/credits/balance").json() == {"credits": 50.0}


def test_whole_numbers_have_no_decimal_point(sandbox, gateway):
    """JavaScript writes none."""
    sandbox.set(shapes="text", delivery_delay=0)
    passcode = {"sender": "Parcels", "destination": "07700900123", "passcode": "4821", "metadata": {"order": 7.0}}
    assert '"credits":997.5,"creditsUsed":2.5,' in gateway.send("4915112345678").text
    assert '"credits":995,"creditsUsed":2.5,' in gateway.send("4915112345678").text
    assert '"credits":994,"creditsUsed":1,' in gateway.post("/otp/send", passcode).text
    assert '"validity":300,"metadata":{"order":7},' in gateway.post("/otp/verify", {"passcode": "4821"}).text
    assert gateway.get("/credits/balance").text == '{"credits":994}'
    assert '"credits":1,' in gateway.post("/messages", {"destination": "447700900123"}).text


def test_a_token_is_a_jwt_that_holds_the_secret(gateway):
    credentials = {"customerid": "c", "key": "the-key", "secret": "the-secret"}
    response = gateway.post("/auth/token", credentials)
    assert response.status_code == 200
    word, token = response.json()["token"].split(" ")
    assert word == "JWT"
    header, payload, signature = (json_of_base64url(part) if n < 2 else part for n, part in enumerate(token.split(".")))
    assert header == {"alg": "HS256", "typ": "JWT"}
    assert (payload["key"], payload["secret"]) == ("the-key", "the-secret")
    assert payload["exp"] - payload["iat"] == 788_400_000
    assert re.fullmatch(r"[\w-]{43}", signature)


def json_of_base64url(part):
    assert re.fullmatch(r"[\w-]+", part)
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_a_send_takes_no_forty_milliseconds(gateway):
    """That is what it takes when Nagle's algorithm waits for the acknowledgement of the headers."""
    times = []
    for _ in range(60):
        started = time.perf_counter()
        gateway.sent()
        times.append(time.perf_counter() - started)
    assert min(times[30:]) < 0.02
