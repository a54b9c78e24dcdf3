"""The ledger of very many messages, by pages and counted; and the texts of other systems, which are not in it."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

NOTHING = {"messages": 0, "recipients": 0, "most_to_one": 0, "distinct_keys": 0}


def summary(sandbox):
    return sandbox.summary()


def crowd(sandbox, **fields):
    return sandbox.client.post("/sandbox/crowd", json=fields)


def message(number, content="Hello", **fields):
    return {"sender": "Parcels", "destination": f"07700900{number:03}", "content": content} | fields


def key(value):
    return [{"key": "airflow", "value": "a"}, {"key": "airflow_send", "value": value}]


def test_the_summary(sandbox, gateway):
    assert summary(sandbox) == NOTHING
    texts = [
        message(100, metadata=key("k1")),
        message(101, metadata=key("k2")),
        message(101, metadata={"airflow_send": "k2", "airflow": "a"}),
        message(101, "No key", metadata={"other": "k3"}),
        message(102, "None at all"),
    ]
    assert gateway.post("/batch/any", [*texts, {"sender": "Parcels", "destination": "12", "content": "x"}]).is_success
    gateway.sent("07700900101", metadata={"airflow_send": "k3"})
    assert summary(sandbox) == {"messages": 6, "recipients": 3, "most_to_one": 4, "distinct_keys": 3}
    deleted = gateway.search()[0]["messageid"]
    assert gateway.call("DELETE", f"/messages/{deleted}").is_success
    assert summary(sandbox) == {"messages": 6, "recipients": 3, "most_to_one": 4, "distinct_keys": 3}
    sandbox.reset()
    assert summary(sandbox) == NOTHING


def test_the_summary_is_the_ledgers(sandbox, gateway):
    texts = [
        message(n % 7, f"{n}", metadata=key(str(n % 40)) if n % 3 else {"airflow_send": f"{n}"}) for n in range(99)
    ]
    assert gateway.post("/batch/any", texts).is_success
    rows = sandbox.ledger()
    keys = set()
    for row in rows:
        found = row["metadata"]
        pairs = found if isinstance(found, dict) else {pair["key"]: pair["value"] for pair in found}
        keys.add(pairs["airflow_send"])
    phones = Counter(row["to"] for row in rows)
    assert summary(sandbox) == {
        "messages": len(rows),
        "recipients": len(phones),
        "most_to_one": max(phones.values()),
        "distinct_keys": len(keys),
    }


def test_pages_of_the_ledger(sandbox, gateway):
    assert gateway.post("/batch/any", [message(n, f"text {n}") for n in range(10)]).is_success
    rows, after = [], 0
    while page := sandbox.client.get("/sandbox/ledger", params={"after": after, "limit": 4}).json():
        assert len(page) <= 4
        rows, after = rows + page, page[-1]["seq"]
    assert rows == sandbox.ledger()
    assert [row["content"] for row in rows] == [f"text {n}" for n in range(10)]


@pytest.mark.parametrize("bad", [{"after": "x"}, {"limit": "1.5"}])
def test_bad_pages_of_the_ledger(sandbox, bad):
    assert sandbox.client.get("/sandbox/ledger", params=bad).status_code == 422


def test_a_crowd(sandbox, gateway):
    sandbox.set(flood_filter="answer", delivery_delay=0, reply_delay=0)
    before = datetime.now(UTC)
    answer = crowd(sandbox, count=1000, hours=10)
    assert (answer.status_code, answer.json()) == (201, {"count": 1000})
    found = gateway.search()
    assert len({each["messageid"] for each in found}) == len(found) == 1000
    assert Counter(each["status"] for each in found) == {"DELIVERED": 960, "UNDELIVERABLE": 20, "EXPIRED": 20}
    assert {each["sender"] for each in found} == {"OtherApp"}
    assert [each["metadata"] for each in found] == [{}] * 1000
    assert all(447700900000 <= each["destination"] <= 447700900999 for each in found)
    dates = [datetime.fromisoformat(each["created"]) for each in found]
    apart = {round((later - sooner).total_seconds(), 2) for sooner, later in pairwise(dates)}
    assert apart == {36.0}
    assert timedelta(0) < before - dates[-1] < timedelta(seconds=5)
    assert all(datetime.fromisoformat(each["modified"]) > date for each, date in zip(found, dates, strict=True))
    # Nobody texted or answered now.
    assert (sandbox.ledger(), gateway.balance(), summary(sandbox)) == ([], 1000.0, NOTHING)
    assert gateway.get("/messages/volume").json() == {"volume": 0}
    assert gateway.found(status="INCOMING") == []
    gateway.sent("07700900100", "mine")
    assert gateway.found(**{"from": before.isoformat()}) == ["mine"]
    assert gateway.search(skip=990)[-1]["content"] == "mine"


def test_crowds_add_up_and_a_reset_ends_them(sandbox, gateway):
    for count in (3, 4):
        assert crowd(sandbox, count=count).is_success
    assert len(gateway.search()) == 7
    sandbox.reset()
    assert gateway.search() == []


@pytest.mark.parametrize(
    "body",
    [{}, {"count": 0}, {"count": "9"}, {"count": 1_000_001}, {"count": 1, "hours": 0}, {"count": 1, "hours": 9e9}],
)
def test_no_such_crowd(sandbox, gateway, body):
    assert crowd(sandbox, **body).status_code == 400
    assert gateway.search() == []


def test_a_big_crowd_is_there_quickly_and_costs_little(sandbox, gateway):
    started = time.perf_counter()
    assert sandbox.client.post("/sandbox/crowd", json={"count": 100_000}, timeout=60).is_success
    assert time.perf_counter() - started < 20  # it takes 1

    def seconds(call):
        started = time.perf_counter()
        assert call().is_success
        return time.perf_counter() - started

    first = min(seconds(lambda: gateway.post("/messages", {})) for _ in range(3))
    last = min(seconds(lambda: gateway.post("/messages", {"skip": 99_000})) for _ in range(3))
    assert last < 5 * first  # the machine may be busy
    assert seconds(gateway.send) < 1
