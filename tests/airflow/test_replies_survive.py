"""
Replies in a real Airflow that dies: the triggerer twice, then the scheduler with all of its workers.

One story for all tests, about two minutes: most of it is Airflow's, which needs some seconds to see that a triggerer
is dead, and half a minute for a worker.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from scripts.local_airflow import LocalAirflow
from scripts.processes import StackError
from tests.airflow.conftest import ROOT
from tests.chaos.real_stage import SETTINGS
from tests.sandbox_process import running_sandbox

OWN = "447700900999"
SURVEYED = ["07700900030", "07700900031", "07700900032"]
CUSTOMER = "07700900040"
ORDERS = 30
NAMES = ("approval", "on_call", "survey", "keyword")
WAITS_IN = {"approval": "approve", "on_call": "wake_the_first"}
QUICK = {
    **SETTINGS,
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "10",
}


@dataclass
class Run:
    """A run of an example; the phone that answers it."""

    name: str
    phone: str
    run_id: str = ""
    ended: dict[str, Any] = field(default_factory=dict)
    tasks: dict[str, Any] = field(default_factory=dict)
    log: str = ""

    @property
    def dag_id(self):
        return f"example_smsworks_{self.name}"


class Story:
    """Starts runs, answers them, and tells what became of them."""

    def __init__(self, airflow, sandbox):
        self.airflow, self.sandbox = airflow, sandbox
        self.began = time.monotonic()

    def say(self, what):
        print(f"{time.monotonic() - self.began:6.1f} s  {what}", flush=True)

    def start(self, name, phone):
        run = Run(name, phone)
        conf = {"survey": {"phones": SURVEYED}, "approval": {"phone": phone}}.get(name, {"first": phone})
        run.run_id = self.airflow.trigger(run.dag_id, conf)
        return run

    def texts_to(self, phone):
        return [row["content"] for row in self.sandbox.ledger() if row["to"].endswith(phone[1:])]

    def code_for(self, phone):
        [text] = self.until(f"a question to {phone[-3:]}", lambda: self.texts_to(phone))[:1]
        return re.findall(r"\b\d[A-Z]\d(?:[A-Z]\d)?\b", text)[-1]

    def answer(self, run):
        says = {"approval": "Approve", "on_call": "Ack"}[run.name]
        self.sandbox.inbound(run.phone, OWN, f"{says} {self.code_for(run.phone)}")

    def states(self, run):
        task_id = WAITS_IN.get(run.name, "ask")
        tasks = self.airflow.task_instances(run.dag_id, run.run_id)
        return [task["state"] for task in tasks if task["task_id"] == task_id]

    def waits(self, run):
        states = self.states(run)
        return states and set(states) == {"deferred"} and (run.name != "survey" or len(states) == len(SURVEYED))

    def until(self, what, look, timeout=90):
        deadline = time.monotonic() + timeout
        while True:
            try:
                if found := look():
                    return found
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline, what
            time.sleep(0.1)

    def is_written(self, run):
        path = f"/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/approve/-1/hitlDetails"
        try:
            return self.airflow.call("GET", path)["response_received"]
        except StackError:
            return False

    def reject(self, run):
        path = f"/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/approve/-1/hitlDetails"
        return self.airflow.call("PATCH", path, json={"chosen_options": ["Reject"], "params_input": {}})

    def runs_of_texts(self):
        found = self.airflow.call("GET", "/dags/example_smsworks_keyword/dagRuns", params={"limit": 100})["dag_runs"]
        return {run["dag_run_id"]: run["state"] for run in found}

    def end(self, run):
        run.ended = self.airflow.wait_for(run.dag_id, run.run_id, timeout=240)
        run.tasks = {task["task_id"]: task for task in self.airflow.task_instances(run.dag_id, run.run_id)}
        run.log = self.airflow.log_text(run.dag_id, run.run_id)


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    dags = tmp_path_factory.mktemp("dags")
    for name in NAMES:
        text = (ROOT / "example_dags" / f"example_smsworks_{name}.py").read_text()
        # As they are, but quicker to try again.
        text, count = re.subn(r'("retry_delay": dt\.timedelta\(seconds=)30\)', r"\g<1>1)", text)
        assert count == 1
        (dags / f"example_smsworks_{name}.py").write_text(text)
    with running_sandbox() as sandbox:
        extra = {"allow_test_numbers": True, "search_lag": 1, "timeout": 10}
        connection = {"conn_type": "smsworks", "host": sandbox.url, "password": "token", "extra": extra}
        sandbox.set(delivery_delay=0.5)
        env = {**QUICK, "AIRFLOW_CONN_SMSWORKS_DEFAULT": json.dumps(connection)}
        with LocalAirflow(dags, env, separate_api=True) as airflow:
            story = Story(airflow, sandbox)
            play(story)
            yield story


def play(story):
    airflow, sandbox = story.airflow, story.sandbox
    airflow.unpause("example_smsworks_keyword")
    # Answered while the triggerer is dead.
    story.while_dead = [story.start("approval", "07700900020"), story.start("survey", None)]
    story.while_dead.append(story.start("on_call", "07700900021"))
    # Answered a moment before it dies: it holds events back in the first seconds of a wait.
    story.before = [story.start("approval", "07700900022")]
    # Answered when the triggerer has died again.
    story.between = [story.start("approval", "07700900024"), story.start("on_call", "07700900025")]
    # Rejected in the UI, and a moment later approved by text; then scheduler and worker die.
    story.rejected = [story.start("approval", "07700900026")]
    story.runs = [*story.while_dead, *story.before, *story.between, *story.rejected]
    for run in story.before:
        story.answer(run)
    story.until("an answer is written down", lambda: story.is_written(story.before[0]))
    story.before_was = story.states(story.before[0])
    story.until("all wait", lambda: all(map(story.waits, [*story.while_dead, *story.between, *story.rejected])))
    story.until("the watcher watches", lambda: sandbox.requests().get("POST /messages", 0) >= 3)
    story.say("the triggerer dies")
    airflow.kill("triggerer")
    for run in story.while_dead:
        if run.name != "survey":
            story.answer(run)
    for stars, phone in enumerate(SURVEYED, start=3):
        sandbox.inbound(phone, OWN, f"{stars} {story.code_for(phone)}")
    orders = [{"from": CUSTOMER, "to": OWN, "content": f"Order {number}"} for number in range(1, ORDERS + 1)]
    story.texts = sandbox.inbound_many(orders)
    airflow.restart("triggerer")
    story.until("a text has a run", lambda: any(name.startswith("text__") for name in story.runs_of_texts()))
    story.say("the triggerer dies again")
    airflow.kill("triggerer")
    for run in story.between:
        story.answer(run)
    airflow.restart("triggerer")
    [rejected] = story.rejected
    # The gateway's answer comes after the worker's death.
    sandbox.faults([{"operation": "POST /message/send", "when": "after", "kind": "stall", "delay": 8, "times": 20}])
    story.until("it is rejected", lambda: story.reject(rejected))
    story.answer(rejected)
    story.until("the phone is told that it was late", lambda: len(story.texts_to(rejected.phone)) == 2)
    story.say("scheduler and workers die")
    airflow.kill("scheduler")
    sandbox.faults([])
    airflow.restart("scheduler")
    airflow.wait_healthy()
    for run in story.runs:
        story.end(run)
        story.say(f"{run.name} ended")
    names = [f"text__{text}" for text in story.texts]
    ended = ("success", "failed")
    story.until("all texts are served", lambda: all(story.runs_of_texts().get(n) in ended for n in names), 240)
    story.say("all texts are served")


def test_an_answer_is_written_down_before_its_event_is_safe(story):
    assert story.before_was == ["deferred"]


@pytest.mark.parametrize("group", ["while_dead", "before", "between"])
def test_every_answer_counts_once_and_nobody_is_texted_twice(story, group):
    for run in getattr(story, group):
        assert run.ended["state"] == "success", run.log
        if run.name == "approval":
            result = story.airflow.xcom(run.dag_id, run.run_id, "approve")
            assert (result["chosen_options"], result["answered_by"]) == (["Approve"], "text"), run.log
            assert [text.split()[0] for text in story.texts_to(run.phone)] == ["Deploy", "Thank"]
        elif run.name == "on_call":
            assert story.airflow.xcom(run.dag_id, run.run_id, "somebody_is_on_it") == "first", run.log
            assert len(story.texts_to(run.phone)) == 1
        else:
            counted = story.airflow.xcom(run.dag_id, run.run_id, "count")
            assert counted == {"asked": 3, "answered": 3, "mean": 4.0}, run.log
            assert [len(story.texts_to(phone)) for phone in SURVEYED] == [1, 1, 1]


def test_what_was_rejected_stays_rejected_if_the_worker_dies_while_it_tells_so(story):
    [run] = story.rejected
    assert run.ended["state"] == "success", run.log
    assert run.tasks["approve"]["try_number"] > 1
    result = story.airflow.xcom(run.dag_id, run.run_id, "approve")
    assert (result["chosen_options"], result["answered_by"]) == (["Reject"], "airflow"), run.log
    assert run.tasks["deploy"]["state"] == "skipped"
    assert [text.split()[0] for text in story.texts_to(run.phone)] == ["Deploy", "Somebody"]


def test_each_text_has_one_run_and_one_answer(story):
    runs = story.runs_of_texts()
    assert sorted(name for name in runs if name.startswith("text__")) == sorted(f"text__{t}" for t in story.texts)
    assert set(runs.values()) == {"success"}
    answers = Counter(story.texts_to(CUSTOMER))
    assert answers == {f"Order {number} arrives tomorrow between 9 and 11.": 1 for number in range(1, ORDERS + 1)}
