"""The docs' snippets and commands, run as somebody would who types them in: a real Airflow, and the sandbox."""

from __future__ import annotations

import json
import os
import re
import runpy
import shlex
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from airflow_provider_smsworks.api.settings import DEFAULT_BASE_URL, read_settings
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from tests.docs_pages import ROOT, SNIPPETS, commands
from tests.versions import AIRFLOW_V_3_3_PLUS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not AIRFLOW_V_3_3_PLUS, reason="the docs are written for the newest Airflow"),
]

LINES = dict.fromkeys(line for _, line in commands())


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The environment of an Airflow of its own, with a database."""
    home = tmp_path_factory.mktemp("airflow")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}
    environment |= {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(SNIPPETS),
        "AIRFLOW_CONN_WAREHOUSE": json.dumps({"conn_type": "sqlite", "host": str(home / "warehouse.db")}),
    }
    run([sys.executable, "-m", "airflow", "db", "migrate"], environment)
    return environment


def run(command, environment):
    ended = subprocess.run(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def told(output):
    [line] = [line for line in output.splitlines() if line.startswith("TOLD ")]
    return json.loads(line.removeprefix("TOLD "))


def settings_of_environment(line, monkeypatch):
    """What the hook reads of a connection that a shell has made with a line."""
    name = re.match(r"export (AIRFLOW_CONN_\w+)=", line)[1]
    made = subprocess.run(["bash", "-c", f"{line}\nprintenv {name}"], capture_output=True, text=True, check=True)
    monkeypatch.setenv(name, made.stdout.strip())
    return SmsWorksHook(name.removeprefix("AIRFLOW_CONN_").lower()).settings


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("export AIRFLOW_CONN_")])
def test_a_line_of_the_environment_makes_a_connection(monkeypatch, line):
    settings = settings_of_environment(line, monkeypatch)
    assert settings.token.startswith("<the JWT")
    assert (settings.sender, settings.base_url) == ("Parcels", DEFAULT_BASE_URL)
    assert len(settings.allowed_numbers or ()) == (2 if "allowed_numbers" in line else 0)


def test_python_writes_the_line_of_the_environment(monkeypatch, capsys):
    runpy.run_path(str(SNIPPETS / "connection.py"))
    settings = settings_of_environment(capsys.readouterr().out.strip(), monkeypatch)
    assert (settings.token, settings.sender) == ("<the JWT of your account page>", "Parcels")


def test_commands_make_connections(home):
    lines = [shlex.split(line) for line in LINES if line.startswith("airflow connections add ")]
    for number, words in enumerate(lines):
        run([sys.executable, "-m", *words[:3], f"made_{number}", *words[4:]], home)
    file = Path(home["AIRFLOW_HOME"]) / "connections.json"
    run([sys.executable, "-m", "airflow", "connections", "export", str(file), "--file-format", "json"], home)
    made = json.loads(file.read_text())
    seen = set()
    for number, words in enumerate(lines):
        fields = made[f"made_{number}"]
        assert fields["conn_type"] == "smsworks"
        extra = json.loads(fields["extra"]) if isinstance(fields["extra"], str) else fields["extra"]
        settings = read_settings(words[3], host=fields["host"] or None, password=fields["password"], extra=extra)
        seen.add((words[3], settings.token, settings.sender, settings.base_url, settings.allow_test_numbers))
    sandbox = ("any-words", "Parcels", "http://127.0.0.1:8025/v1", True)
    assert seen == {
        ("smsworks_default", "<the JWT>", "Parcels", DEFAULT_BASE_URL, False),
        ("smsworks_default", *sandbox),
        ("smsworks_sandbox", *sandbox),
    }


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("airflow pools set ")])
def test_a_command_makes_a_pool(home, line):
    words = shlex.split(line)
    run([sys.executable, "-m", *words], home)
    with sqlite3.connect(f"{home['AIRFLOW_HOME']}/airflow.db") as database:
        found = database.execute("SELECT slots FROM slot_pool WHERE pool = ?", [words[3]]).fetchone()
    assert found == (int(words[4]),)


def test_the_test_of_a_dag_passes(home):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(SNIPPETS / "test_late_parcel.py")]
    assert "2 passed" in run([*command, "-c", os.devnull, "--rootdir", str(SNIPPETS)], home)


def test_every_dag_does_what_its_page_says(home, sandbox):
    # The tests of the Dag `late_parcel` are on a page themselves, and connection and cost are no Dags.
    sandbox.set(reply_delay=0.2)
    order = sandbox.inbound("447700900010", "447700900999", "ORDER 7")
    httpx.post(
        f"{sandbox.url}/v1/message/send",
        headers={"Authorization": "any"},
        json={"sender": "Parcels", "destination": "447700900001", "content": "Nobody gets this."},
        trust_env=False,
    ).raise_for_status()
    time.sleep(1)  # until the gateway knows
    with sqlite3.connect(f"{home['AIRFLOW_HOME']}/warehouse.db") as warehouse:
        warehouse.execute("CREATE TABLE customers (id INTEGER, phone TEXT, words TEXT)")
        warehouse.execute("INSERT INTO customers VALUES (17, '07700 900011', 'Hello Ann.')")
    confs = {
        "ask": None,
        "failed_texts": None,
        "numbers_by_macro": {"customer": 17},
        "on_order": {"message_id": order},
        "retrying": None,
        "sending_once": None,
        "table_arrives": {"folder": home["AIRFLOW_HOME"]},
    }
    Path(home["AIRFLOW_HOME"], "parcels.csv").write_text(
        "order,phone,name,day\n1,07700900012,Ann,Sunday\n2,07700900001,Bob,Monday\n"
    )
    others = {"connection", "cost", "late_parcel", "test_late_parcel"}
    assert {path.stem for path in SNIPPETS.glob("*.py")} == set(confs) | others
    extra = {"sender": "Parcels", "allow_test_numbers": True, "search_lag": 0.2}
    fields = {"conn_type": "smsworks", "host": sandbox.url, "password": "any", "extra": extra}
    environment = home | {"AIRFLOW_CONN_SMSWORKS_DEFAULT": json.dumps(fields)}
    ended = told(run([sys.executable, "-m", "tests.wire.docs_dags", json.dumps(confs)], environment))
    assert {file: dag["state"] for file, dag in ended.items()} == dict.fromkeys(confs, "success")
    assert ended["ask"]["results"]["plan"] == "YES"
    assert ended["on_order"]["results"]["text"]["content"] == "ORDER 7"
    arrived = ended["table_arrives"]["results"]["arrived"]
    assert (arrived["total"], arrived["delivered"], arrived["failed"]) == (2, 1, 1)
    [failed] = ended["failed_texts"]["results"]["texts_that_failed"]
    texts = [(text["to"], text["content"].partition(" Reply")[0]) for text in sandbox.ledger()]
    assert failed == sandbox.ledger()[0]["message_id"]
    assert sorted(texts[6:]) == [
        ("447700900001", "Dear Bob, your parcel comes on Monday."),
        ("447700900012", "Dear Ann, your parcel comes on Sunday."),
    ]
    assert texts[1:6] == [
        ("447700900005", "May we deliver on Sunday?"),
        ("447700900011", "Hello Ann."),
        ("447700900010", "Thank you!"),
        ("447700900000", "Your parcel is late. Sorry!"),
        ("447700900000", "Your parcel is late. Sorry!"),
    ]
