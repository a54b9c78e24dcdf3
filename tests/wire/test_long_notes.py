"""Several calls under one note of the journal: late ones, refused ones, open ones; and what the manifest says."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from airflow_provider_smsworks.exceptions import SmsWorksOutcomeUnknownError
from airflow_provider_smsworks.operators.batch import SmsWorksSendBatchOperator
from airflow_provider_smsworks.transfers.file_to_sms import FileToSmsWorksOperator
from tests.task_context import FileStore, task_context

PEOPLE = [f"07700900{number:03}" for number in range(40)]
SEND = "POST /batch/any"


class Killed(BaseException):
    """The process died here."""


@pytest.fixture
def gateway(connected, connect):
    connect(connected.url, batch_limit=2)
    return connected


@pytest.fixture
def attempt(tmp_path):
    """Run one try that texts people, killed before its n-th call."""

    def attempt(people, number=1, *, store="state", dies_before=None, **more):
        chosen = {"content": "All", "calls_at_once": 1, "check_balance": False, **more}
        operator = SmsWorksSendBatchOperator(task_id="t", to=people, **chosen)
        client = operator.hook.get_conn()
        call, calls = client.call, Counter()

        def call_or_die(prepared):
            if prepared.operation.sends and dies_before == calls["sends"]:
                raise Killed
            calls["sends"] += prepared.operation.sends
            return call(prepared)

        client.call = call_or_die
        return operator.execute(task_context(FileStore(tmp_path / store) if store else None, try_number=number))

    return attempt


@pytest.fixture
def from_file(tmp_path):
    """Run one try that texts a file, and return what became of each row."""
    path, manifest = tmp_path / "people.csv", tmp_path / "manifest.csv"

    def from_file(people, number=1, *, max_tries=9, **more):
        with path.open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["id", "phone"])
            table.writerows(one if isinstance(one, tuple) else (f"k{one[-3:]}", one) for one in people)
        chosen = {"content": "Hi", "calls_at_once": 1, "check_balance": False, **more}
        operator = FileToSmsWorksOperator(
            task_id="t", path=str(path), key="id", to="phone", manifest=str(manifest), **chosen
        )
        context = task_context(FileStore(tmp_path / "state"), try_number=number, max_tries=max_tries)
        try:
            operator.execute(context)
        finally:
            with manifest.open(newline="") as file:
                from_file.told = {row["key"]: row["status"] for row in csv.DictReader(file)}
        return from_file.told

    return from_file


def texted(gateway):
    return Counter(f"0{row['to'][2:]}" for row in gateway.ledger())


def test_a_call_that_goes_out_long_after_its_note_is_waited_for(gateway, attempt, connect):
    connect(gateway.url, batch_limit=2, timeout=1, search_lag=2, calls_per_minute=120)
    gateway.set(search_lag=1.5)
    with pytest.raises(Killed):
        attempt(PEOPLE, dies_before=14)
    assert texted(gateway).total() == 28
    connect(gateway.url, batch_limit=2, timeout=1, search_lag=2)
    attempt(PEOPLE, 2)
    assert texted(gateway) == dict.fromkeys(PEOPLE, 1)


def test_who_was_found_is_still_known_when_the_next_try_dies_too(gateway, attempt):
    """Nothing was written down at first, as before Airflow 3.3."""
    with pytest.raises(Killed):
        attempt(PEOPLE, store=None, dies_before=10)
    with pytest.raises(Killed):
        attempt(PEOPLE, 2, dies_before=2)
    attempt(PEOPLE, 3)
    assert texted(gateway) == dict.fromkeys(PEOPLE, 1)


def test_many_calls_that_are_refused_at_once_are_one_refusal(gateway, attempt, connect):
    connect(gateway.url, batch_limit=2, timeout=0.5)
    busy = {"operation": SEND, "when": "before", "kind": "status", "status": 429, "headers": {"Retry-After": "2"}}
    gateway.faults([{**busy, "times": 36}])
    attempt(PEOPLE, calls_at_once=20)
    assert texted(gateway) == dict.fromkeys(PEOPLE, 1)


def test_nobody_is_texted_and_nobody_waited_for(gateway, attempt):
    assert attempt(["1"], max_failed=1, wait_for_delivery=True)["recipients"] == 0


def test_a_limit_of_credits_does_not_mind_that_nobody_is_left(gateway, attempt):
    gateway.faults([{"operation": SEND, "when": "before", "kind": "reset", "times": 1}])
    with pytest.raises(SmsWorksOutcomeUnknownError):
        attempt(PEOPLE[:4], max_credits=100)
    assert attempt(list(texted(gateway)), 2, max_credits=100)["recipients"] == 2


def test_the_manifest_says_of_an_open_call_that_nobody_knows(gateway, from_file):
    gateway.set(search_lag=60)
    gateway.faults([{"operation": SEND, "when": "after", "kind": "reset", "times": 1}])
    with pytest.raises(SmsWorksOutcomeUnknownError):
        from_file(PEOPLE[:8])
    assert Counter(from_file.told.values()) == {"SENT": 6, "UNKNOWN": 2}
    gateway.set(search_lag=0)
    assert set(from_file(PEOPLE[:8], 2).values()) == {"SENT"}
    assert texted(gateway) == dict.fromkeys(PEOPLE[:8], 1)


def test_a_clear_leaves_the_manifest_as_it_was(gateway, from_file):
    told = from_file(PEOPLE[:3])
    assert from_file(PEOPLE[:5], 2, max_tries=12) == told
    assert texted(gateway).total() == 3


def test_keys_tell_texts_to_one_phone_apart_also_where_the_table_changed(gateway, from_file):
    gateway.set(credits=2)
    rows = [("o1", PEOPLE[0]), ("o2", PEOPLE[0]), ("o3", PEOPLE[1]), ("o4", PEOPLE[2])]
    with pytest.raises(Exception, match="credit"):
        from_file(rows, one_text_per_number=False, content="Order {id}")
    gateway.set(credits=100)
    from_file([*rows, ("o5", PEOPLE[3])], 2, one_text_per_number=False, content="Order {id}")
    assert Counter(row["content"] for row in gateway.ledger()) == Counter(f"Order o{n}" for n in range(1, 6))
