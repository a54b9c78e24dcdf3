"""A test of a Dag: on the page about the sandbox."""

from __future__ import annotations

# [START howto_test_a_dag]
import json
import subprocess
import sys

import httpx
import pytest
from late_parcel import late_parcel


@pytest.fixture
def sandbox(monkeypatch):
    """Run a sandbox, and connect to it."""
    command = [sys.executable, "-m", "airflow_provider_smsworks.sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().split()[-1]
        fields = {"conn_type": "smsworks", "host": url, "password": "any", "extra": {"allow_test_numbers": True}}
        monkeypatch.setenv("AIRFLOW_CONN_SMSWORKS_DEFAULT", json.dumps(fields))
        yield url
        process.terminate()


@pytest.mark.parametrize(("phone", "state"), [("07700900000", "success"), ("07700900001", "failed")])
def test_the_customer_is_texted(sandbox, phone, state):
    run = late_parcel().test(run_conf={"phone": phone})
    assert run.state == state
    [text] = httpx.get(f"{sandbox}/sandbox/ledger").json()
    assert text["content"] == "Your parcel is late. Sorry!"
    # [END howto_test_a_dag]
