"""Dags of every kind by `airflow dags test`, as Dag authors try them out, on whichever Airflow this is."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.airflow_settings import airflow_environment, sqlite_url
from tests.versions import AIRFLOW_V_3_0_PLUS, AIRFLOW_V_3_3_PLUS, needs_airflow_3

ROOT = Path(__file__).parents[2]
OWN = "447860012345"


@pytest.fixture(scope="session")
def environment(connection, tmp_path_factory):
    """Return the environment of a new Airflow, with its database and tables to text from."""
    home = tmp_path_factory.mktemp("airflow")
    rows = [("A1", "07700900420"), ("A2", "07700900421")]
    with sqlite3.connect(home / "orders.db") as database:
        database.execute("CREATE TABLE late (id TEXT, phone TEXT)")
        database.executemany("INSERT INTO late VALUES (?, ?)", rows)
    database.close()
    (home / "orders.csv").write_text("id,phone\nB1,07700900430\nB2,07700900431\n")
    environment = airflow_environment(
        home,
        ROOT / "tests" / "matrix" / "dags",
        port=9,
        extra={
            "AIRFLOW_CONN_ORDERS": json.dumps({"conn_type": "sqlite", "host": str(home / "orders.db")}),
            "AIRFLOW_VAR_ORDERS": str(home / "orders.csv"),
            "NOTES": str(home / "notes.json"),
        },
        database_url=sqlite_url(home),
    )
    run_airflow(environment, "db", "migrate")
    [fields] = connection.values()
    run_airflow(environment, "connections", "add", "smsworks_default", "--conn-json", fields)
    return environment


def run_airflow(environment, *command, code=0):
    """Run Airflow's command line, and return what it said."""
    process = subprocess.run(
        [sys.executable, "-m", "airflow", *command],
        env=environment,
        cwd=environment["AIRFLOW_HOME"],
        capture_output=True,
        text=True,
        timeout=240,
    )
    said = process.stdout + process.stderr
    assert process.returncode == code, said[-6000:]
    return said


@pytest.fixture
def run(environment, sandbox):
    """Run a Dag to its end, which must be a good one, and return what its tasks returned."""

    def run(dag_id, **more):
        notes = Path(environment["NOTES"])
        notes.unlink(missing_ok=True)
        said = run_airflow(environment | more, "dags", "test", dag_id)
        # Airflow 3.0 itself logs what it is told to mask.
        assert "token-of-the-tests" not in "".join(line for line in said.splitlines() if "MaskSecret" not in line)
        return json.loads(notes.read_text())

    return run


def test_sends(run, sandbox):
    notes = run("sends")
    texts = sorted((row["to"][-3:], row["content"]) for row in sandbox.ledger())
    assert [text for text in texts if not text[1].startswith(("Hello", "Your", "48"))] == sorted(
        [
            *(("412", "To each"), ("413", "To each"), ("412", "Flash"), ("412", "65 54"), ("412", "Batch")),
            *(("413", "Batch"), ("412", "First"), ("413", "Second"), ("420", "Late: A1"), ("421", "Late: A2")),
            *(("430", "Also late: B1"), ("431", "Also late: B2"), ("413", "By the hook")),
        ]
    )
    [(to, content)] = [text for text in texts if text[1].startswith("Hello from ")]
    assert (to, content[:19]) == ("412", "Hello from manual__")
    assert (notes["text"]["to"], notes["text"]["reference"], notes["text"]["adopted"]) == (
        "44********12",
        "order 7",
        False,
    )
    assert [result["to"] for result in notes["mapped"]] == ["44********12", "44********13"]
    assert notes["read"]["message_id"] == notes["text"]["message_id"]
    assert notes["text"]["message_id"] in {message["message_id"] for message in notes["found"]}
    assert (notes["from_table"]["recipients"], notes["from_file"]["recipients"]) == (2, 2)
    assert notes["verified"]["status"] == "VERIFIED"
    assert 0 < notes["credits_left"] < 1000
    assert [entry["status"] for entry in sandbox.schedules()] == ["CANCELLED"]


def test_waits(run, sandbox):
    notes = run("waits")
    assert (notes["deferred"]["status"], notes["deferred"]["to"]) == ("DELIVERED", "44********00")
    assert notes["in_worker"]["status"] == notes["poked"]["status"] == "UNDELIVERABLE"
    [failure] = notes["of_batch"]["failures"]
    assert (failure["to"], failure["code"]) == ("44********01", 5001)
    assert len(sandbox.ledger()) == 4


def test_replies(run, sandbox):
    notes = run("replies")
    assert notes["asked"] == "YES"
    assert notes["came"]["content"].startswith("YES")
    assert notes["came"]["from"] == "44********05"
    assert sandbox.ledger()[-1]["content"] == "Fine"


def test_a_notifier_tells_of_a_failure_and_of_a_success(environment, sandbox):
    run_airflow(environment, "dags", "test", "fails", code=1)
    texts = {row["to"]: row["content"] for row in sandbox.ledger()}
    assert texts["447700900413"] == "publish is done"
    assert texts["447700900412"].startswith("Failed: ")
    # `airflow dags test` of 3.0 to 3.2 tells callbacks of no error; its workers do.
    if AIRFLOW_V_3_3_PLUS or not AIRFLOW_V_3_0_PLUS:
        assert "ValueError: no rows today" in texts["447700900412"]
    assert len(sandbox.ledger()) == 2


@needs_airflow_3
def test_the_first_example(environment, sandbox):
    examples = {"AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "example_dags")}
    said = run_airflow(environment | examples, "dags", "test", "example_smsworks_quickstart")
    assert "to be called: ['44********01']" in said
    assert len(sandbox.ledger()) == 2
