"""An approval that is answered counts, whatever becomes of the texts about it."""

from __future__ import annotations

import datetime as dt

import pytest
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_3_PLUS

from tests.task_context import FileStore, task_context

pytestmark = pytest.mark.skipif(not AIRFLOW_V_3_3_PLUS, reason="approvals need Airflow 3.3")

PHONE, OWN = "07700900412", "447860012345"
SEND = "POST /message/send"
LOST = {"operation": SEND, "when": "after", "kind": "reset"}
FAILURES = {
    "lost for ever": ({"on_unknown": "retry"}, [LOST | {"when": "before"}]),
    "lost, and a person decides": ({"on_unknown": "fail"}, [LOST | {"when": "before"}]),
    "the run is too old": ({"max_age": dt.timedelta(microseconds=1)}, []),
    "too little credit": ({}, [{"operation": SEND, "when": "before", "kind": "status", "status": 402}]),
    "the gateway is down": ({}, [{"operation": "*", "when": "before", "kind": "reset", "times": None}]),
}


@pytest.fixture
def approval(sandbox, connect):
    """Return an approval, as each try has a new one."""
    connect(sandbox.url, sender=OWN)

    def approval(**choice):
        from airflow_provider_smsworks.operators.question import SmsWorksApprovalOperator

        return SmsWorksApprovalOperator(task_id="task", to=[PHONE], subject="Deploy?", **choice)

    return approval


@pytest.fixture
def context(tmp_path):
    store = FileStore(tmp_path / "state")
    return lambda try_number=1, **more: task_context(store, try_number=try_number, **more)


@pytest.fixture
def answered(sandbox, approval, context):
    """Let a phone approve, and the task go on with that."""

    def answered(faults=(), by=None, **choice):
        text = sandbox.inbound(PHONE, OWN, "Approve")
        event = {
            "chosen_options": ["Approve"],
            "params_input": {} if by else {"_sms": {"from": "44********12", "message_id": text}},
            "responded_at": dt.datetime.now(dt.UTC),
            "responded_by_user": by,
            "timedout": False,
        }
        sandbox.faults(list(faults))
        return approval(**choice).execute_complete(context(), event)

    return answered


@pytest.mark.parametrize("failure", FAILURES)
def test_a_confirmation_that_fails_changes_nothing(answered, sandbox, failure):
    choice, faults = FAILURES[failure]
    result = answered(faults, **choice)
    assert (result["chosen_options"], result["answered_by"]) == (["Approve"], "text")
    assert sandbox.ledger() == []


@pytest.mark.parametrize("on_clear", ["keep", "resend"])
def test_what_was_answered_in_airflow_counts_if_the_worker_dies_after_that(answered, approval, context, on_clear):
    first = answered(by={"id": "7", "name": "Ada"}, on_clear=on_clear)
    assert (first["chosen_options"], first["answered_by"]) == (["Approve"], "airflow")
    # It asks nobody: for that a task instance needs an id, which only a running Airflow gives it.
    assert approval(on_clear=on_clear).execute(context(2)) == first
    if on_clear == "keep":
        assert approval(on_clear=on_clear).execute(context(3, max_tries=5)) == first
    else:
        with pytest.raises(AttributeError, match="'id'"):
            approval(on_clear=on_clear).execute(context(3, max_tries=5))


def test_a_confirmation_whose_answer_is_lost_goes_out_once(answered, sandbox):
    for _ in range(2):
        assert answered([LOST])["answered_by"] == "text"
    assert [row["content"] for row in sandbox.ledger()] == ["Thank you: Approve. This is noted."]
