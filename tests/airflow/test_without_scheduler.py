"""As Dag authors try a Dag out: `airflow dags test`, which hands a resumed task nothing but its event."""

from __future__ import annotations

import subprocess
import sys

import pytest

from scripts.airflow_settings import airflow_environment, sqlite_url
from tests.airflow.conftest import ROOT, connection


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    home = tmp_path_factory.mktemp("airflow")
    environment = airflow_environment(home, ROOT / "example_dags", port=9, extra={}, database_url=sqlite_url(home))
    run_airflow(environment, "db", "migrate")
    return environment


def run_airflow(environment, *command):
    arguments = [sys.executable, "-m", "airflow", *command]
    home = environment["AIRFLOW_HOME"]
    process = subprocess.run(
        arguments, env=environment, cwd=home, capture_output=True, text=True, check=False, timeout=120
    )
    assert process.returncode == 0, process.stdout[-3000:] + process.stderr[-3000:]
    return process.stdout + process.stderr


@pytest.mark.parametrize("kept_in", ["environment", "database"])
def test_it_runs_without_scheduler_and_triggerer(environment, sandbox, kept_in):
    if kept_in == "database":
        run_airflow(environment, "connections", "add", "smsworks_default", "--conn-json", connection(sandbox))
    else:
        environment = environment | {"AIRFLOW_CONN_SMSWORKS_DEFAULT": connection(sandbox)}
    said = run_airflow(environment, "dags", "test", "example_smsworks_quickstart")
    assert "to be called: ['44********01']" in said
    assert len(sandbox.ledger()) == 2
