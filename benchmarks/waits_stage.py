"""A real triggerer with its database and nothing else, and what it costs."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil  # type: ignore[import-untyped]
from sqlalchemy import create_engine, text

from scripts.airflow_settings import airflow_environment, reserve_port, sqlite_url
from scripts.postgres import check_drivers, find_binaries, start_postgres
from scripts.processes import Family, StackError, last_lines

INSERT = Path(__file__).with_name("waits_insert.py")
WAITS_DAG = """
from __future__ import annotations

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

with DAG("waits", schedule=None):
    EmptyOperator(task_id="wait")
"""
_MANY_FILES = 65_536


@dataclass(frozen=True)
class Cost:
    """
    What a triggerer took, on average over a while.

    :param runner_cpu: per cent of one core, of the process that runs the triggers
    :param supervisor_cpu: the same, of the one that talks to the database
    :param runner_rss: MB
    :param runner_pss: MB; memory that several processes share is divided between them. None: this system does not tell
    :param supervisor_rss: MB
    """

    runner_cpu: float
    supervisor_cpu: float
    runner_rss: float
    runner_pss: float | None
    supervisor_rss: float


class Stage:
    """
    A triggerer that can be started, measured and ended, over a database that Airflow made.

    :param dag: the text of the only Dag file
    :param capacity: how many triggers it takes
    :param env: more environment variables
    """

    def __init__(
        self, dag: str, capacity: int, env: Mapping[str, str], say: Callable[[str], None] = lambda line: None
    ) -> None:
        self._dag, self._capacity, self._extra, self._say = dag, capacity, dict(env), say
        self._family: Family | None = None
        self._holder: Any = None
        self.database = ""
        self.env: dict[str, str] = {}
        self._engine: Any = None
        self._loaded_at = 0

    def __enter__(self) -> Self:
        # The supervisor keeps a log file open for each waiting task.
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _MANY_FILES if hard == resource.RLIM_INFINITY else min(hard, _MANY_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
        self._family = Family("smsworks-bench")
        try:
            self._prepare(self._family)
        except BaseException:
            self._family.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._engine is not None:
            self._engine.dispose()
        if self._family:
            self._family.end()
        if self._holder:
            self._holder.close()

    def insert(self, triggers: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Let as many tasks wait with these triggers, and with none of before."""
        family = self._running()
        file = family.home / "triggers.json"
        file.write_text(json.dumps(triggers))
        self._run("insert", [sys.executable, "-P", str(INSERT), str(file)], timeout=300)

    def start_triggerer(self) -> None:
        """Start the triggerer; it begins to load what waits."""
        command = [sys.executable, "-m", "airflow", "triggerer", "--skip-serve-logs"]
        self._running().spawn("triggerer", command, self.env)

    def stop_triggerer(self) -> None:
        """End the triggerer at once."""
        family = self._running()
        family.end_member(family.members["triggerer"], grace=0.0)

    def wait_until_loaded(self, count: int, timeout: float) -> float:
        """Wait until the triggerer has taken so many triggers, and is no longer busy with that; return seconds."""
        began = time.monotonic()
        while self.count("SELECT count(*) FROM trigger WHERE triggerer_id IS NOT NULL") < count:
            self._check(began, timeout)
            time.sleep(0.5)
        # Those that it has taken it begins in turn, which costs it a core.
        quiet = 0
        while quiet < 2 and time.monotonic() - began < timeout / 2:
            self._check(began, timeout)
            cost = self.measure(1.0)
            quiet = quiet + 1 if max(cost.runner_cpu, cost.supervisor_cpu) < 25 else 0
        self._loaded_at = len(self._log().read_text(errors="replace"))
        return time.monotonic() - began

    def check_that_all_run(self, count: int) -> None:
        """Raise if triggers did not come to run, as far as the triggerer says: it says so once a minute."""
        log = self._log().read_text(errors="replace")
        if failed := re.search(r"Trigger failed .*", log):
            raise StackError(f"The triggerer could not run its triggers: {failed[0][:300]}")
        later = re.findall(r"(\d+) (?:triggers|watchers) currently running", log[self._loaded_at :])
        running = [int(number) for number in later]
        if running and max(running) < count:
            raise StackError(f"The triggerer ran {max(running)} of {count} triggers.")

    def count(self, query: str) -> int:
        """Return the number that a query gives."""
        with self._engine.connect() as connection:
            return int(connection.execute(text(query)).scalar() or 0)

    def measure(self, seconds: float) -> Cost:
        """Watch the triggerer for some seconds."""
        supervisor = psutil.Process(self._running().members["triggerer"].process.pid)
        runner = max([supervisor, *supervisor.children(recursive=True)], key=_weight(supervisor))
        before = _cpu(runner), _cpu(supervisor)
        began = time.monotonic()
        time.sleep(seconds)
        spent = time.monotonic() - began
        after = _cpu(runner), _cpu(supervisor)
        memory = runner.memory_full_info()
        pss = getattr(memory, "pss", None)
        return Cost(
            runner_cpu=round(100 * (after[0] - before[0]) / spent, 1),
            supervisor_cpu=round(100 * (after[1] - before[1]) / spent, 1),
            runner_rss=round(memory.rss / 1e6),
            runner_pss=pss and round(pss / 1e6),
            supervisor_rss=round(supervisor.memory_info().rss / 1e6),
        )

    def _prepare(self, family: Family) -> None:
        dags = family.home / "dags"
        dags.mkdir()
        (dags / "bench.py").write_text(self._dag)
        url = self._database_url(family)
        self._holder, port = reserve_port()
        self.env = airflow_environment(family.home, dags, port, {}, url) | {
            "AIRFLOW__TRIGGERER__CAPACITY": str(self._capacity),
            # Airflow's 50 a second would take minutes for ten thousand.
            "AIRFLOW__TRIGGERER__MAX_TRIGGER_TO_SELECT_PER_LOOP": "1000",
            **self._extra,
        }
        self._say(f"making Airflow's database ({self.database})")
        self._run("migrate", [sys.executable, "-m", "airflow", "db", "migrate"], timeout=180)
        self._run("parse", [sys.executable, "-m", "airflow", "dags", "reserialize"], timeout=120)
        self._engine = create_engine(url)

    def _database_url(self, family: Family) -> str:
        try:
            check_drivers()
            find_binaries()
        except StackError:
            self.database = "sqlite"
            return sqlite_url(family.home)
        self.database = "postgresql"
        return start_postgres(family)

    def _run(self, name: str, command: list[str], timeout: float) -> None:
        family = self._running()
        member = family.spawn(name, command, self.env)
        member.may_end = True
        try:
            member.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise StackError(f"{name} took longer than {timeout:.0f} s:\n{last_lines(member.log)}") from None
        if member.process.returncode != 0:
            raise StackError(f"{name} failed:\n{last_lines(member.log)}")

    def _check(self, began: float, timeout: float) -> None:
        self._running().check()
        if time.monotonic() - began > timeout:
            lines = last_lines(self._log())
            raise StackError(f"The triggerer has not loaded its triggers in {timeout:.0f} s:\n{lines}")

    def _log(self) -> Path:
        return self._running().members["triggerer"].log

    def _running(self) -> Family:
        if not self._family:
            raise StackError("This stage has not been entered.")
        return self._family


def _weight(supervisor: psutil.Process) -> Callable[[psutil.Process], tuple[bool, int]]:
    """Of the supervisor's children the one that runs the triggers is the largest."""
    return lambda process: (process.pid != supervisor.pid, process.memory_info().rss)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def environment_of_gateway(url: str) -> dict[str, str]:
    """Return connections to a gateway, ours and one of the HTTP provider."""
    ours = {
        "conn_type": "smsworks",
        "host": url,
        "password": "token.of-the-benchmark",
        "extra": {"sender": "Parcels", "allow_test_numbers": True},
    }
    theirs = {"conn_type": "http", "host": url, "extra": {"Authorization": "token.of-the-benchmark"}}
    return {
        "AIRFLOW_CONN_SMSWORKS_DEFAULT": json.dumps(ours),
        "AIRFLOW_CONN_HTTP_DEFAULT": json.dumps(theirs),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
