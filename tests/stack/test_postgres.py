"""Airflow on PostgreSQL, and with an API server of its own for the tasks."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from scripts import postgres
from scripts.local_airflow import COMPONENTS, EXECUTION_API, LocalAirflow
from scripts.processes import Family, StackError
from tests.stack.leftovers import wait_until_gone

HERE = Path(__file__).parent
START = (
    "import time; from scripts.processes import Family; from scripts.postgres import start_postgres;"
    "family = Family('test'); start_postgres(family); print(family.home, flush=True); time.sleep(300)"
)


def servers_of(folder: str) -> list[psutil.Process]:
    """PostgreSQL's processes write over their environment, but all work in the database's folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and process.cwd().startswith(folder):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def installed():
    try:
        postgres.check_drivers()
        postgres.find_binaries()
    except StackError as error:
        pytest.skip(str(error))


@pytest.mark.usefixtures("installed")
def test_serves_behind_a_socket_in_the_home_and_ends_with_the_family():
    family = Family("test")
    try:
        engine = sa.create_engine(postgres.start_postgres(family))
        with engine.connect() as connection:
            assert connection.execute(sa.text("SHOW listen_addresses")).scalar() == ""
        assert len(servers_of(str(family.home))) > 3
        assert not (family.home / "postgres").stat().st_mode & 0o077
        engine.dispose()
    finally:
        family.end()
    assert servers_of(str(family.home)) == []
    assert not family.home.exists()


@pytest.mark.usefixtures("installed")
def test_nothing_of_it_survives_a_parent_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", START], stdout=subprocess.PIPE, text=True) as parent:
        home = parent.stdout.readline().strip()
        assert len(servers_of(home)) > 3
        parent.send_signal(signal.SIGKILL)
    wait_until_gone(home, 10)
    deadline = time.monotonic() + 5
    while servers_of(home):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_says_what_to_install_where_it_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres, "DEBIAN", tmp_path)
    with pytest.raises(StackError, match=r"PostgreSQL is not installed.*apt-get install postgresql"):
        postgres.find_binaries()


def test_says_which_driver_is_missing(monkeypatch):
    monkeypatch.setattr(postgres, "DRIVERS", {"no_such_driver": "no-such-package"})
    with pytest.raises(StackError, match="pip install no-such-package"):
        postgres.check_drivers()


@pytest.mark.slow
@pytest.mark.usefixtures("installed")
def test_airflow_on_postgres_with_an_api_server_for_the_tasks():
    with LocalAirflow(HERE / "dags", database="postgresql", separate_api=True) as airflow:
        assert set(airflow.pids()) == {*COMPONENTS, EXECUTION_API, "postgres"}
        home, run_id = str(airflow.home), airflow.trigger("stack_short")
        assert airflow.wait_for("stack_short", run_id)["state"] == "success"
        engine = sa.create_engine(airflow.database_url)
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT state FROM dag_run")).scalar() == "success"
        engine.dispose()
        airflow.kill("scheduler", alone=True)
        while "scheduler" in airflow.pids():
            time.sleep(0.05)
        workers = [pid for pid in airflow.all_pids() if "LocalExecutor" in " ".join(psutil.Process(pid).cmdline())]
        assert workers
        airflow.restart("scheduler", spare_children=True)
        airflow.wait_healthy()
        assert all(psutil.pid_exists(pid) for pid in workers)
    wait_until_gone(home, 0)
    assert servers_of(home) == []
