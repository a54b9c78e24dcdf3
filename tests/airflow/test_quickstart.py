"""The first thing that a newcomer runs."""

from __future__ import annotations

DAG_ID = "example_smsworks_quickstart"


def test_it_texts_two_phones_and_handles_the_one_that_does_not_exist(airflow, sandbox, run):
    ended = run(DAG_ID)
    assert ended["state"] == "success", airflow.log_text(DAG_ID, ended["run_id"])
    ledger = {row["to"]: row for row in sandbox.ledger()}
    assert set(ledger) == {"447700900000", "447700900001"}
    assert len(sandbox.ledger()) == 2
    for task_id, number, status, masked in [
        ("text_customer", "447700900000", "DELIVERED", "44********00"),
        ("text_wrong_number", "447700900001", "UNDELIVERABLE", "44********01"),
    ]:
        result = airflow.xcom(DAG_ID, ended["run_id"], task_id)
        assert result["message_id"] == ledger[number]["message_id"]
        assert (result["status"], result["to"], result["parts"], result["adopted"]) == (status, masked, 1, False)
    report = airflow.xcom(DAG_ID, ended["run_id"], "report")
    assert report == {"arrived": ["44********00"], "to_be_called": ["44********01"]}
    assert all(task["try_number"] == 1 for task in ended["tasks"].values())
