"""Texts start a Dag, in a real Airflow of whichever version this is."""

from __future__ import annotations

import json
import shutil
import time

import httpx
import pytest

from scripts.local_airflow import LocalAirflow
from scripts.processes import StackError
from tests.sandbox_process import ROOT, running_sandbox
from tests.versions import needs_airflow_3

pytestmark = needs_airflow_3

DAG_ID, PHONE, OWN = "example_smsworks_keyword", "07700900010", "447700900999"


@pytest.fixture
def sandbox():
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def airflow(sandbox, tmp_path):
    shutil.copy(ROOT / "example_dags" / f"{DAG_ID}.py", tmp_path)
    extra = {"sender": "Parcels", "allow_test_numbers": True, "search_lag": 1, "timeout": 5}
    connection = {"conn_type": "smsworks", "host": sandbox.url, "password": "token-of-the-tests", "extra": extra}
    with LocalAirflow(tmp_path, {"AIRFLOW_CONN_SMSWORKS_DEFAULT": json.dumps(connection)}) as airflow:
        # Airflow 3.1 wants a token also where everybody is an admin, and gives one to anybody.
        token = httpx.get(f"{airflow.url}/auth/token", trust_env=False).json()["access_token"]
        airflow._client.headers["Authorization"] = f"Bearer {token}"
        yield airflow


def wait_until(look, timeout=90):
    deadline = time.monotonic() + timeout
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.3)
    return found


def test_each_text_with_the_keyword_is_answered_once(airflow, sandbox):
    airflow.unpause(DAG_ID)
    wait_until(lambda: sandbox.requests().get("POST /messages", 0) >= 2)
    texts = [sandbox.inbound(PHONE, OWN, f"Order {number}") for number in (1, 2, 3)]
    sandbox.inbound(PHONE, OWN, "Hello")
    for text in texts:
        run_id = f"text__{text}"
        wait_until(lambda run_id=run_id: has_run(airflow, run_id))
        assert airflow.wait_for(DAG_ID, run_id)["state"] == "success", airflow.log_text(DAG_ID, run_id)
    answers = sorted(row["content"] for row in sandbox.ledger())
    assert answers == [f"Order {number} arrives tomorrow between 9 and 11." for number in (1, 2, 3)]


def has_run(airflow, run_id):
    try:
        return airflow.dag_run(DAG_ID, run_id)
    except (StackError, httpx.TransportError):
        return None
