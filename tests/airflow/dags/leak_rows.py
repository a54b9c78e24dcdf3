"""People for the Dags of the leak tests: read from a table, a file, the environment, when a field is rendered."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import sqlite3
from pathlib import Path
from types import SimpleNamespace

from airflow.sdk import DAG

log = logging.getLogger(__name__)


def row(name):
    """Read a row of a table."""
    with sqlite3.connect(os.environ["LEAK_TABLE"]) as database:
        found = database.execute("SELECT phone, words, passcode FROM people WHERE name = ?", [name]).fetchone()
    return SimpleNamespace(**dict(zip(("phone", "words", "passcode"), found, strict=True)))


def line(name):
    """Read from a file."""
    return SimpleNamespace(**json.loads(Path(os.environ["LEAK_FILE"]).read_text())[name])


def env(name):
    """Read from the environment."""
    return SimpleNamespace(**json.loads(os.environ["LEAK_PEOPLE"])[name])


def integer(name):
    """Return what a field can be given in place of a template."""
    return lambda context, jinja_env: int("".join(letter for letter in row(name).phone if letter.isdigit()))


def failed(context):
    """Log all that a callback is told."""
    error = context.get("exception")
    log.error("A callback: %r, %s, %s", error, error, getattr(error, "__dict__", None), exc_info=error)


MACROS = {"row": row, "line": line, "env": env}
ONE_RETRY = {"retries": 1, "retry_delay": dt.timedelta(seconds=1)}
TELLS = {"on_failure_callback": failed, "on_retry_callback": failed}
LATER = "{{ dag_run.run_after + macros.timedelta(days=1) }}"
WAIT = {"poke_interval": 1, "timeout": 300}
OWN_NUMBER = "447860012345"


def dag(name, schedule=None, **arguments):
    """Make a Dag whose templates can read rows."""
    return DAG(name, schedule=schedule, user_defined_macros=MACROS, default_args=TELLS, **arguments)


def to(name, source="row"):
    """Text somebody, as a template."""
    return {"to": f"{{{{ {source}('{name}').phone }}}}", "content": f"{{{{ {source}('{name}').words }}}}"}
