"""The notifier in a real Airflow: callbacks of tasks and Dags, Deadline Alerts, human-in-the-loop tasks."""

from __future__ import annotations

import json
import re
import time

from tests.airflow.conftest import finished
from tests.airflow.test_replies import answer_in_the_ui, wait_until

PHONE, OTHER = "447700900010", "447700900011"


def texts(sandbox, count, timeout=60):
    """Wait for so many texts, and a little for more than that."""
    wait_until(lambda: len(sandbox.ledger()) >= count, timeout)
    time.sleep(2)
    return sorted((row["to"], row["content"]) for row in sandbox.ledger())


def test_callbacks_of_tasks_and_dags(airflow, sandbox):
    run_id = airflow.trigger("example_smsworks_alerts")
    assert finished(airflow, "example_smsworks_alerts", run_id)["state"] == "failed"
    (_, failed), (to, retried) = texts(sandbox, 2)
    name, run = r"example_smsworks_alerts", r"run 20\d\d-\d\d-\d\d \d\d:\d\d UTC"
    assert to == PHONE
    assert re.fullmatch(
        rf"Will retry: {name}\.load_orders, try 1 of 2, {run}\. RuntimeError: no such table: orders", retried
    )
    assert re.fullmatch(rf"Failed: Dag {name}, {run}\. task load_orders", failed)


def test_a_run_that_is_well_again(airflow, sandbox, metrics):
    told_before = len(metrics.told())
    run_id = airflow.trigger("example_smsworks_alerts", {"works": True})
    assert finished(airflow, "example_smsworks_alerts", run_id)["state"] == "success"
    assert texts(sandbox, 1) == [(PHONE, "example_smsworks_alerts is fine again.")]
    # Of the Dag processor, which called back.
    assert any("smsworks.sent" in line for line in metrics.told()[told_before:])


def test_deadlines_in_the_triggerer_and_in_the_executor(airflow, sandbox):
    airflow.trigger("example_smsworks_deadline")
    (to, told), other = texts(sandbox, 2, timeout=90)
    assert to == PHONE
    assert re.match(
        r"Late: Dag example_smsworks_deadline, was due by 20\d\d-\d\d-\d\d \d\d:\d\d UTC\. run manual", told
    )
    assert other == (OTHER, "example_smsworks_deadline is late, please look.")


def until_it_asks(airflow, run_id):
    """Wait until an answer may come: of one before the task's process has ended, Airflow makes a failure."""

    def asks():
        tasks = airflow.task_instances("example_smsworks_input", run_id)
        return [task for task in tasks if task["state"] == "awaiting_input"]

    wait_until(asks)
    time.sleep(3)


def test_a_request_for_input(airflow, sandbox):
    run_id = airflow.trigger("example_smsworks_input")
    [(to, told)] = texts(sandbox, 1)
    assert to == PHONE
    assert told.startswith("Asks: Release 500 refunds? example_smsworks_input.release_refunds, run 20")
    until_it_asks(airflow, run_id)
    answer_in_the_ui(airflow, "example_smsworks_input", run_id, "release_refunds", "Approve")
    assert finished(airflow, "example_smsworks_input", run_id)["state"] == "success"


def test_a_gateway_that_refuses_fails_nothing(airflow, sandbox):
    sandbox.faults(
        [{"operation": "POST /message/send", "when": "before", "kind": "status", "status": 402, "times": None}]
    )
    run_id = airflow.trigger("example_smsworks_input")
    until_it_asks(airflow, run_id)
    assert sandbox.requests()["POST /message/send"] == 1
    answer_in_the_ui(airflow, "example_smsworks_input", run_id, "release_refunds", "Approve")
    ended = finished(airflow, "example_smsworks_input", run_id)
    log = airflow.log_text("example_smsworks_input", run_id, "release_refunds")
    assert ended["state"] == "success", log
    assert sandbox.ledger() == []
    assert "44********10 was not texted" in log or "**10 was not texted" in log
    assert "900010" not in json.dumps(log)
