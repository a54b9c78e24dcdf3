"""Killed at every step, under every reading of the documents: the ledger has one text."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from airflow_provider_smsworks.exceptions import SmsWorksOutcomeUnknownError
from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator
from tests.task_context import FileStore, own_store, task_context
from tests.versions import needs_state_store

ARGUMENTS = {"to": "07700900000", "content": "Hello", "reference": "order 7"}
STEPS = ["before intent", "after intent", "after the answer", "before sent", "after sent"]
SEND = "POST /message/send"


def run_child(store, step, try_number):
    values = [str(store), step, str(try_number), json.dumps(ARGUMENTS)]
    command = [sys.executable, "-m", "tests.wire.send_in_child", *values]
    root = Path(__file__).parents[2]
    return subprocess.run(command, capture_output=True, text=True, cwd=root, env=os.environ, check=False, timeout=60)


@needs_state_store
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_the_next_try_completes_it(connected, tmp_path, step):
    killed = run_child(tmp_path / "state", step, 1)
    assert killed.returncode == -signal.SIGKILL
    again = run_child(tmp_path / "state", "never", 2)
    assert again.returncode == 0, again.stderr
    result = json.loads(again.stdout.splitlines()[-1])
    [row] = connected.ledger()
    assert result["message_id"] == row["message_id"]
    assert result["to"] == "44********00"
    assert result["reference"] == "order 7"
    assert result["adopted"] is (step in ("after the answer", "before sent"))


def test_killed_without_a_state_store_the_next_try_finds_it(connected):
    assert run_child("none", "after the answer", 1).returncode == -signal.SIGKILL
    again = run_child("none", "never", 2)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout.splitlines()[-1])["adopted"] is True
    assert len(connected.ledger()) == 1


@pytest.fixture
def attempt(tmp_path):
    """Run one try in this process."""

    def attempt(try_number=1, *, max_tries=2, has_store=True, **more):
        operator = SmsWorksSendMessageOperator(task_id="t", **ARGUMENTS | more)
        store = FileStore(tmp_path / "state") if has_store else None
        context = task_context(store, try_number=try_number, max_tries=max_tries)
        return operator.execute(context)

    return attempt


def test_the_next_task_can_use_the_message_id(connected, tmp_path):
    context = task_context(own_store(tmp_path / "state"))
    result = SmsWorksSendMessageOperator(task_id="t", **ARGUMENTS).execute(context)
    assert context["ti"].pushed == {"message_id": result["message_id"]}


def test_the_happy_path_is_one_call(connected, attempt):
    assert attempt()["adopted"] is False
    assert connected.requests() == {SEND: 1}


READINGS = list(itertools.product(["filters", "ignored"], [True, False], ["iso", "javascript"], [True, False]))


@pytest.mark.parametrize(("search", "echo", "dates", "has_store"), READINGS)
@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"kind": "status", "status": 500}, {"kind": "garbage"}])
def test_a_lost_answer_under_every_reading(connected, attempt, search, echo, dates, has_store, fault):
    connected.set(metadata_search=search, metadata_echo=echo, dates=dates, search_lag=0.1)
    connected.faults([{"operation": SEND, "when": "after", "times": 1} | fault])
    result = attempt(has_store=has_store)
    assert result["adopted"] is True
    assert [row["message_id"] for row in connected.ledger()] == [result["message_id"]]


@pytest.mark.parametrize(("search", "echo", "dates", "has_store"), READINGS)
def test_a_lost_request_under_every_reading(connected, attempt, search, echo, dates, has_store):
    connected.set(metadata_search=search, metadata_echo=echo, dates=dates)
    connected.faults([{"operation": SEND, "when": "before", "kind": "reset", "times": 1}])
    with pytest.raises(SmsWorksOutcomeUnknownError):
        attempt(has_store=has_store)
    assert connected.ledger() == []
    assert attempt(2, has_store=has_store)["adopted"] is False
    assert len(connected.ledger()) == 1


def test_the_answer_times_out(connected, connect, attempt):
    connect(connected.url, timeout=0.3)
    connected.faults([{"operation": SEND, "when": "after", "kind": "stall", "delay": 5, "times": 1}])
    assert attempt()["adopted"] is True
    assert len(connected.ledger()) == 1


def test_an_acceptance_after_the_try_is_found_by_the_next_one(connected, attempt):
    connected.faults([{"operation": SEND, "when": "late", "kind": "reset", "delay": 1.0, "times": 1}])
    with pytest.raises(SmsWorksOutcomeUnknownError):
        attempt()
    import time

    time.sleep(1.2)
    assert attempt(2)["adopted"] is True
    assert len(connected.ledger()) == 1


def test_cleared_after_success_it_is_kept_or_sent_again_as_the_author_says(connected, attempt):
    first = attempt()
    assert attempt(2, max_tries=3)["message_id"] == first["message_id"]
    assert connected.requests() == {SEND: 1}
    assert len(connected.ledger()) == 1
    second = attempt(3, max_tries=4, on_clear="resend")
    assert second["message_id"] != first["message_id"]
    assert attempt(4, max_tries=4, on_clear="resend")["message_id"] == second["message_id"]
    assert len(connected.ledger()) == 2


def test_cleared_without_a_state_store_it_is_kept(connected, attempt):
    first = attempt(has_store=False)
    assert attempt(2, max_tries=3, has_store=False)["message_id"] == first["message_id"]
    assert len(connected.ledger()) == 1


def test_with_fail_the_task_ends_and_a_person_decides(connected, attempt):
    connected.faults([{"operation": SEND, "when": "before", "kind": "reset", "times": 1}])
    with pytest.raises(AirflowFailException, match="a person decides"):
        attempt(on_unknown="fail")
    with pytest.raises(AirflowFailException, match="a person decides"):
        attempt(2, max_tries=3, on_unknown="fail")
    assert connected.ledger() == []
    attempt(3, max_tries=4, on_unknown="fail", on_clear="resend")
    assert len(connected.ledger()) == 1


def test_an_old_run_is_skipped(connected, tmp_path):
    import datetime as dt

    operator = SmsWorksSendMessageOperator(task_id="t", **ARGUMENTS, max_age=dt.timedelta(hours=1))
    context = task_context(FileStore(tmp_path / "state"))
    context["dag_run"].run_after -= dt.timedelta(hours=2)
    with pytest.raises(AirflowSkipException, match="max_age"):
        operator.execute(context)
    assert connected.requests() == {}


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422])
def test_a_refusal_ends_the_task_and_a_later_run_of_it_sends(connected, attempt, status):
    connected.faults([{"operation": SEND, "when": "before", "kind": "status", "status": status, "times": 1}])
    with pytest.raises(AirflowFailException, match=f"HTTP {status}"):
        attempt()
    assert attempt(2)["adopted"] is False
    assert connected.requests() == {SEND: 2}
    assert len(connected.ledger()) == 1
