"""Every example, in a real Airflow."""

from __future__ import annotations

import pytest


def test_send_and_wait(airflow, sandbox, metrics, run):
    ended = run("example_smsworks_send_and_wait")
    assert ended["state"] == "success", airflow.log_text("example_smsworks_send_and_wait", ended["run_id"])
    states = {name: task["state"] for name, task in ended["tasks"].items()}
    assert (states["note_arrival"], states["print_letter"]) == ("skipped", "success")
    letter = airflow.xcom("example_smsworks_send_and_wait", ended["run_id"], "print_letter")
    assert "Order 1042" in letter
    assert "UNDELIVERABLE" in letter
    # Of a worker, and of the triggerer.
    told = metrics.told()
    for name in ("sent", "credits", "poll", "waits"):
        assert any(f"smsworks.{name}" in line for line in told), (name, told)


def test_many_recipients(airflow, sandbox, run):
    ended = run("example_smsworks_many_recipients")
    assert ended["state"] == "success", airflow.log_text("example_smsworks_many_recipients", ended["run_id"])
    assert airflow.xcom("example_smsworks_many_recipients", ended["run_id"], "count") == 2
    assert sorted(row["to"] for row in sandbox.ledger()) == ["447700900000", "447700900010"]


def test_schedule(airflow, sandbox, run):
    ended = run("example_smsworks_schedule")
    assert ended["state"] == "success", airflow.log_text("example_smsworks_schedule", ended["run_id"])
    assert [entry["status"] for entry in sandbox.schedules()] == ["CANCELLED", "CANCELLED"]
    assert sandbox.ledger() == []
    listed = airflow.xcom("example_smsworks_schedule", ended["run_id"], "what_is_scheduled")
    assert [entry["status"] for entry in listed] == ["SCHEDULED", "SCHEDULED"]
    assert "700900000" not in str(listed)


def test_batch(airflow, sandbox, run):
    ended = run("example_smsworks_batch")
    assert ended["state"] == "success", airflow.log_text("example_smsworks_batch", ended["run_id"])
    assert len(sandbox.ledger()) == 6
    [failure] = airflow.xcom("example_smsworks_batch", ended["run_id"], "report")
    assert failure.startswith("44********01: ")


@pytest.mark.parametrize("typed", ["481216", "999999"])
def test_otp(airflow, sandbox, typed):
    from tests.airflow.conftest import finished

    run_id = airflow.trigger("example_smsworks_otp", {"typed": typed})
    ended = finished(airflow, "example_smsworks_otp", run_id)
    tasks = {name: task["state"] for name, task in ended["tasks"].items()}
    if typed == "481216":
        assert ended["state"] == "success", airflow.log_text("example_smsworks_otp", run_id)
        assert "VERIFIED" in airflow.xcom("example_smsworks_otp", run_id, "open_the_door")
    else:
        assert (ended["state"], tasks["verify_passcode"]) == ("failed", "failed")
        assert ended["tasks"]["verify_passcode"]["try_number"] == 1
        assert "UNKNOWN" in airflow.log_text("example_smsworks_otp", run_id, "verify_passcode")


def test_reply(airflow, sandbox, run):
    sandbox.set(reply_delay=1)
    ended = run("example_smsworks_reply")
    assert ended["state"] == "success", airflow.log_text("example_smsworks_reply", ended["run_id"])
    answer = airflow.xcom("example_smsworks_reply", ended["run_id"], "wait_for_the_answer")
    assert answer["content"].startswith("YES")
    assert "700900005" not in str(answer)
    assert [row["to"] for row in sandbox.ledger()] == ["447700900005", "447700900005"]


def test_flash_and_binary(airflow, sandbox, run):
    ended = run("example_smsworks_flash_and_binary")
    assert ended["state"] == "success", airflow.log_text("example_smsworks_flash_and_binary", ended["run_id"])
    [failed] = airflow.xcom("example_smsworks_flash_and_binary", ended["run_id"], "what_failed")
    assert failed["to"] == "44********01"


def test_search(airflow, sandbox, run):
    ended = run("example_smsworks_search")
    assert ended["state"] == "success", airflow.log_text("example_smsworks_search", ended["run_id"])
    [found] = airflow.xcom("example_smsworks_search", ended["run_id"], "delivered_since_the_run_began")
    assert (found["to"], found["content"]) == ("44********00", "Your voucher is 4Q7X.")
    assert sandbox.requests()["DELETE /messages/{messageid}"] == 1


def test_credit_guard(airflow, sandbox, run):
    ended = run("example_smsworks_credit_guard")
    assert ended["state"] == "success", airflow.log_text("example_smsworks_credit_guard", ended["run_id"])
    results = {
        name: airflow.xcom("example_smsworks_credit_guard", ended["run_id"], name)
        for name in ("what_is_left", "texts_today")
    }
    assert results == {"what_is_left": 999, "texts_today": 1}


def test_late_parcels(airflow, sandbox, run, tmp_path):
    fields = {"connection_id": "warehouse", "conn_type": "sqlite", "host": str(tmp_path / "warehouse.db")}
    airflow.call("POST", "/connections", json=fields)
    ended = run("example_smsworks_late_parcels")
    assert ended["state"] == "success", airflow.log_text("example_smsworks_late_parcels", ended["run_id"])
    price, counts, failed = (
        airflow.xcom("example_smsworks_late_parcels", ended["run_id"], name)
        for name in ("what_it_costs", "text_late_parcels", "who_has_no_text")
    )
    assert (price["recipients"], price["most_credits"]) == (2, 2)
    assert (counts["recipients"], counts["failed"], counts["duplicates"], counts["manifest"]) == (2, 1, 1, "written")
    assert failed == ["7004: column `name` is empty"]
    assert sorted((row["to"], row["content"]) for row in sandbox.ledger()) == [
        ("447700900000", "Hello Ann, parcel 7001 is late. It comes on Monday. Sorry!"),
        ("447700900010", "Hello Bob, parcel 7002 is late. It comes on Tuesday. Sorry!"),
    ]


def test_from_file(airflow, sandbox, run):
    ended = run("example_smsworks_from_file")
    assert ended["state"] == "success", airflow.log_text("example_smsworks_from_file", ended["run_id"])
    assert airflow.xcom("example_smsworks_from_file", ended["run_id"], "report") == "2 texts, 2 parts"
    assert sorted((row["to"], row["content"]) for row in sandbox.ledger()) == [
        ("447700900000", "Hello Ann, tour A1 begins at 8:00."),
        ("447700900010", "Hello Bob, tour B7 begins at 9:30."),
    ]
