"""A real Airflow on this machine, made for the moment: all components, their own database, free ports.

    with LocalAirflow(dags_folder, env={"AIRFLOW_CONN_...": "..."}) as airflow:
        run_id = airflow.trigger("my_dag")
        assert airflow.wait_for("my_dag", run_id)["state"] == "success"

Whatever happens to the process that uses it, nothing of it survives: see `processes` and `watchdog`.
"""

from __future__ import annotations

import json
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import httpx

from scripts.airflow_rest import AirflowRest
from scripts.airflow_settings import airflow_environment, reserve_port, sqlite_url
from scripts.postgres import start_postgres
from scripts.processes import Family, Member, StackError, last_lines

# The log servers would listen on all interfaces; the API server reads the logs from the disk anyway.
COMPONENTS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
EXECUTION_API = "execution-api"


class LocalAirflow(AirflowRest):
    """A throwaway Airflow as a context manager: healthy inside the `with` block, gone after it.

    :param dags_folder: where its Dags are; they start paused, `trigger` and `unpause` switch them on
    :param env: more environment variables: connections, or settings (`AIRFLOW__SECTION__KEY`) of your own
    :param database: what Airflow keeps its state in; `postgresql` needs PostgreSQL's programs and drivers
    :param separate_api: run another API server for the tasks, the component `execution-api`, as large sites do.
        With SQLite and many tasks, one for all stands still: its event loop waits for the database (in
        `action_logging`, at each POST) while a task's call that holds the database waits for the event loop
    :param keep: leave its home, with all logs, for a look at it afterwards
    :param say: called with a line about what is going on
    """

    def __init__(
        self,
        dags_folder: Path | str,
        env: Mapping[str, str] | None = None,
        *,
        database: Literal["sqlite", "postgresql"] = "sqlite",
        separate_api: bool = False,
        keep: bool = False,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        holder, port = reserve_port()
        self._holders = [holder]
        super().__init__(f"http://127.0.0.1:{port}")
        self._components = dict(COMPONENTS)
        self._execution_url = self.url
        if separate_api:
            holder, execution_port = reserve_port()
            self._holders.append(holder)
            self._execution_url = f"http://127.0.0.1:{execution_port}"
            self._components["api-server"] = ["api-server", "--apps", "core"]
            self._components[EXECUTION_API] = ["api-server", "--apps", "execution", "--port", str(execution_port)]
        self._dags_folder = Path(dags_folder).resolve()
        self._port, self._extra, self._keep, self._say = port, dict(env or {}), keep, say
        self._database = database
        self._family: Family | None = None
        self.env: dict[str, str] = {}
        self.database_url = ""

    @property
    def home(self) -> Path:
        """Its AIRFLOW_HOME; exists while it runs, or longer with `keep`."""
        return self._running().home

    def __enter__(self) -> Self:
        self.start()
        try:
            self.wait_healthy()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Make the home and the database and start all components; they are not healthy yet."""
        try:
            self._family = Family("airflow", keep=self._keep)
            self._say("making Airflow's database")
            is_sqlite = self._database == "sqlite"
            self.database_url = sqlite_url(self.home) if is_sqlite else start_postgres(self._family)
            self.env = airflow_environment(self.home, self._dags_folder, self._port, self._extra, self.database_url)
            self.env["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] = f"{self._execution_url}/execution/"
            self._migrate()
            self._say(f"starting Airflow, about 15 s: {', '.join(self._components)}")
            for name in self._components:
                self._spawn(name)
        except BaseException:
            self.stop()
            raise

    def wait_healthy(self, timeout: float = 120) -> None:
        """Wait until all components run and have reported to the database since they were started."""
        deadline = time.monotonic() + timeout
        ailing = list(self._components)
        while time.monotonic() < deadline:
            self.check()
            ailing = self._ailing()
            if not ailing:
                return
            time.sleep(0.2)
        raise StackError(
            f"Airflow is not healthy after {timeout:.0f} s: {', '.join(ailing)}. The last lines of the log of the "
            f"{ailing[0]}:\n{last_lines(self._running().members[ailing[0]].log)}"
        )

    def stop(self) -> None:
        """End all processes and remove the home. May be called at any time, and more than once."""
        self._client.close()
        for holder in self._holders:
            holder.close()
        if self._family:
            self._family.end()

    def check(self) -> None:
        """Raise if a component has ended that nobody has killed on purpose."""
        self._running().check()

    def kill(self, component: str, number: int = signal.SIGKILL, *, alone: bool = False) -> None:
        """Send a signal to a component and its children, as a crash or an operator would.

        :param alone: not to its children: of a scheduler these are its workers, which then live on
        """
        member = self._running().members[component]
        member.may_end = True
        if alone:
            member.process.send_signal(number)
        else:
            member.send(number)

    def restart(self, component: str, grace: float = 3.0, *, spare_children: bool = False) -> None:
        """End a component, if it has not ended yet, and start it again; `wait_healthy` waits for it.

        :param spare_children: let the children live on that the one before has left behind
        """
        family = self._running()
        if not spare_children or family.members[component].alive:
            family.end_member(family.members[component], grace)
        self._spawn(component)

    def pids(self) -> dict[str, int]:
        """Return the process id of each component that runs."""
        return {name: member.process.pid for name, member in self._running().members.items() if member.alive}

    def all_pids(self) -> list[int]:
        """Return the ids of all processes, also workers and running tasks."""
        return self._running().pids()

    def component_log(self, component: str) -> str:
        """Return what a component has written so far."""
        return self._running().members[component].log.read_text(errors="replace")

    def log_text(self, dag_id: str, run_id: str, task_id: str = "*") -> str:
        """Return the logs of all tasks of a run, of all tries and triggers, as they are on the disk."""
        return "\n".join(path.read_text(errors="replace") for path in self._task_logs(dag_id, run_id, task_id))

    def log_lines(self, dag_id: str, run_id: str, task_id: str = "*") -> Iterator[str]:
        """Yield the same logs for reading: level and message of each line."""
        for line in self.log_text(dag_id, run_id, task_id).splitlines():
            try:
                record: dict[str, Any] = json.loads(line)
            except ValueError:
                yield line
                continue
            yield f"{record.get('level', 'info')}: {record.get('event')}"
            for failure in record.get("error_detail") or []:
                yield f"{failure.get('exc_type')}: {failure.get('exc_value')}"

    def _task_logs(self, dag_id: str, run_id: str, task_id: str) -> list[Path]:
        run = self.home / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}"
        return sorted(path for path in run.glob(f"task_id={task_id}/**/attempt=*") if path.is_file())

    def _running(self) -> Family:
        if not self._family:
            raise StackError("This Airflow has not been started.")
        return self._family

    def _spawn(self, name: str) -> Member:
        return self._running().spawn(name, [sys.executable, "-m", "airflow", *self._components[name]], self.env)

    def _migrate(self, timeout: float = 180) -> None:
        member = self._running().spawn("migrate", [sys.executable, "-m", "airflow", "db", "migrate"], self.env)
        member.may_end = True
        deadline = time.monotonic() + timeout
        while member.alive and time.monotonic() < deadline:
            time.sleep(0.1)
        if member.process.returncode != 0:
            raise StackError(f"Airflow could not make its database:\n{last_lines(member.log)}")
        if self._database != "sqlite":
            return
        # Readers and the writer no longer lock each other out; the setting stays in the file.
        with sqlite3.connect(self.home / "airflow.db") as database:
            database.execute("PRAGMA journal_mode=WAL")
        database.close()

    def _ailing(self) -> list[str]:
        """Return the components that have not reported since they were started."""
        try:
            health = self._client.get("/monitor/health").json()
            # The API for tasks is built at its first call, in 4 s that would else be the first task's.
            self._client.get(f"{self._execution_url}/execution/health")
        except (httpx.TransportError, ValueError):
            return [name for name in ("api-server", EXECUTION_API) if name in self._components]
        ailing = []
        for name, member in self._running().members.items():
            report = health.get(name.replace("-", "_"))
            if report is None:
                continue  # the API server has just answered; the migration does not count
            beat = next((value for key, value in report.items() if key.endswith("_heartbeat")), None)
            if report["status"] != "healthy" or not beat or datetime.fromisoformat(beat).timestamp() < member.started:
                ailing.append(name)
        return ailing
