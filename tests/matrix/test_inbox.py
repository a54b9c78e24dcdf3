"""Texts start a Dag, in a real Airflow of whichever version this is."""

from __future__ import annotations

import shutil

import httpx
import pytest

from scripts.processes import StackError
from tests.matrix.conftest import running_airflow, wait_until
from tests.sandbox_process import ROOT
from tests.versions import needs_airflow_3

pytestmark = needs_airflow_3

DAG_ID, PHONE, OWN = "example_smsworks_keyword", "07700900010", "447700900999"


@pytest.fixture
def airflow(sandbox, connection, metrics, tmp_path):
    shutil.copy(ROOT / "example_dags" / f"{DAG_ID}.py", tmp_path)
    with running_airflow(tmp_path, connection | metrics.environment) as airflow:
        yield airflow


def test_each_text_with_the_keyword_is_answered_once(airflow, sandbox, metrics):
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
    # Of the workers, and of the triggerer.
    told = metrics.told()
    for name in ("sent", "credits", "poll", "waits"):
        assert any(f"smsworks.{name}" in line for line in told), (name, told)


def has_run(airflow, run_id):
    try:
        return airflow.dag_run(DAG_ID, run_id)
    except (StackError, httpx.TransportError):
        return None
