"""In a real Airflow: questions, approvals, and a Dag that texts start."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from scripts.processes import StackError
from tests.airflow.conftest import finished

OWN = "447700900999"
FIRST, SECOND, THIRD = "07700900010", "07700900011", "07700900012"


def texts_to(sandbox, phone):
    return [row["content"] for row in sandbox.ledger() if row["to"].endswith(phone[1:])]


def code_for(sandbox, phone, start="", timeout=60):
    """Wait until the phone got its question, and return the code."""
    return wait_until(
        lambda: [re.search(r"\b(\d[A-Z]\d(?:[A-Z]\d)?)\.?$", text)[1] for text in texts_to(sandbox, phone)
                 if text.startswith(start) and re.search(r"\b\d[A-Z]\d", text)],
        timeout,
    )[-1]  # fmt: skip


def wait_until(look, timeout=60):
    deadline = time.monotonic() + timeout
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found


def until_it_waits(airflow, dag_id, run_id, task_id, timeout=60):
    def is_deferred():
        tasks = airflow.task_instances(dag_id, run_id)
        return [task for task in tasks if task["task_id"] == task_id and task["state"] == "deferred"]

    return wait_until(is_deferred, timeout)


def answer_in_the_ui(airflow, dag_id, run_id, task_id, option):
    path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails"
    return airflow.call("PATCH", path, json={"chosen_options": [option], "params_input": {}})


def test_on_call_the_second_phone_is_asked_if_the_first_does_not_answer(airflow, sandbox):
    run_id = airflow.trigger("example_smsworks_on_call")
    code = code_for(sandbox, SECOND, timeout=150)
    sandbox.inbound(SECOND, OWN, f"ack {code}")
    ended = finished(airflow, "example_smsworks_on_call", run_id, timeout=120)
    log = airflow.log_text("example_smsworks_on_call", run_id)
    assert ended["state"] == "success", log
    assert airflow.xcom("example_smsworks_on_call", run_id, "somebody_is_on_it") == "second"
    assert len(sandbox.ledger()) == 2
    assert {task["try_number"] for task in ended["tasks"].values()} <= {0, 1}, log


def test_on_call_the_second_phone_sleeps_if_the_first_acknowledges(airflow, sandbox):
    run_id = airflow.trigger("example_smsworks_on_call")
    code_for(sandbox, FIRST)
    sandbox.inbound(FIRST, OWN, "Ack, on it")
    ended = finished(airflow, "example_smsworks_on_call", run_id, timeout=120)
    assert ended["state"] == "success", airflow.log_text("example_smsworks_on_call", run_id)
    assert airflow.xcom("example_smsworks_on_call", run_id, "somebody_is_on_it") == "first"
    assert ended["tasks"]["wake_the_second"]["state"] == "skipped"
    assert len(sandbox.ledger()) == 1


def test_survey(airflow, sandbox):
    sandbox.replies(
        [
            {"phone": FIRST, "replies": [{"content": "5 {code}", "delay": 10, "copies": 2}]},
            {"phone": SECOND, "replies": [{"content": "very good", "delay": 10}]},
            {"phone": SECOND, "when": "^Sorry", "replies": [{"content": "4", "delay": 2}]},
            {"phone": THIRD, "replies": []},
        ]
    )
    run_id = airflow.trigger("example_smsworks_survey")
    ended = finished(airflow, "example_smsworks_survey", run_id, timeout=180)
    log = airflow.log_text("example_smsworks_survey", run_id)
    assert ended["state"] == "success", log
    assert airflow.xcom("example_smsworks_survey", run_id, "count") == {"asked": 3, "answered": 2, "mean": 4.5}, log
    assert len(sandbox.ledger()) == 4


def test_approval_by_text(airflow, sandbox):
    run_id = airflow.trigger("example_smsworks_approval")
    code = code_for(sandbox, FIRST)
    sandbox.inbound(FIRST, OWN, "Approve")
    sandbox.inbound(SECOND, OWN, f"Approve {code}")
    wait_until(lambda: any(text.startswith("Sorry") for text in texts_to(sandbox, FIRST)))
    until_it_waits(airflow, "example_smsworks_approval", run_id, "approve")
    text = sandbox.inbound(FIRST, OWN, f"approve {code}")
    ended = finished(airflow, "example_smsworks_approval", run_id)
    log = airflow.log_text("example_smsworks_approval", run_id)
    assert ended["state"] == "success", log
    result = airflow.xcom("example_smsworks_approval", run_id, "approve")
    assert (result["chosen_options"], result["answered_by"]) == (["Approve"], "text")
    assert (result["from"], result["message_id"]) == ("44********10", text)
    assert "by text" in airflow.xcom("example_smsworks_approval", run_id, "deploy")
    assert texts_to(sandbox, FIRST)[-1] == "Thank you: Approve. This is noted."
    assert texts_to(sandbox, SECOND) == []


def test_approval_in_the_ui(airflow, sandbox):
    run_id = airflow.trigger("example_smsworks_approval")
    until_it_waits(airflow, "example_smsworks_approval", run_id, "approve")
    time.sleep(8)
    answer_in_the_ui(airflow, "example_smsworks_approval", run_id, "approve", "Reject")
    ended = finished(airflow, "example_smsworks_approval", run_id)
    assert ended["state"] == "success", airflow.log_text("example_smsworks_approval", run_id)
    assert ended["tasks"]["deploy"]["state"] == "skipped"
    result = airflow.xcom("example_smsworks_approval", run_id, "approve")
    assert (result["chosen_options"], result["answered_by"], result["from"]) == (["Reject"], "airflow", None)
    assert len(sandbox.ledger()) == 1


def test_approval_in_the_ui_and_by_text_at_the_same_moment(airflow, sandbox):
    run_id = airflow.trigger("example_smsworks_approval")
    code = code_for(sandbox, FIRST)
    until_it_waits(airflow, "example_smsworks_approval", run_id, "approve")
    time.sleep(8)

    def in_the_ui():
        # The trigger looks every five seconds: somewhere in between.
        time.sleep(3)
        try:
            return answer_in_the_ui(airflow, "example_smsworks_approval", run_id, "approve", "Reject")
        except StackError as refused:
            return str(refused)

    with ThreadPoolExecutor() as pool:
        answer = pool.submit(in_the_ui)
        sandbox.inbound(FIRST, OWN, f"Approve {code}")
        ended = finished(airflow, "example_smsworks_approval", run_id)
    log = airflow.log_text("example_smsworks_approval", run_id)
    assert ended["state"] == "success", log
    result = airflow.xcom("example_smsworks_approval", run_id, "approve")
    if result["answered_by"] == "text":
        assert result["chosen_options"] == ["Approve"]
        assert "409" in answer.result()
        assert ended["tasks"]["deploy"]["state"] == "success"
    else:
        assert (result["answered_by"], result["chosen_options"]) == ("airflow", ["Reject"])
        assert ended["tasks"]["deploy"]["state"] == "skipped"


def test_two_approvals_to_one_phone_answered_in_the_wrong_order(airflow, sandbox):
    dag_id = "example_smsworks_approval"
    runs = [airflow.trigger(dag_id, {"release": release}) for release in ("4.3", "4.4")]
    codes = [code_for(sandbox, FIRST, start=f"Deploy {release} ") for release in ("4.3", "4.4")]
    for run_id in runs:
        until_it_waits(airflow, dag_id, run_id, "approve")
    sandbox.inbound(FIRST, OWN, f"Reject {codes[1]}")
    sandbox.inbound(FIRST, OWN, f"Approve {codes[0]}")
    for run_id, option in zip(runs, ("Approve", "Reject"), strict=True):
        ended = finished(airflow, dag_id, run_id)
        assert ended["state"] == "success", airflow.log_text(dag_id, run_id)
        assert airflow.xcom(dag_id, run_id, "approve")["chosen_options"] == [option]


def test_a_keyword_starts_a_run_for_each_text_and_each_is_answered_once(airflow, sandbox):
    dag_id = "example_smsworks_keyword"
    airflow.unpause(dag_id)
    # The watcher begins when the triggerer has it.
    wait_until(lambda: sandbox.requests().get("POST /messages", 0) >= 2)
    time.sleep(2)
    texts = [sandbox.inbound(FIRST, OWN, f"Order {number}") for number in (1, 2, 3)]
    sandbox.inbound(FIRST, OWN, "Hello")
    for text in texts:
        wait_until(lambda text=text: _has_run(airflow, dag_id, f"text__{text}"))
        ended = finished(airflow, dag_id, f"text__{text}")
        assert ended["state"] == "success", airflow.log_text(dag_id, f"text__{text}")
        assert airflow.xcom(dag_id, f"text__{text}", "text")["from"] == "44********10"
    assert sorted(texts_to(sandbox, FIRST)) == [f"Order {n} arrives tomorrow between 9 and 11." for n in (1, 2, 3)]
    airflow.call("PATCH", f"/dags/{dag_id}", json={"is_paused": True})


def _has_run(airflow, dag_id, run_id):
    try:
        return airflow.dag_run(dag_id, run_id)
    except (StackError, httpx.TransportError):
        return None


@pytest.fixture(autouse=True)
def quick(sandbox):
    sandbox.set(delivery_delay=0.5)
