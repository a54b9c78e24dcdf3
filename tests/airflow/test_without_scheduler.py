"""As Dag authors try a Dag out: `airflow dags test`, which hands a resumed task nothing but its event."""

from __future__ import annotations

import subprocess
import sys

from scripts.airflow_settings import airflow_environment, sqlite_url
from tests.airflow.conftest import ROOT, connection


def test_it_runs_without_scheduler_and_triggerer(sandbox, tmp_path):
    environment = airflow_environment(
        tmp_path,
        ROOT / "example_dags",
        port=9,
        extra={"AIRFLOW_CONN_SMSWORKS_DEFAULT": connection(sandbox)},
        database_url=sqlite_url(tmp_path),
    )

    def run_airflow(*command):
        arguments = [sys.executable, "-m", "airflow", *command]
        process = subprocess.run(
            arguments, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
        )
        assert process.returncode == 0, process.stdout[-3000:] + process.stderr[-3000:]
        return process.stdout + process.stderr

    run_airflow("db", "migrate")
    said = run_airflow("dags", "test", "example_smsworks_quickstart")
    assert "to be called: ['44********01']" in said
    assert len(sandbox.ledger()) == 2
