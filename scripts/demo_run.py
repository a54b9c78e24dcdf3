"""One run of the quickstart Dag, from an empty machine to a table of what happened."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from scripts.demo_screen import Screen
from scripts.local_airflow import LocalAirflow
from scripts.processes import StackError
from scripts.sandbox_process import SandboxProcess

DAGS = Path(__file__).parent.parent / "example_dags"
DAG_ID = "example_smsworks_quickstart"
FURTHER = """
Where to look further
  README.md       what the provider can do, and how to use it with your account
  example_dags/   Dags to copy from; the one that ran is example_smsworks_quickstart.py
  make up         the same again, and it stays: Airflow's UI and the sandbox's phones in your browser"""


def run(*, stay: bool = False, keep: bool = False) -> int:
    """Start everything, run the Dag, show the result, and stop everything; `stay` waits for Ctrl-C first.

    Returns the exit code. Raises KeyboardInterrupt if it is interrupted before the result is shown.
    """
    screen = Screen()
    screen.text("A demo of the SMS Works provider for Apache Airflow: all on this machine, no account, no costs.")
    try:
        with ExitStack() as stack:
            succeeded = _run(stack, screen, stay, keep)
    except StackError as error:
        screen.failure(str(error))
        return 1
    except httpx.HTTPError as error:
        screen.failure(f"A call on this machine failed: {type(error).__name__}: {error}")
        return 1
    screen.line("everything is stopped, nothing is left running")
    if succeeded and not stay:
        screen.text(FURTHER)
    return 0 if succeeded else 1


def _run(stack: ExitStack, screen: Screen, stay: bool, keep: bool) -> bool:
    screen.line("starting the sandbox, a twin of the SMS gateway")
    sandbox = stack.enter_context(SandboxProcess())
    connection = {
        "conn_type": "smsworks",
        "host": sandbox.url,
        "password": "demo-token",
        "extra": {"sender": "QuickStart", "allow_test_numbers": True},
    }
    env = {"AIRFLOW_CONN_SMSWORKS_DEFAULT": json.dumps(connection)}
    airflow = stack.enter_context(LocalAirflow(DAGS, env, keep=keep, say=screen.line))
    stack.callback(screen.line, "stopping Airflow and the sandbox")
    if keep:
        stack.callback(screen.line, f"Airflow's home stays: {airflow.home}")
    screen.line("Airflow is up")
    succeeded = _run_dag(airflow, sandbox, screen)
    if stay and succeeded:
        _stay(airflow, sandbox, screen)
    return succeeded


def _run_dag(airflow: LocalAirflow, sandbox: SandboxProcess, screen: Screen) -> bool:
    """Run the Dag and show it; say why if it fails."""
    run_id = airflow.trigger(DAG_ID)
    screen.line(f"started a run of the Dag {DAG_ID}")
    results: dict[str, Any] = {}

    def show_task(task: dict[str, Any]) -> None:
        if task["state"] == "success":
            results[task["task_id"]] = airflow.xcom(DAG_ID, run_id, task["task_id"])
        screen.task(task, results.get(task["task_id"]))

    outcome = airflow.wait_for(
        DAG_ID, run_id, timeout=150, on_change=show_task, on_poll=lambda: screen.texts(sandbox.ledger())
    )
    if outcome["state"] == "success":
        screen.table(airflow.task_instances(DAG_ID, run_id), results)
        return True
    failed = [task["task_id"] for task in airflow.task_instances(DAG_ID, run_id) if task["state"] == "failed"]
    log = [line for task_id in failed for line in airflow.log_lines(DAG_ID, run_id, task_id) if line]
    telling = [line for line in log if not line.startswith(("info:", "debug:"))] or log
    screen.failure(
        f"The run failed: {', '.join(failed) or 'no task'} did not succeed. From the logs:\n"
        + "\n".join(f"    {line}" for line in telling[-20:])
    )
    return False


def _stay(airflow: LocalAirflow, sandbox: SandboxProcess, screen: Screen) -> None:
    """Wait for Ctrl-C."""
    screen.text(
        f"Airflow's UI:       {airflow.url}/dags/{DAG_ID}\n"
        f"The sandbox's page: {sandbox.url}/\n"
        "Dags in example_dags/ can be triggered and edited while this runs. Ctrl-C ends all of it."
    )
    try:
        while True:
            airflow.check()
            sandbox.check()
            time.sleep(0.5)
    except KeyboardInterrupt:
        print()  # the terminal has just shown ^C
