"""Alerts in a real Airflow of whichever version this is."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from airflow.providers.common.compat.version_compat import get_base_airflow_version_tuple

from tests.matrix.conftest import running_airflow, wait_until
from tests.versions import needs_awaited_notifiers

pytestmark = needs_awaited_notifiers

PHONE, OTHER = "447700900010", "447700900011"
AIRFLOW = get_base_airflow_version_tuple()[:2]
# Airflow 3.2 sets up metrics for what is not its own in workers and triggerer only, not in Dag processor and executor.
IS_COUNTED_EVERYWHERE = AIRFLOW != (3, 2)


@pytest.fixture(scope="module")
def airflow(connection, metrics):
    # On SQLite, Airflow 3.2.2's scheduler dies of a callback that its executor has run.
    environment = connection | metrics.environment
    with running_airflow(Path(__file__).with_name("notifier_dags"), environment, "postgresql") as airflow:
        yield airflow


def texts(sandbox, count):
    """Wait for so many texts, and a little for more than that."""
    wait_until(lambda: len(sandbox.ledger()) >= count)
    time.sleep(3)
    return sorted((row["to"], row["content"]) for row in sandbox.ledger())


def count_sent(metrics):
    """Return how many texts Airflow's metrics have heard of until now."""
    return len([line for line in metrics.told() if "smsworks.sent" in line])


def test_callbacks(airflow, sandbox, metrics):
    run_id = airflow.trigger("fails")
    assert airflow.wait_for("fails", run_id)["state"] == "failed"
    (to, retried), (other, failed) = texts(sandbox, 2)
    assert (to, other) == (PHONE, OTHER)
    assert re.fullmatch(
        r"Will retry: fails\.load, try 1 of 2, run .+ UTC\. RuntimeError: no such table: orders", retried
    )
    assert re.fullmatch(r"Failed: Dag fails, run .+ UTC\. task load", failed)
    assert count_sent(metrics) == 1 + IS_COUNTED_EVERYWHERE  # by the worker and the Dag processor


def test_deadlines(airflow, sandbox, metrics):
    before = count_sent(metrics)
    run_id = airflow.trigger("late")
    executor = [(OTHER, "late is late, please look.")] if AIRFLOW >= (3, 2) else []
    (to, told), *others = texts(sandbox, 1 + len(executor))
    assert to == PHONE
    assert re.match(r"Late: Dag late, was due by .+ UTC\. run manual", told)
    assert others == executor
    assert count_sent(metrics) == before + 1 + (len(executor) if IS_COUNTED_EVERYWHERE else 0)
    assert airflow.wait_for("late", run_id)["state"] == "success"
    airflow.check()


def test_a_task_that_waits_for_a_person(airflow, sandbox):
    run_id = airflow.trigger("asks")
    [(to, told)] = texts(sandbox, 1)
    assert to == PHONE
    assert told.startswith("Asks: Refund? asks.refund, run ")

    def waits():
        return {task["state"] for task in airflow.task_instances("asks", run_id)} & {"awaiting_input", "deferred"}

    wait_until(waits)
    time.sleep(3)
    path = f"/dags/asks/dagRuns/{run_id}/taskInstances/refund/-1/hitlDetails"
    airflow.call("PATCH", path, json={"chosen_options": ["Approve"], "params_input": {}})
    assert airflow.wait_for("asks", run_id)["state"] == "success", airflow.log_text("asks", run_id)
