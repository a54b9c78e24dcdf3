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


@pytest.fixture(scope="module")
def airflow(connection):
    # On SQLite, Airflow 3.2.2's scheduler dies of a callback that its executor has run.
    with running_airflow(Path(__file__).with_name("notifier_dags"), connection, "postgresql") as airflow:
        yield airflow


def texts(sandbox, count):
    """Wait for so many texts, and a little for more than that."""
    wait_until(lambda: len(sandbox.ledger()) >= count)
    time.sleep(3)
    return sorted((row["to"], row["content"]) for row in sandbox.ledger())


def test_callbacks(airflow, sandbox):
    run_id = airflow.trigger("fails")
    assert airflow.wait_for("fails", run_id)["state"] == "failed"
    (to, retried), (other, failed) = texts(sandbox, 2)
    assert (to, other) == (PHONE, OTHER)
    assert re.fullmatch(
        r"Will retry: fails\.load, try 1 of 2, run .+ UTC\. RuntimeError: no such table: orders", retried
    )
    assert re.fullmatch(r"Failed: Dag fails, run .+ UTC\. task load", failed)


def test_deadlines(airflow, sandbox):
    run_id = airflow.trigger("late")
    executor = [(OTHER, "late is late, please look.")] if get_base_airflow_version_tuple() >= (3, 2) else []
    (to, told), *others = texts(sandbox, 1 + len(executor))
    assert to == PHONE
    assert re.match(r"Late: Dag late, was due by .+ UTC\. run manual", told)
    assert others == executor
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
