"""
An upgrade of Airflow while tasks wait: `python -m tests.matrix.upgrade PYTHON VERSION`.

PYTHON has the old Airflow, of this version; the one that runs this has the new one. Nothing is replaced: the old
Airflow's own processes defer the tasks, all of them end, `airflow db migrate` of the new one takes the database over,
and the new one's own processes go on. Only then the phones get their texts, and answer.

On PostgreSQL: on SQLite the migration to Airflow 3.3 deletes every task instance that is deferred, of any provider. It
makes the table of triggers anew, and what refers to a trigger goes with the old one.
"""

from __future__ import annotations

import base64
import json
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import sqlalchemy as sa

from scripts.airflow_settings import airflow_environment, reserve_port
from scripts.postgres import start_postgres
from scripts.processes import Family, StackError, last_lines
from tests.sandbox_process import RunningSandbox, running_sandbox

PEOPLE = [f"4477009004{number}" for number in range(10, 15)]
ANSWERS, TEXTS, OWN = "07700900414", "07700900415", "447860012345"
WAITING = {"text", "arrived", "all_arrived", "asked", "came"}
SENT = {"plain", "batch"}
SHARED = ["--skip-serve-logs"]
COMPONENTS = {
    "2": {"scheduler": SHARED, "triggerer": SHARED},
    "3": {"api-server": [], "scheduler": SHARED, "dag-processor": [], "triggerer": SHARED},
}


def main(old: str, version: str) -> None:
    """Upgrade, and raise unless every task ends well and everybody got one text."""
    with running_sandbox() as sandbox:
        sandbox.set(delivery_delay=3600)
        family = Family("upgrade")
        holder, port = reserve_port()
        try:
            play(family, port, sandbox, old, version)
        finally:
            family.end()
            holder.close()


def play(family: Family, port: int, sandbox: RunningSandbox, old: str, version: str) -> None:
    """Run the old Airflow, then the new one on its database."""
    database = start_postgres(family)
    environment = environment_of(family.home, port, sandbox.url, database)
    run(family, environment, old, "db", "migrate")
    start(family, environment, old, COMPONENTS[version[0]])
    wait_for(family, lambda states: all(states.get(name) == "deferred" for name in WAITING), 180)
    stop(family)
    say(f"{version}: {len(WAITING)} tasks wait; all of it has ended")
    before = waiting(family)
    assert Counter(row["to"] for row in sandbox.ledger()) == Counter(PEOPLE), sandbox.ledger()

    # The new one writes its own; the key that triggers are encrypted with stays.
    (family.home / "airflow.cfg").unlink()
    run(family, environment, sys.executable, "db", "migrate")
    assert waiting(family) == before, waiting(family)
    start(family, environment, sys.executable, COMPONENTS["3"])
    polls = sandbox.requests()
    wait_until(family, lambda: sandbox.requests() != polls, 120)
    say("the new one has taken the waits over; now the texts arrive")
    sandbox.set(delivery_delay=0.5)
    sandbox.inbound(ANSWERS, OWN, "YES")
    sandbox.inbound(TEXTS, OWN, "Hello there")
    wait_for(family, lambda states: set(states.values()) == {"success"}, 180)
    stop(family)

    states = states_of(family)
    found = results(family)
    assert (found["text"]["status"], found["text"]["reference"]) == ("DELIVERED", "order 7"), found
    assert (found["arrived"]["status"], found["asked"]) == ("DELIVERED", "YES"), found
    assert found["came"]["content"] == "Hello there", found
    assert Counter(row["to"] for row in sandbox.ledger()) == Counter(PEOPLE), sandbox.ledger()
    tries = query(family, "SELECT DISTINCT try_number FROM task_instance")
    assert tries == [(1,)], tries
    say(f"{len(states)} tasks ended well, in their first try; {len(PEOPLE)} people have one text each")


def environment_of(home: Path, port: int, gateway: str, database: str) -> dict[str, str]:
    """Return the environment of both Airflows."""
    extra = {"sender": "Parcels", "allow_test_numbers": True, "search_lag": 1, "timeout": 10}
    connection = {"conn_type": "smsworks", "host": gateway, "password": "token-of-the-tests", "extra": extra}
    more = {
        "AIRFLOW_CONN_SMSWORKS_DEFAULT": json.dumps(connection),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    }
    dags = Path(__file__).with_name("upgrade_dags")
    return airflow_environment(home, dags, port, more, database)


def run(family: Family, environment: dict[str, str], python: str, *command: str) -> None:
    """Run a command of Airflow to its end."""
    member = family.spawn("-".join(command), [python, "-m", "airflow", *command], environment)
    member.may_end = True
    if member.process.wait(timeout=240):
        raise StackError(f"`airflow {' '.join(command)}` of {python} failed:\n{last_lines(member.log, 60)}")


def start(family: Family, environment: dict[str, str], python: str, components: dict[str, list[str]]) -> None:
    """Start the processes of an Airflow; a task that finds no API server fails, so they wait for it."""
    for name, options in components.items():
        family.spawn(name, [python, "-m", "airflow", name, *options], environment)
        if name == "api-server":
            wait_until(family, lambda: answers(environment["AIRFLOW__API__BASE_URL"]), 120)


def answers(url: str) -> bool:
    """Tell whether the API server takes calls, also those of tasks."""
    try:
        paths = ("/api/v2/monitor/health", "/execution/health")
        return all(httpx.get(url + path, trust_env=False, timeout=10).is_success for path in paths)
    except httpx.TransportError:
        return False


def stop(family: Family) -> None:
    """End all processes of an Airflow."""
    for name in COMPONENTS["3"]:
        if name in family.members:
            family.end_member(family.members[name], grace=15)


def wait_for(family: Family, is_so: Callable[[dict[str, str]], bool], seconds: float) -> None:
    """Wait for what the states of the tasks shall be."""
    wait_until(family, lambda: is_so(states_of(family)), seconds)


def wait_until(family: Family, is_so: Callable[[], bool], seconds: float) -> None:
    """Wait; if it takes too long, say what the processes had to say."""
    deadline = time.monotonic() + seconds
    while not is_so():
        family.check()
        failed = [name for name, state in states_of(family).items() if state == "failed"]
        if failed or time.monotonic() > deadline:
            logs = {path.parent.name: path for path in family.home.glob("logs/dag_id=*/**/*.log*")}
            of_tasks = [path for name, path in logs.items() if not failed or name.removeprefix("task_id=") in failed]
            files = [*of_tasks, *(member.log for member in family.members.values())]
            said = "".join(f"\n{path.name}:\n{last_lines(path, 8)}" for path in files)
            raise StackError(f"Of {seconds:.0f} s it took too long, or failed: {states_of(family)}.{said}")
        time.sleep(0.5)


def states_of(family: Family) -> dict[str, str]:
    """Return the state of each task; none before there is a database."""
    return dict(query(family, "SELECT task_id, state FROM task_instance"))


def waiting(family: Family) -> list[tuple[Any, ...]]:
    """Return which tasks wait, and with which kind of trigger."""
    return query(
        family,
        "SELECT task_id, state, classpath FROM task_instance JOIN trigger ON trigger_id = trigger.id ORDER BY task_id",
    )


def results(family: Family) -> dict[str, Any]:
    """Return what each task returned."""
    rows = query(family, "SELECT task_id, value::text FROM xcom WHERE key = 'return_value'")
    return {task_id: json.loads(value) for task_id, value in rows}


def query(family: Family, statement: str) -> list[tuple[Any, ...]]:
    """Ask Airflow's database."""
    folder = quote(str(family.home / "postgres"), safe="")
    engine = sa.create_engine(f"postgresql+psycopg2://airflow@/postgres?host={folder}", poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement))]


def say(what: str) -> None:
    """Print a line at once."""
    print(what, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
