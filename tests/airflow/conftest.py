"""One real Airflow and one sandbox for all tests of this folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from scripts.local_airflow import LocalAirflow
from scripts.processes import StackError
from tests.sandbox_process import running_sandbox
from tests.statsd import listening

ROOT = Path(__file__).parents[2]
TOKEN = "canary.token.of-the-tests"
WRONG_TOKEN = "wrong.token.of-the-tests"
PHONE = "07700900412"
PHONE_2 = "07700900413"
NO_PHONE = "07700900001"
WORDS = "Canary words of the tests"


@pytest.hookimpl(tryfirst=True)  # before xdist looks at the marks
def pytest_collection_modifyitems(items):
    """With `--dist loadgroup`, one process starts this folder's Airflow and runs all tests that use it."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            group = "one Airflow" if "airflow" in item.fixturenames else item.path.stem
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory):
    database = tmp_path_factory.mktemp("sandbox") / "sandbox.db"
    with running_sandbox("--token", TOKEN, "--db", str(database)) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def customers(tmp_path_factory):
    """A table that a Dag texts; the test writes it."""
    return tmp_path_factory.mktemp("tables") / "customers.csv"


@pytest.fixture(scope="session")
def metrics():
    with listening() as metrics:
        yield metrics


def connection(sandbox, token=TOKEN, **more):
    """Return a connection to the sandbox, as an environment variable has it."""
    extra = {"sender": "Parcels", "allow_test_numbers": True, "search_lag": 1, "timeout": 5} | more
    return json.dumps({"conn_type": "smsworks", "host": sandbox.url, "password": token, "extra": extra})


@pytest.fixture(scope="session")
def airflow(sandbox, customers, metrics, tmp_path_factory):
    dags = tmp_path_factory.mktemp("dags")
    for file in [*(ROOT / "example_dags").glob("*.py"), *(ROOT / "tests" / "airflow" / "dags").glob("*.py")]:
        shutil.copy(file, dags)

    env = {
        "AIRFLOW_CONN_SMSWORKS_DEFAULT": connection(sandbox),
        "AIRFLOW_CONN_WRONG_TOKEN": connection(sandbox, WRONG_TOKEN),
        "AIRFLOW_CONN_SMALL_CALLS": connection(sandbox, batch_limit=10),
        **metrics.environment,
        "AIRFLOW_VAR_CUSTOMERS": str(customers),
        "AIRFLOW_VAR_PHONE": PHONE,
        "AIRFLOW_VAR_PHONE_2": PHONE_2,
        "AIRFLOW_VAR_NO_PHONE": NO_PHONE,
        "AIRFLOW_VAR_WORDS": WORDS,
    }
    with LocalAirflow(dags, env) as airflow:
        yield airflow


@pytest.fixture(autouse=True)
def empty_sandbox(sandbox):
    sandbox.reset()
    sandbox.set(delivery_delay=2)


@pytest.fixture
def run(airflow):
    """Run a Dag to its end, and return its run, with the task instances by name."""

    def run(dag_id, timeout=90):
        run_id = airflow.trigger(dag_id)
        return finished(airflow, dag_id, run_id, timeout)

    return run


def finished(airflow, dag_id, run_id, timeout=90):
    try:
        dag_run = airflow.wait_for(dag_id, run_id, timeout=timeout)
    except StackError as error:
        raise AssertionError(f"{error}\n{airflow.log_text(dag_id, run_id)}") from None
    tasks = {task["task_id"]: task for task in airflow.task_instances(dag_id, run_id)}
    return {"run_id": run_id, "state": dag_run["state"], "tasks": tasks}
