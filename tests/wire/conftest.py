"""One sandbox for all wire tests; each test finds it empty."""

from __future__ import annotations

import json

import pytest

FAST = {"delivery_delay": 0.2, "expiry_delay": 0.4}


@pytest.fixture
def sandbox(sandbox):
    sandbox.set(**FAST)
    return sandbox


@pytest.fixture
def connect(monkeypatch):
    """Set the default connection; keyword arguments that are not fields are extras."""

    def connect(host, password="token-of-the-tests", login=None, **extra):
        extra = {"sender": "Parcels", "allow_test_numbers": True, "timeout": 2, "search_lag": 0.2} | extra
        fields = {"conn_type": "smsworks", "host": host, "password": password, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_SMSWORKS_DEFAULT", json.dumps(fields))

    return connect


@pytest.fixture
def connected(sandbox, connect):
    connect(sandbox.url)
    return sandbox


@pytest.fixture(autouse=True)
def no_long_waits_between_retries(monkeypatch):
    from tenacity.wait import wait_fixed

    from airflow_provider_smsworks.api import client

    monkeypatch.setattr(client, "_backoff", wait_fixed(0.05))
