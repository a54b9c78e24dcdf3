"""POST /messages: each field of the query alone and together."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from airflow_provider_smsworks.sandbox.incoming import receive
from airflow_provider_smsworks.sandbox.schemas import Query, read_body
from airflow_provider_smsworks.sandbox.search import search
from airflow_provider_smsworks.sandbox.state import Sandbox


@pytest.fixture
def mixed(sandbox, gateway):
    """Four texts out and two in."""
    sandbox.set(delivery_delay=60)
    gateway.sent("07700900000", "one", sender="Parcels")
    gateway.sent("07700900001", "two", sender="Alerts")
    gateway.sent("33612345678", "three", sender="Parcels")
    gateway.sent("07700900000", "x" * 161, sender="07900123456")
    sandbox.inbound("07700900000", "07900123456", "Order 7 please")
    sandbox.inbound("+33612345678", "60777", "stop")
    return sandbox


LONG = "x" * 161
ALL = ["one", "two", "three", LONG, "Order 7 please", "stop"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ALL),
        ({"status": "", "destination": "", "sender": "", "keyword": "", "from": "", "to": ""}, ALL),
        ({"status": "SENT"}, ["one", "two", "three", LONG]),
        ({"status": "INCOMING"}, ["Order 7 please", "stop"]),
        ({"status": "DELIVERED"}, []),
        ({"status": "NONSENSE"}, []),
        ({"destination": "447700900000"}, ["one", LONG]),
        ({"destination": "07700900000"}, []),
        ({"destination": "447900123456"}, ["Order 7 please"]),
        ({"sender": "Parcels"}, ["one", "three"]),
        ({"sender": "07900123456"}, [LONG]),
        ({"sender": "447700900000"}, ["Order 7 please"]),
        ({"sender": "33612345678"}, ["stop"]),
        ({"sender": "Parcels", "destination": "447700900000"}, ["one"]),
        ({"keyword": "ORDER"}, ["Order 7 please"]),
        ({"keyword": "STOP"}, ["stop"]),
        ({"credits": 2}, ["three", LONG]),
        ({"credits": 1.0}, ["one", "two"]),
        ({"unread": True, "status": "INCOMING"}, ["Order 7 please", "stop"]),
        ({"unread": False, "status": "INCOMING"}, []),
        ({"unread": False}, ALL),
        ({"limit": 2}, ["one", "two"]),
        ({"limit": 2.0, "skip": 3}, [LONG, "Order 7 please"]),
        ({"skip": 5}, ["stop"]),
        ({"skip": 6}, []),
        ({"limit": 0}, []),
        ({"limit": 5000}, ALL),
    ],
)
def test_a_query(mixed, gateway, query, found):
    assert gateway.found(**query) == found


def test_incoming_messages(mixed, gateway):
    message = gateway.search(status="INCOMING")[0]
    assert (message["sender"], message["destination"]) == ("447700900000", 447900123456)
    assert (message["keyword"], message["tag"]) == ("ORDER", "")
    assert gateway.found(unread=True, status="INCOMING") == ["Order 7 please", "stop"], "looking leaves them unread"


def test_from_and_to(gateway):
    first = gateway.message(gateway.sent(content="first")["messageid"])["created"]
    time.sleep(0.01)
    gateway.sent(content="second")
    between = (datetime.fromisoformat(first) + timedelta(milliseconds=1)).isoformat()
    assert gateway.found(to=between) == ["first"]
    assert gateway.found(**{"from": between}) == ["second"]
    assert gateway.found(**{"from": first}) == ["first", "second"]


@pytest.mark.parametrize(
    "style",
    [
        "%Y-%m-%dT%H:%M:%S.000Z",
        "%Y-%m-%dT%H:%M:%S+00:00",
        "%a %b %d %Y %H:%M:%S GMT+0000 (GMT)",
        "%a %d %b %Y %H:%M:%S UTC",
    ],
)
def test_dates_in_every_documented_style(gateway, style):
    gateway.sent()
    hour_ago, in_an_hour = ((datetime.now(UTC) + timedelta(hours=hours)).strftime(style) for hours in (-1, 1))
    assert gateway.found(**{"from": hour_ago, "to": in_an_hour}) == ["Hello"]
    assert gateway.found(to=hour_ago) == []
    assert gateway.found(**{"from": in_an_hour}) == []


def test_at_most_a_thousand(memory):
    sandbox = Sandbox(memory)
    for number in range(1002):
        receive(sandbox, phone="447700900123", to="60777", content=str(number), at=1000 + number)

    def found(**query):
        return [row["content"] for row in search(sandbox, read_body(Query, query))]

    assert found() == [str(number) for number in range(1000)]
    assert found(limit=1500, skip=1) == [str(number) for number in range(1, 1001)]


def test_a_pair_that_nearly_all_messages_have(sandbox, gateway):
    """SQLite goes another way then: the answer is the same, page by page, also together with a rare pair."""
    sandbox.set(credits=10_000, batch_limit=10_000)
    sent = [
        {
            "sender": "Parcels",
            "destination": "07700900123",
            "content": str(n),
            "metadata": {"a": "1", "b": str(n % 3000)},
        }
        for n in range(6000)
    ]
    assert gateway.post("/batch/any", sent).status_code == 201
    gateway.sent(content="without")
    found = [one for skip in range(0, 7000, 1000) for one in gateway.found(metadata={"a": "1"}, skip=skip)]
    assert found == [str(n) for n in range(6000)]
    assert gateway.found(metadata={"a": "1", "b": "17"}) == ["17", "3017"]
    assert gateway.found(metadata={"a": "2"}) == gateway.found(metadata={"a": "1", "b": "x"}) == []
