"""A sandbox and a connection to it, for an Airflow of whichever version this is."""

from __future__ import annotations

import json
import time

import httpx
import pytest

from scripts.local_airflow import LocalAirflow
from tests.statsd import listening


@pytest.fixture
def sandbox(sandbox):
    sandbox.set(delivery_delay=1, reply_delay=0.5)
    return sandbox


@pytest.fixture(scope="session")
def connection(sandbox_server):
    """Return a connection to the sandbox, as an environment variable has it."""
    extra = {"sender": "Parcels", "allow_test_numbers": True, "search_lag": 0.5, "timeout": 10}
    fields = {"conn_type": "smsworks", "host": sandbox_server.url, "password": "token-of-the-tests", "extra": extra}
    return {"AIRFLOW_CONN_SMSWORKS_DEFAULT": json.dumps(fields)}


@pytest.fixture(scope="module")
def metrics():
    with listening() as metrics:
        yield metrics


def running_airflow(dags, environment, database="sqlite"):
    """Return a real Airflow that answers to us; it starts in a `with` block."""
    return _Airflow(dags, environment, database=database)


class _Airflow(LocalAirflow):
    def wait_healthy(self, *arguments, **options):
        super().wait_healthy(*arguments, **options)
        # Airflow 3.1 wants a token also where everybody is an admin, and gives one to anybody.
        token = httpx.get(f"{self.url}/auth/token", trust_env=False).json()["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"


def wait_until(look, timeout=90):
    """Wait until there is something, and return it."""
    deadline = time.monotonic() + timeout
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.3)
    return found
