"""In a real Airflow: waits that outlive the gateway and the triggerer."""

from __future__ import annotations

import time

from tests.airflow.conftest import finished


def _until_deferred(airflow, dag_id, run_id, task_id, timeout=60):
    deadline = time.monotonic() + timeout
    while {t["task_id"]: t["state"] for t in airflow.task_instances(dag_id, run_id)}[task_id] != "deferred":
        assert time.monotonic() < deadline, airflow.log_text(dag_id, run_id)
        time.sleep(0.2)


def test_a_wait_survives_the_gateway_and_the_triggerer(airflow, sandbox):
    sandbox.set(delivery_delay=20)
    run_id = airflow.trigger("waiting")
    _until_deferred(airflow, "waiting", run_id, "text")
    sandbox.stop()
    airflow.restart("triggerer")
    time.sleep(5)
    sandbox.restart()
    airflow.wait_healthy()
    ended = finished(airflow, "waiting", run_id, timeout=120)
    assert airflow.xcom("waiting", run_id, "text")["status"] == "DELIVERED", airflow.log_text("waiting", run_id)
    assert ended["tasks"]["text"]["try_number"] == 1
    # The other branch texts a phone that does not exist: its sensor fails, without a retry.
    assert ended["tasks"]["lost"]["state"] == "success"
    assert ended["tasks"]["not_delivered"]["state"] == "failed"
    assert ended["tasks"]["not_delivered"]["try_number"] == 1, airflow.log_text("waiting", run_id, "not_delivered")
    assert "was not delivered: UNDELIVERABLE" in airflow.log_text("waiting", run_id, "not_delivered")
    assert len(sandbox.ledger()) == 2
