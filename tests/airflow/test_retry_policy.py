"""In a real Airflow: the retry policy decides when a task that can help itself no further is tried again."""

from __future__ import annotations

import time

import pytest
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_3_PLUS

from tests.airflow.conftest import finished

pytestmark = pytest.mark.skipif(not AIRFLOW_V_3_3_PLUS, reason="retry policies came with Airflow 3.3")

SEND = "POST /message/send"


def test_a_wait_that_the_gateway_asks_for_takes_the_place_of_the_retry_delay(airflow, sandbox, run):
    busy = {"operation": SEND, "kind": "status", "status": 429, "headers": {"Retry-After": "0"}}
    # As often as the client itself repeats it within one try.
    sandbox.faults([busy | {"times": 4}])
    ended = run("asked_to_wait")
    assert ended["state"] == "success", airflow.log_text("asked_to_wait", ended["run_id"])
    assert ended["tasks"]["text"]["try_number"] == 2
    assert "the gateway asked to wait 0 seconds" in airflow.log_text("asked_to_wait", ended["run_id"])
    assert len(sandbox.ledger()) == 1


def test_a_task_waits_for_credit(airflow, sandbox):
    sandbox.set(credits=0)
    run_id = airflow.trigger("no_credit")
    deadline = time.monotonic() + 60
    while not sandbox.requests().get(SEND):
        assert time.monotonic() < deadline, airflow.log_text("no_credit", run_id)
        time.sleep(0.1)
    sandbox.set(credits=50)
    ended = finished(airflow, "no_credit", run_id)
    assert ended["state"] == "success", airflow.log_text("no_credit", run_id)
    assert ended["tasks"]["text"]["try_number"] >= 2
    assert "waiting for more" in airflow.log_text("no_credit", run_id)
    assert len(sandbox.ledger()) == 1


def test_without_the_policy_too_little_credit_ends_the_task(airflow, sandbox, run):
    sandbox.set(credits=0)
    ended = run("no_credit_and_no_policy")
    assert ended["state"] == "failed"
    assert ended["tasks"]["text"]["try_number"] == 1
    assert "buy credits" in airflow.log_text("no_credit_and_no_policy", ended["run_id"])
