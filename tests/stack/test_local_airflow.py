"""With real processes of Airflow: about a minute altogether."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.local_airflow import COMPONENTS, LocalAirflow
from scripts.processes import StackError
from tests.stack.leftovers import processes_of, wait_until_gone

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def airflow() -> Iterator[LocalAirflow]:
    stack = LocalAirflow(HERE / "dags")
    with stack:
        home = str(stack.home)
        yield stack
        assert len(processes_of(home)) > len(COMPONENTS)
        began = time.monotonic()
    assert time.monotonic() - began < 15
    wait_until_gone(home, 0)


@contextmanager
def parent_process() -> Iterator[subprocess.Popen[str]]:
    """A process of its own that uses a stack, in a session of its own as under a terminal."""
    command = [sys.executable, "-m", "tests.stack.parent"]
    with subprocess.Popen(
        command, cwd=HERE.parent.parent, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as parent:
        try:
            yield parent
        finally:
            parent.kill()


def read_until(parent: subprocess.Popen[str], text: str) -> dict[str, Any]:
    """Read the parent's lines up to one that contains this text, and return its facts."""
    assert parent.stdout
    for line in parent.stdout:
        if text in line:
            return dict(json.loads(line))
    raise AssertionError(f"the parent ended before it said {text!r}")


def test_runs_a_dag_and_shows_what_happened(airflow):
    changes = []
    run_id = airflow.trigger("stack_short", conf={"a": 1}, run_id="by_hand__2026-01-01T00:00:00+00:00")
    run = airflow.wait_for("stack_short", run_id, on_change=lambda task: changes.append(task["state"]))
    assert run["state"] == "success"
    assert run["conf"] == {"a": 1}
    assert changes[-1] == "success"
    assert airflow.xcom("stack_short", run_id, "answer") == {"answer": 42}
    assert "the log of answer" in airflow.log_text("stack_short", run_id)
    assert "info: the log of answer" in list(airflow.log_lines("stack_short", run_id))
    airflow.clear("stack_short", run_id, ["answer"])
    assert airflow.wait_for("stack_short", run_id)["state"] == "success"


def test_waiting_for_a_run_ends_in_time_and_says_how_far_it_is(airflow):
    run_id = airflow.trigger("stack_endless")
    with pytest.raises(StackError, match=r"did not end within 1 s: it is \w+, its tasks are sleeper: .*, waiter: "):
        airflow.wait_for("stack_endless", run_id, timeout=1)


def test_a_dag_that_does_not_exist_is_not_waited_for_long(airflow):
    with pytest.raises(StackError, match="did not find the Dag no_such_dag"):
        airflow.trigger("no_such_dag", timeout=1)


def test_a_component_that_dies_is_reported_and_can_be_restarted(airflow):
    run_id = airflow.trigger("stack_endless")  # goes on running: what stops the stack meets a running task
    os.kill(airflow.pids()["triggerer"], signal.SIGKILL)
    with pytest.raises(StackError, match=r"triggerer ended by itself \(exit code -9\).*\n +\S"):
        airflow.wait_for("stack_endless", run_id, timeout=10)
    airflow.restart("triggerer")
    airflow.wait_healthy()
    assert set(airflow.pids()) == set(COMPONENTS)


def test_a_component_killed_on_purpose_is_no_failure(airflow):
    airflow.kill("dag-processor")
    while "dag-processor" in airflow.pids():
        time.sleep(0.05)
    airflow.check()
    airflow.restart("dag-processor")
    airflow.wait_healthy()


def test_two_at_once_and_one_survives_when_the_parent_of_the_other_is_killed(airflow):
    with parent_process() as parent:
        other = read_until(parent, "task runs")
        assert other["home"] != str(airflow.home)
        assert any("sleep 1000" in command for command in processes_of(other["home"]))
        parent.kill()
        parent.wait()
        wait_until_gone(other["home"], 5)
    assert httpx.get(f"{airflow.url}/api/v2/monitor/health").json()["scheduler"]["status"] == "healthy"
    airflow.check()


@pytest.mark.parametrize(
    ("stage", "delay"), [("making Airflow's database", 1), ("starting Airflow", 0), ("starting Airflow", 4)]
)
def test_nothing_is_left_after_an_interrupt_during_the_start(stage, delay):
    with parent_process() as parent:
        home = read_until(parent, stage)["home"]
        time.sleep(delay)
        os.killpg(parent.pid, signal.SIGINT)
        read_until(parent, "interrupted")
        assert processes_of(home) == []
        assert not Path(home).exists()
        assert parent.wait(timeout=5) == 130


def test_nothing_is_left_after_sigterm_that_nobody_handles():
    with parent_process() as parent:
        home = read_until(parent, "starting Airflow")["home"]
        time.sleep(1)
        parent.terminate()
        assert parent.wait(timeout=5) == -signal.SIGTERM
        wait_until_gone(home, 5)
