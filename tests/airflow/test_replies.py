"""In a real Airflow: questions, approvals, and a Dag that texts start."""

from __future__ import annotations

import re
import time

import httpx
import pytest

from scripts.processes import StackError
from tests.airflow.conftest import finished

OWN = "447700900999"
FIRST, SECOND, THIRD = "07700900010", "07700900011", "07700900012"
PEOPLE = ["07700900020", "07700900021", "07700900022"]


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


def test_on_call_and_survey(airflow, sandbox):
    """Three runs at once: they wait most of the time."""
    sandbox.replies(
        [
            {"phone": PEOPLE[0], "replies": [{"content": "5 {code}", "delay": 10, "copies": 2}]},
            {"phone": PEOPLE[1], "replies": [{"content": "very good", "delay": 10}]},
            {"phone": PEOPLE[1], "when": "^Sorry", "replies": [{"content": "4", "delay": 2}]},
            {"phone": PEOPLE[2], "replies": []},
        ]
    )
    on_call, survey = "example_smsworks_on_call", "example_smsworks_survey"
    awake = airflow.trigger(on_call, {"first": FIRST, "second": "07700900013"})
    asleep = airflow.trigger(on_call, {"first": "07700900014", "second": SECOND})
    asked = airflow.trigger(survey, {"phones": PEOPLE})
    code_for(sandbox, FIRST)
    sandbox.inbound(FIRST, OWN, "Ack, on it")
    code = code_for(sandbox, SECOND, timeout=150)
    sandbox.inbound(SECOND, OWN, f"ack {code}")

    for run_id, who in ((awake, "first"), (asleep, "second")):
        ended = finished(airflow, on_call, run_id, timeout=120)
        log = airflow.log_text(on_call, run_id)
        assert ended["state"] == "success", log
        assert airflow.xcom(on_call, run_id, "somebody_is_on_it") == who, log
        assert {task["try_number"] for task in ended["tasks"].values()} <= {0, 1}, log
        assert ended["tasks"]["wake_the_second"]["state"] == ("skipped" if who == "first" else "success")
    ended = finished(airflow, survey, asked, timeout=120)
    log = airflow.log_text(survey, asked)
    assert ended["state"] == "success", log
    assert airflow.xcom(survey, asked, "count") == {"asked": 3, "answered": 2, "mean": 4.5}, log
    texts = [len(texts_to(sandbox, phone)) for phone in (FIRST, "07700900013", "07700900014", SECOND, *PEOPLE)]
    assert texts == [1, 0, 1, 1, 1, 2, 1]


def test_approvals(airflow, sandbox):
    """Five runs at once: by text, in the UI, both in the same moment, and two to one phone in the wrong order."""
    dag_id = "example_smsworks_approval"
    runs = {
        name: airflow.trigger(dag_id, {"release": name, "phone": phone})
        for name, phone in {
            "by text": FIRST,
            "in the UI": SECOND,
            "both": THIRD,
            "one": PEOPLE[0],
            "two": PEOPLE[0],
        }.items()
    }
    codes = {
        name: code_for(sandbox, phone, start=f"Deploy {name} ")
        for name, phone in {"by text": FIRST, "both": THIRD, "one": PEOPLE[0], "two": PEOPLE[0]}.items()
    }
    for run_id in runs.values():
        until_it_waits(airflow, dag_id, run_id, "approve")
    sandbox.inbound(PEOPLE[0], OWN, f"Reject {codes['two']}")
    sandbox.inbound(PEOPLE[0], OWN, f"Approve {codes['one']}")
    # No code, and the right code from a phone that was not asked.
    sandbox.inbound(FIRST, OWN, "Approve")
    sandbox.inbound(SECOND, OWN, f"Approve {codes['by text']}")
    time.sleep(8)
    answer_in_the_ui(airflow, dag_id, runs["in the UI"], "approve", "Reject")
    sandbox.inbound(THIRD, OWN, f"Approve {codes['both']}")
    # The trigger looks every five seconds: somewhere in between.
    time.sleep(3)
    try:
        answer_in_the_ui(airflow, dag_id, runs["both"], "approve", "Reject")
        refused = ""
    except StackError as error:
        refused = str(error)
    wait_until(lambda: any(text.startswith("Sorry") for text in texts_to(sandbox, FIRST)))
    text = sandbox.inbound(FIRST, OWN, f"approve {codes['by text']}")

    results, states = {}, {}
    for name, run_id in runs.items():
        # On SQLite a busy API server can stand still for a minute.
        ended = finished(airflow, dag_id, run_id, timeout=240)
        assert ended["state"] == "success", airflow.log_text(dag_id, run_id)
        results[name] = airflow.xcom(dag_id, run_id, "approve")
        states[name] = ended["tasks"]["deploy"]["state"]
    how = {name: (result["chosen_options"], result["answered_by"]) for name, result in results.items()}
    both = (["Approve"], "text") if "409" in refused else (["Reject"], "airflow")
    assert how == {
        "by text": (["Approve"], "text"),
        "in the UI": (["Reject"], "airflow"),
        "both": both,
        "one": (["Approve"], "text"),
        "two": (["Reject"], "text"),
    }
    assert {name: state == "success" for name, state in states.items()} == {
        name: chosen == ["Approve"] for name, (chosen, _) in how.items()
    }
    assert (results["by text"]["from"], results["by text"]["message_id"]) == ("44********10", text)
    assert "by text" in airflow.xcom(dag_id, runs["by text"], "deploy")
    assert texts_to(sandbox, FIRST)[-1] == "Thank you: Approve. This is noted."
    # The wrong code is apologised for, once, if there is time before the answer in the UI.
    assert [text[:5] for text in texts_to(sandbox, SECOND)[1:]] in ([], ["Sorry"])
    told = "Thank you" if "409" in refused else "Somebody else was faster: Reject."
    assert texts_to(sandbox, THIRD)[-1].startswith(told)


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
