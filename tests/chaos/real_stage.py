"""Where the scenarios play: a real Airflow and its database, gateways, and the sends so far."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpx
import sqlalchemy as sa

from scripts.local_airflow import LocalAirflow
from tests.chaos.real_gates import Gates
from tests.chaos.real_sends import Phones, Send

ENDED = ("success", "failed", "skipped", "upstream_failed", "removed")
LONGEST_WAIT = 450.0
QUERY = sa.text(
    "SELECT dag_id, run_id, task_id, state, try_number, max_tries, pid FROM task_instance WHERE dag_id LIKE 'chaos_%'"
)
# Airflow as a busy site has it, but quicker to notice that something is dead. Not much quicker: a scheduler that is
# slower than its own health check takes itself for dead and runs again what runs, for no retry.
SETTINGS = {
    "AIRFLOW__CORE__PARALLELISM": "8",
    "AIRFLOW__CORE__MAX_ACTIVE_RUNS_PER_DAG": "100",
    "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": "100",
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "2",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "2",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "30",
    "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "2",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "15",
}


class Stuck(Exception):
    """Something that must happen did not."""


@dataclass(frozen=True)
class Seen:
    """A task instance as Airflow's database has it."""

    state: str | None
    try_number: int
    max_tries: int
    pid: int | None

    @property
    def ended(self) -> bool:
        """Whether nothing will happen to it any more by itself."""
        return self.state in ENDED


class Stage:
    """Starts sends, and tells what has become of them."""

    def __init__(self, airflow: LocalAirflow, gates: Gates, seed: int) -> None:
        self.airflow = airflow
        self.gates = gates
        self.rng = random.Random(seed)
        self.sends: list[Send] = []
        # Where tasks note what befell them, and are told to go on.
        self._notes = gates.notes
        self._phones = Phones(self.rng)
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._seen: dict[tuple[str, str, str], Seen] = {}
        self._looked = threading.Condition()
        self._over = threading.Event()
        self._engine = sa.create_engine(airflow.database_url, pool_pre_ping=True)
        threading.Thread(target=self._keep_looking, daemon=True).start()

    def close(self) -> None:
        """Stop looking at the database."""
        self._over.set()
        time.sleep(0.5)
        self._engine.dispose()

    def send(self, row: str, kind: str, conf: dict[str, Any] | None = None, *, delay: str = "", **more: Any) -> Send:
        """Start a send: a run of the Dag of its kind.

        :param conf: more configuration of the run: `step` and `how` of what befalls it, `on_clear`, `on_unknown`
        :param delay: before a retry: "" for 1 s, "_patient" for 5 s, "_slow" for 10 minutes
        :param more: of `Send`
        """
        with self._lock:
            run_id = f"{len(self.sends):03d}-{re.sub('[^A-Za-z0-9]+', '-', row)}-{kind}"
            arguments = {"gate": "plain", "dag_id": f"chaos_{kind}{delay}", "run_id": run_id, **more}
            send = Send(row, kind, phones=self._phones.take(kind), **arguments)
            self.sends.append(send)
        run = {"logical_date": None, "dag_run_id": run_id, "conf": send.conf(conf or {})}
        self._ask(send, "started", lambda: self.airflow.call("POST", f"/dags/{send.dag_id}/dagRuns", json=run))
        return send

    def clear(self, send: Send) -> None:
        """Clear a send's task through the REST API."""
        self._ask(send, "cleared", lambda: self.airflow.clear(send.dag_id, send.run_id, [send.task_id]))

    def _ask(self, send: Send, what: str, call: Callable[[], Any]) -> None:
        # One after the other: two at once may wait for each other in an API server on SQLite.
        with self._asking:
            try:
                call()
            except httpx.TransportError:
                # Whether it was done will show: if not, the scenario is stuck or the verdict says that it did not end.
                send.notes.append(f"Airflow did not answer when it was {what}")

    def add(self, send: Send) -> None:
        """Add a send that a schedule has started."""
        with self._lock:
            self.sends.append(send)

    def seen(self, send: Send) -> Seen:
        """Return the task instance as it was a moment ago."""
        return self._seen.get(send.key, Seen(None, 0, 0, None))

    def keys(self, dag_id: str) -> list[tuple[str, str, str]]:
        """Return all task instances of a Dag: Dag, run, task."""
        return [key for key in list(self._seen) if key[0] == dag_id]

    def until(self, send: Send, what: str, holds: Callable[[Seen], bool], timeout: float = LONGEST_WAIT) -> Seen:
        """Wait until something holds of a send's task instance; `what` says it in words."""
        deadline = time.monotonic() + timeout
        with self._looked:
            while not holds(seen := self.seen(send)):
                if not self._looked.wait(max(0.0, deadline - time.monotonic())):
                    raise Stuck(f"{what}: not within {timeout:.0f} s; it is {seen.state}, try {seen.try_number}")
        return seen

    def until_ended(self, sends: Iterable[Send], timeout: float = LONGEST_WAIT) -> None:
        """Wait until sends have ended, well or badly; what goes on is left to the verdict."""
        deadline = time.monotonic() + timeout
        for send in sends:
            while not self.seen(send).ended and time.monotonic() < deadline:
                time.sleep(0.2)

    def until_befallen(self, send: Send, timeout: float = LONGEST_WAIT) -> None:
        """Wait until a task has noted that it came to its step."""
        self._until(f"{send.row}: the step is reached", lambda: (self._notes / send.run_id).exists(), timeout)

    def until_accepted(self, send: Send, timeout: float = LONGEST_WAIT) -> None:
        """Wait until the gateway has accepted a send's text."""
        gate = self.gates[send.gate]
        ours = send.phones[0][1:]
        accepted = lambda: any(text.phone.endswith(ours) for text in gate.texts())  # noqa: E731
        self._until(f"{send.row}: the text is accepted", accepted, timeout)

    def go_on(self, send: Send) -> None:
        """Let a task go on that is held at a step."""
        (self._notes / send.run_id).with_suffix(".go").touch()

    @staticmethod
    def _until(what: str, holds: Callable[[], bool], timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not holds():
            if time.monotonic() > deadline:
                raise Stuck(f"{what}: not within {timeout:.0f} s")
            time.sleep(0.1)

    def _keep_looking(self) -> None:
        while not self._over.is_set():
            with self._engine.connect() as connection:
                rows = connection.execute(QUERY).all()
            with self._looked:
                self._seen = {(row[0], row[1], row[2]): Seen(*row[3:]) for row in rows}
                self._looked.notify_all()
            self._over.wait(0.2)
