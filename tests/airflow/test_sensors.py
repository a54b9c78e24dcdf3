"""In a real Airflow: every sensor waits in the triggerer, and what it waits for ends it."""

from __future__ import annotations

import time

from tests.airflow.conftest import PHONE, TOKEN, WORDS, finished

SENSORS = {"batch", "otp", "credits", "text"}


def _until_all_wait(airflow, run_id, timeout=60):
    deadline = time.monotonic() + timeout
    while True:
        tasks = airflow.task_instances("sensors", run_id)
        if {task["task_id"] for task in tasks if task["state"] == "deferred"} == SENSORS:
            return
        assert time.monotonic() < deadline, airflow.log_text("sensors", run_id)
        time.sleep(0.2)


def test_every_sensor_waits_in_the_triggerer(airflow, sandbox):
    sandbox.set(delivery_delay=15)
    run_id = airflow.trigger("sensors")
    _until_all_wait(airflow, run_id)
    sandbox.set(credits=6000)
    passcode = sandbox.ledger()[-1]["content"].split()[0]
    headers = {"Authorization": f"JWT {TOKEN}"}
    assert sandbox.client.post("/v1/otp/verify", json={"passcode": passcode}, headers=headers).is_success
    text = sandbox.inbound(PHONE, "447860012345", "Ack. The disk is full")
    ended = finished(airflow, "sensors", run_id, timeout=120)
    log = airflow.log_text("sensors", run_id)
    assert ended["state"] == "success", log
    assert {task["try_number"] for task in ended["tasks"].values()} == {1}, log

    batch = airflow.xcom("sensors", run_id, "batch")
    assert (batch["total"], batch["delivered"], batch["failed"]) == (3, 2, 1)
    assert [failure["to"] for failure in batch["failures"]] == ["44********01"]
    assert airflow.xcom("sensors", run_id, "otp")["status"] == "VERIFIED"
    assert airflow.xcom("sensors", run_id, "credits") == 6000
    answer = airflow.xcom("sensors", run_id, "text")
    assert (answer["message_id"], answer["from"]) == (text, "44********12")
    assert answer["content"] == "Ack. The disk is full"

    files = {str(file): file.read_bytes() for file in airflow.home.rglob("*") if file.is_file()}
    secrets = (PHONE, "44" + PHONE[1:], WORDS, f"{passcode} is")
    assert [(secret, name) for secret in secrets for name in files if secret.encode() in files[name]] == []
