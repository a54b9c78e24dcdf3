"""Every test runs in an Airflow home of its own, made before Airflow is imported."""

from __future__ import annotations

import functools
import os
import ssl
import tempfile

import pytest
from hypothesis import HealthCheck, settings

from tests.sandbox_process import running_sandbox

_HOME = tempfile.mkdtemp(prefix="smsworks-tests-")
os.environ["AIRFLOW_HOME"] = _HOME
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "False"
for _name in [name for name in os.environ if name.startswith("AIRFLOW_CONN_")]:
    del os.environ[_name]

# Reading all certificates takes each new client 25 ms, and the tests make thousands that speak no TLS.
ssl.create_default_context = functools.cache(ssl.create_default_context)

# A busy machine is no failure of the code; the same examples in every run of CI, others on a developer's machine.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("patient"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "patient")


@pytest.fixture(scope="session")
def sandbox_server():
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_server):
    """A sandbox process, empty and with its defaults."""
    sandbox_server.reset()
    return sandbox_server


def pytest_sessionfinish(session, exitstatus):
    import shutil

    shutil.rmtree(_HOME, ignore_errors=True)
