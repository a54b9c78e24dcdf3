"""What Airflow's UI makes of the connection: its form, masked secrets, the Test button."""

from __future__ import annotations

import json
import time

import pytest

from tests.airflow.conftest import TOKEN, WORDS


@pytest.fixture
def stored(airflow, sandbox):
    """Store a connection in the database, as the form does."""
    extra = {"customer_id": "c-1", "api_key": "canary-key", "api_secret": "canary-secret", "sender": "Parcels"}
    extra["allow_test_numbers"] = True
    body = {"connection_id": "form", "conn_type": "smsworks", "host": sandbox.url, "extra": json.dumps(extra)}
    airflow.call("POST", "/connections", json=body)
    yield body
    airflow.call("DELETE", "/connections/form")


def test_the_form_has_our_fields_from_metadata(airflow):
    response = airflow.call("GET", f"{airflow.url}/ui/connections/hook_meta")
    [form] = [hook for hook in response if hook["connection_type"] == "smsworks"]
    assert form["hook_name"] == "The SMS Works"
    fields = form["extra_fields"]
    assert {"sender", "api_key", "api_secret", "allowed_numbers", "allow_test_numbers"} <= set(fields)
    assert fields["api_secret"]["schema"]["format"] == "password"
    assert fields["allow_test_numbers"]["schema"]["type"] == ["boolean", "null"]
    standard = form["standard_fields"]
    assert standard["password"]["title"] == "Token (JWT)"
    assert standard["login"]["hidden"] is True


def test_the_api_masks_the_secrets(airflow, stored):
    shown = airflow.call("GET", "/connections/form")
    extra = json.loads(shown["extra"])
    assert extra["api_key"] == extra["api_secret"] == "***"
    assert extra["sender"] == "Parcels"
    assert "canary" not in json.dumps(shown)


def test_worker_triggerer_and_dag_processor_find_it(airflow, sandbox, stored, run):
    ended = run("form")
    assert ended["state"] == "success", airflow.log_text("form", ended["run_id"])
    assert airflow.xcom("form", ended["run_id"], "text")["status"] == "DELIVERED"
    deadline = time.monotonic() + 60
    while len(sandbox.ledger()) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.3)
    assert [row["content"] for row in sandbox.ledger()] == [WORDS, "Done"]


def test_the_test_button_answers_with_customer_and_credits(airflow, sandbox):
    sandbox.set(credits=42)
    body = {"connection_id": "tried", "conn_type": "smsworks", "host": sandbox.url, "password": TOKEN}
    answer = airflow.call("POST", "/connections/test", json=body)
    assert answer["status"] is True
    assert answer["message"].endswith("with 42 credits.")


def test_the_test_button_says_what_is_wrong(airflow, sandbox):
    body = {"connection_id": "tried", "conn_type": "smsworks", "host": sandbox.url, "password": "another"}
    answer = airflow.call("POST", "/connections/test", json=body)
    assert answer["status"] is False
    assert "refused the token" in answer["message"]
    assert "another" not in answer["message"]
