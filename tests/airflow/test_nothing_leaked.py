"""What logs and database hold of tokens, numbers and texts that went through every path."""

from __future__ import annotations

import json

import pytest

from tests.airflow.conftest import PHONE, PHONE_2, TOKEN, WORDS, WRONG_TOKEN

DB_TOKEN = "canary.token.in-the-database"
PATHS = ["waiting", "killed", "mapped", "wrong_token", "stored_token", "broken_row"]


@pytest.fixture(scope="module")
def everything(airflow, sandbox):
    """Return the content of every file of this Airflow's home, logs and database, after a run of each path."""
    extra = json.dumps({"sender": "Parcels", "allow_test_numbers": True})
    stored = {"connection_id": "stored_token", "conn_type": "smsworks", "host": sandbox.url, "password": DB_TOKEN}
    airflow.call("POST", "/connections", json=stored | {"extra": extra})
    sandbox.reset()
    sandbox.set(delivery_delay=2)
    runs = {dag_id: airflow.trigger(dag_id) for dag_id in PATHS}
    states = {dag_id: airflow.wait_for(dag_id, run_id)["state"] for dag_id, run_id in runs.items()}
    assert states == {
        "waiting": "failed",  # by its sensor: one phone does not exist
        "killed": "success",
        "mapped": "success",
        "wrong_token": "failed",
        "stored_token": "failed",
        "broken_row": "failed",
    }
    assert len(sandbox.ledger()) == 5
    files = [file for file in airflow.home.rglob("*") if file.is_file()]
    return {str(file.relative_to(airflow.home)): file.read_bytes() for file in files}


def holders(everything, text):
    return [name for name, content in everything.items() if text.encode() in content]


def test_the_search_finds_what_is_there(everything):
    assert any(name.startswith("airflow.db") for name in holders(everything, "44********12"))
    assert any(name.startswith("logs") for name in holders(everything, "44********12"))
    assert holders(everything, "`password` (the JWT) of connection `stored_token`")


@pytest.mark.parametrize("token", [TOKEN, WRONG_TOKEN, DB_TOKEN])
def test_no_token(everything, token):
    assert holders(everything, token) == []


@pytest.mark.parametrize("number", [PHONE, PHONE_2])
def test_no_number_in_any_spelling(everything, number):
    for spelling in (number, number[1:], "44" + number[1:], f"{number[:5]} {number[5:]}"):
        assert holders(everything, spelling) == []


def test_no_text(everything):
    assert holders(everything, WORDS) == []
