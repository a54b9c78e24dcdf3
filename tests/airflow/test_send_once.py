"""In a real Airflow: the process killed, the answer lost, the task cleared. The ledger has one text."""

from __future__ import annotations

import os
import signal
import time

from tests.airflow.conftest import finished

SEND = "POST /message/send"


def test_killed_between_answer_and_record(airflow, sandbox, run):
    ended = run("killed")
    assert ended["state"] == "success", airflow.log_text("killed", ended["run_id"])
    assert ended["tasks"]["text"]["try_number"] == 2
    result = airflow.xcom("killed", ended["run_id"], "text")
    [row] = sandbox.ledger()
    assert result["message_id"] == row["message_id"]
    assert result["adopted"] is True
    assert sandbox.requests()[SEND] == 1


def test_every_kind_of_send_killed_between_answer_and_record(airflow, sandbox, run):
    ended = run("killed_kinds", timeout=180)
    states = {name: (task["state"], task["try_number"]) for name, task in ended["tasks"].items()}
    # Nobody can look up a passcode, so a person decides.
    assert states.pop("otp") == ("failed", 2), airflow.log_text("killed_kinds", ended["run_id"], "otp")
    assert set(states.values()) == {("success", 2)}, states
    ids = set()
    for name in states:
        result = airflow.xcom("killed_kinds", ended["run_id"], name)
        assert result["adopted"] is True
        ids |= {result["message_id"]} if "message_id" in result else set(result["batch_ids"])
    accepted = {row["batch_id"] or row["message_id"] for row in sandbox.ledger()}
    assert ids == (
        accepted - {row["message_id"] for row in sandbox.ledger() if row["operation"] == "POST /otp/send"}
    ) | {entry["id"] for entry in sandbox.schedules()}
    calls = sandbox.requests()
    assert {calls[name] for name in calls if name.startswith("POST") and name != "POST /messages"} == {1, 2}
    assert calls["POST /batch/any"] == 2


def test_killed_from_outside_while_the_answer_is_on_its_way(airflow, sandbox):
    sandbox.faults([{"operation": SEND, "when": "after", "kind": "stall", "delay": 60, "times": 1}])
    run_id = airflow.trigger("stalled")
    deadline = time.monotonic() + 60
    while not sandbox.ledger():
        assert time.monotonic() < deadline, airflow.log_text("stalled", run_id)
        time.sleep(0.1)
    [task] = airflow.task_instances("stalled", run_id)
    os.kill(task["pid"], signal.SIGKILL)
    ended = finished(airflow, "stalled", run_id)
    assert ended["state"] == "success", airflow.log_text("stalled", run_id)
    assert airflow.xcom("stalled", run_id, "text")["adopted"] is True
    assert len(sandbox.ledger()) == 1
    assert sandbox.requests()[SEND] == 1


def test_cleared_after_success(airflow, sandbox, run):
    ended = run("stalled")
    first = airflow.xcom("stalled", ended["run_id"], "text")
    airflow.clear("stalled", ended["run_id"], ["text"])
    time.sleep(1)
    again = finished(airflow, "stalled", ended["run_id"])
    assert again["state"] == "success"
    assert again["tasks"]["text"]["try_number"] == 2
    assert airflow.xcom("stalled", ended["run_id"], "text") == first
    # A watcher of another test may still look for what came in; that the task does not look, the wire tests see.
    assert sandbox.requests() | {"POST /messages": 0} == {SEND: 1, "POST /messages": 0}
    assert "nothing is sent again" in airflow.log_text("stalled", ended["run_id"])


def test_a_wrong_token_ends_the_task_at_once(airflow, sandbox, run):
    ended = run("wrong_token")
    assert ended["state"] == "failed"
    assert ended["tasks"]["text"]["try_number"] == 1
    log = airflow.log_text("wrong_token", ended["run_id"])
    assert "the gateway refused the token" in log
    assert "`password` (the JWT) of connection `wrong_token`" in log
    assert sandbox.ledger() == []


def test_a_send_key_holds_where_the_map_index_changes(airflow, sandbox):
    orders = {"key": "orders", "value": "1"}
    airflow.call("POST", "/variables", json=orders)
    run_id = airflow.trigger("grown")
    assert finished(airflow, "grown", run_id)["state"] == "success", airflow.log_text("grown", run_id)
    airflow.call("PATCH", "/variables/orders", json=orders | {"value": "2 1"})
    airflow.clear("grown", run_id, ["orders", "text"])
    time.sleep(1)
    assert finished(airflow, "grown", run_id)["state"] == "success", airflow.log_text("grown", run_id)
    assert sorted(row["to"] for row in sandbox.ledger()) == ["447700900501", "447700900502"]


def test_a_row_that_cannot_be_rendered_is_not_quoted_in_the_log(airflow, sandbox, run):
    ended = run("broken_row")
    assert ended["state"] == "failed"
    log = airflow.log_text("broken_row", ended["run_id"], "text")
    assert "`content` cannot be rendered (ZeroDivisionError)" in log
    assert "var.value.words" not in log
    assert sandbox.ledger() == []


def test_mapped_tasks_text_each_person_once(airflow, sandbox, run):
    ended = run("mapped")
    assert ended["state"] == "success"
    assert sorted(row["to"] for row in sandbox.ledger()) == ["447700900412", "447700900413"]


def test_a_backfill_that_makes_new_runs_of_partitions_texts_nobody_again(airflow, sandbox):
    def runs_of(kind):
        runs = airflow.call("GET", "/dags/partitions/dagRuns")["dag_runs"]
        return [run["state"] for run in runs if run["run_type"] == kind]

    def until_both_succeed(kind):
        deadline = time.monotonic() + 90
        while runs_of(kind) != ["success"] * 2:
            assert time.monotonic() < deadline, runs_of(kind)
            time.sleep(0.5)

    airflow.unpause("partitions")
    until_both_succeed("scheduled")
    assert sandbox.requests() == {SEND: 2}
    days = {"from_date": "2026-01-01T00:00:00Z", "to_date": "2026-01-02T00:00:00Z"}
    airflow.call("POST", "/backfills", json={"dag_id": "partitions", "reprocess_behavior": "completed", **days})
    until_both_succeed("backfill")
    assert len(sandbox.ledger()) == sandbox.requests()[SEND] == 2
