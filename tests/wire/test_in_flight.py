"""Lists that take many calls, several at a time: some fail, the gateway limits, the process dies."""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_smsworks.exceptions import SmsWorksError, SmsWorksOutcomeUnknownError
from airflow_provider_smsworks.operators.batch import SmsWorksSendBatchOperator, SmsWorksSendCollectionOperator
from tests.readings import pairwise, questions
from tests.task_context import FileStore, task_context

SEND = "POST /batch/any"
PEOPLE = [f"07700900{number:03}" for number in range(400)]
CALLS = 40  # of ten texts each


@pytest.fixture
def gateway(connected, connect):
    connect(connected.url, batch_limit=10)
    return connected


class CountingStore(FileStore):
    """Counts what is written."""

    writes = 0

    def set(self, key, value, **more):
        self.writes += 1
        super().set(key, value, **more)


@pytest.fixture
def has_store():
    return True


@pytest.fixture
def store(tmp_path, has_store):
    return CountingStore(tmp_path / "state") if has_store else None


@pytest.fixture
def attempt(gateway, store):
    def attempt(people=PEOPLE, try_number=1, *, max_tries=9, store=store, **more):
        operator = SmsWorksSendBatchOperator(task_id="t", to=people, content="All", **more)
        return operator.execute(task_context(store, try_number=try_number, max_tries=max_tries))

    return attempt


def texted(gateway):
    return Counter(f"0{row['to'][2:]}" for row in gateway.ledger())


def test_few_writes_and_no_call_too_many(gateway, attempt, store):
    result = attempt()
    assert texted(gateway) == dict.fromkeys(PEOPLE, 1)
    assert gateway.requests() == {SEND: CALLS, "GET /credits/balance": 1}
    assert (result["recipients"], result["failed"], result["duplicates"]) == (len(PEOPLE), 0, 0)
    assert len(set(result["batch_ids"])) == CALLS
    assert store.writes == -(-CALLS // 16) + 1


def test_calls_are_under_way_at_the_same_time(gateway, attempt):
    gateway.set(answer_delay=0.2)
    seconds = {}
    for at_once in (1, 4):
        began = time.monotonic()
        attempt(PEOPLE[:160], calls_at_once=at_once, send_key=str(at_once), check_balance=False)
        seconds[at_once] = time.monotonic() - began
    assert seconds[1] > 16 * 0.2
    assert seconds[4] < seconds[1] / 2


@pytest.mark.parametrize("has_store", [True, False])
def test_one_call_in_ten_fails_and_everybody_gets_one_text_in_some_tries(gateway, attempt, store, has_store):
    gateway.faults(
        [
            {"operation": SEND, "when": when, "kind": kind, "probability": 0.05, "times": None}
            for when, kind in (("before", "reset"), ("after", "status"))
        ]
    )
    for try_number in range(1, 10):
        try:
            people = random.Random(try_number).sample(PEOPLE, 400)
            result = attempt(people, try_number, store=store)
        except SmsWorksOutcomeUnknownError:
            continue
        break
    assert texted(gateway) == dict.fromkeys(PEOPLE, 1)
    assert result["recipients"] == len(PEOPLE)
    assert try_number > 1
    # A try that has something in doubt texts all others all the same.
    assert gateway.requests()[SEND] < 2 * CALLS


def test_an_ill_gateway_is_not_asked_for_everything(gateway, attempt):
    gateway.faults([{"operation": SEND, "when": "before", "kind": "status", "status": 503, "times": None}])
    with pytest.raises(SmsWorksOutcomeUnknownError):
        attempt(calls_at_once=2)
    assert gateway.requests()[SEND] <= 4
    gateway.faults([])
    attempt(try_number=2)
    assert texted(gateway) == dict.fromkeys(PEOPLE, 1)


def test_a_gateway_that_limits_is_waited_for(gateway, attempt, connect):
    connect(gateway.url, batch_limit=10, timeout=5)
    refused = {"operation": SEND, "when": "before", "kind": "status", "status": 429, "headers": {"Retry-After": "1"}}
    gateway.faults([{**refused, "times": 9}])
    attempt()
    assert texted(gateway) == dict.fromkeys(PEOPLE, 1)
    # Each of four calls was refused some times; none went out while the gateway asked to wait.
    assert gateway.requests()[SEND] == CALLS + 9


def test_a_gateway_that_limits_for_long_leaves_the_waiting_to_airflow(gateway, attempt):
    refused = {"operation": SEND, "when": "before", "kind": "status", "status": 429, "headers": {"Retry-After": "900"}}
    gateway.faults([{**refused, "times": 4}])
    with pytest.raises(SmsWorksError, match="429") as caught:
        attempt()
    assert not isinstance(caught.value, AirflowFailException)
    assert texted(gateway) == {}
    attempt(try_number=2)
    assert texted(gateway) == dict.fromkeys(PEOPLE, 1)


def test_no_credit_for_all_means_that_nobody_is_texted(gateway, attempt):
    gateway.set(credits=399)
    with pytest.raises(AirflowFailException, match="The account has 399 credits, and this can cost 400"):
        attempt()
    assert texted(gateway) == {}
    gateway.set(credits=400)
    attempt(try_number=2, max_tries=12)
    assert texted(gateway) == dict.fromkeys(PEOPLE, 1)


def test_credit_that_runs_out_on_the_way_ends_it_and_the_next_try_goes_on(gateway, attempt):
    gateway.set(credits=155)
    with pytest.raises(AirflowFailException, match="too little credit"):
        attempt(check_balance=False)
    first = texted(gateway)
    assert 100 <= first.total() <= 150
    gateway.set(credits=1000)
    attempt(try_number=2, max_tries=12)
    assert texted(gateway) == dict.fromkeys(PEOPLE, 1)
    assert gateway.requests().get("POST /messages") is None


ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("dies_after", [0, 15, 17, 39])
@pytest.mark.parametrize("has_store", [True, False])
def test_killed_in_the_middle_of_calls(gateway, attempt, store, tmp_path, dies_after, has_store):
    """SIGKILL, while three other calls are under way."""
    state = str(tmp_path / "state") if has_store else ""
    command = [sys.executable, "-m", "tests.wire.many_in_child", state, str(dies_after)]
    child = subprocess.run(command, env=os.environ, cwd=ROOT, check=False, capture_output=True, timeout=60)
    assert child.returncode == -signal.SIGKILL, child.stderr
    first = texted(gateway)
    others = [*PEOPLE[5:], "07700900990", "07700900991"]
    attempt(random.Random(dies_after).sample(others, len(others)), 2, store=store)
    assert texted(gateway) == Counter(first.keys() | others)


READINGS = pairwise(
    {
        **questions("metadata_echo", "metadata_search", "optional_fields", "search_order", "search_page"),
        **questions("destination_type", "lists", "shapes", "batch_partial"),
    }
)


@pytest.mark.parametrize("reading", READINGS)
def test_calls_that_fail_under_every_reading(gateway, attempt, reading):
    gateway.set(**reading, search_lag=0.1)
    gateway.faults(
        [
            {"operation": SEND, "when": when, "kind": "reset", "probability": 0.2, "times": None}
            for when in ("before", "after")
        ]
    )
    people = PEOPLE[:120]
    for number in range(1, 6):
        try:
            attempt(random.Random(number).sample(people, 120), number)
        except SmsWorksOutcomeUnknownError:
            continue
        break
    assert texted(gateway) == dict.fromkeys(people, 1)


class TestThatSomeMayFail:
    """`max_failed`."""

    BAD = ["0123", "not a number", "020 7946 0000"]

    def test_by_default_nothing_goes_out_and_each_is_named(self, gateway, attempt):
        with pytest.raises(AirflowFailException) as caught:
            attempt([*PEOPLE[:20], *self.BAD])
        assert all(f"`to[{20 + number}]`" in str(caught.value) for number in range(3))
        assert "7946" not in str(caught.value)
        assert gateway.requests() == {}

    @pytest.mark.parametrize("most", [3, 0.2])
    def test_the_others_get_theirs(self, gateway, attempt, most, caplog):
        with caplog.at_level(logging.WARNING):
            result = attempt([*PEOPLE[:20], *self.BAD], max_failed=most)
        assert (result["recipients"], result["failed"]) == (20, 3)
        assert texted(gateway) == dict.fromkeys(PEOPLE[:20], 1)
        assert "`to[20]`" in caplog.text
        assert "7946" not in caplog.text

    @pytest.mark.parametrize("most", [2, 0.1])
    def test_more_than_that_and_nobody_is_texted(self, gateway, attempt, most):
        with pytest.raises(AirflowFailException, match=r"`to\[22\]`"):
            attempt([*PEOPLE[:20], *self.BAD], max_failed=most)
        assert gateway.requests() == {}

    def test_a_call_that_the_gateway_refuses_counts(self, gateway, attempt):
        gateway.faults([{"operation": SEND, "when": "before", "kind": "status", "error_code": 4004, "times": 2}])
        result = attempt(max_failed=20)
        assert (result["recipients"], result["failed"]) == (380, 20)
        assert texted(gateway).total() == 380
        # A retry, for another reason, does not begin with them again.
        assert attempt(try_number=2, max_failed=20)["recipients"] == 380

    def test_one_refused_call_too_many_ends_it(self, gateway, attempt):
        gateway.faults([{"operation": SEND, "when": "before", "kind": "status", "error_code": 4004, "times": 3}])
        with pytest.raises(AirflowFailException):
            attempt(max_failed=20)
        attempt(max_failed=20, try_number=2, max_tries=12)
        assert set(texted(gateway).values()) == {1}
        assert texted(gateway).total() >= 380

    def test_messages_of_a_collection_too(self, gateway, store):
        messages = [{"to": phone, "content": "Hello"} for phone in PEOPLE[:20]] + [{"to": "1", "content": "Hello"}]
        operator = SmsWorksSendCollectionOperator(task_id="t", messages=messages, max_failed=1)
        assert operator.execute(task_context(store))["failed"] == 1
        assert texted(gateway).total() == 20

    @pytest.mark.parametrize("wrong", [-1, "all", True, None])
    def test_a_limit_that_is_none_is_refused(self, attempt, wrong):
        with pytest.raises(AirflowFailException, match="`max_failed`"):
            attempt(max_failed=wrong)


def test_how_far_it_has_come_stands_in_the_log(gateway, attempt, caplog, monkeypatch):
    from airflow_provider_smsworks.sending import in_flight

    monkeypatch.setattr(in_flight, "_SAYS_EVERY", 0.0)
    with caplog.at_level(logging.INFO):
        attempt(calls_at_once=1)
    assert "200 of 400 texts have gone out (50 %), for at most 200 credits; the rest will take about " in caplog.text
    assert not any(phone[1:] in caplog.text for phone in PEOPLE)


def test_a_list_that_became_wrong_says_what_went_out_before(gateway, attempt, capsys):
    gateway.set(credits=155)
    with pytest.raises(AirflowFailException, match="too little credit"):
        attempt(check_balance=False)
    sent = texted(gateway).total()
    with pytest.raises(AirflowFailException, match=r"`to\[400\]`"):
        attempt([*PEOPLE, "1"], 2, max_tries=12)
    assert f"In earlier tries {sent} text(s) of this task have gone out" in capsys.readouterr().out
