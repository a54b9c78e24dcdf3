"""What is done to the sends while everything else stays up; all of it at the same time."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import psutil

from scripts.processes import StackError
from tests.chaos.real_sends import FAILED, KINDS, SUCCESS, WAITING, Send
from tests.chaos.real_stage import Stage, Stuck

GATES = {
    "plain": 5.0,
    "stalls": 60.0,
    "stalls_too": 60.0,
    "loses_answers": 5.0,
    "down_before": 5.0,
    "down_after": 5.0,
    "late": 5.0,
    "too_late": 5.0,
    "poor": 5.0,
    "doubtful": 5.0,
}
"""The gateways of the scenarios, and how many seconds the provider waits for their answers."""

STEPS = ("before intent", "after intent", "after the answer", "before record", "after record")
Scenario = Callable[[], None]


def promised(kind: str, step: str) -> dict[str, Any]:
    """Return what is promised of a send whose task died at a step."""
    accepted = step in ("during the call", "after the answer", "before record")
    if "otp" in kind and (accepted or step == "after intent"):
        return {"ends": FAILED, "texts": int(accepted), "tries": 2}
    return {"adopted": accepted, "tries": 2}


def killed_at_steps(stage: Stage) -> None:
    """Every kind of send, its process killed at each step."""
    for step in STEPS:
        for kind in KINDS:
            fate = {"step": step, "how": "killed"}
            stage.send(f"task killed {step}", kind, fate, kills=1, **promised(kind, step))
    for step in ("at defer", "at resume"):
        for kind in WAITING:
            fate = {"step": step, "how": "killed"}
            stage.send(f"task killed {step}", kind, fate, kills=1, **promised(kind, step))


def killed_during_the_call(stage: Stage) -> Iterator[Scenario]:
    """Every kind of send, killed from outside when the gateway has accepted it and is slow to say so."""
    stage.gates["stalls"].fault(list(KINDS), when="after", kind="stall", delay=60)

    def kill(send: Send) -> None:
        stage.until_accepted(send)
        seen = stage.until(send, "the task runs", lambda seen: seen.state == "running" and seen.pid is not None)
        time.sleep(stage.rng.uniform(0, 0.5))
        os.kill(seen.pid or 0, signal.SIGKILL)

    for kind in KINDS:
        yield act(
            stage,
            kill,
            "task killed during the call",
            kind,
            gate="stalls",
            kills=1,
            **promised(kind, "during the call"),
        )


def workers_lost(stage: Stage) -> None:
    """The process that watches the task is killed with it: Airflow misses the heartbeats of the task."""
    for step in ("after intent", "after the answer", "after record"):
        for kind in stage.rng.sample(KINDS, 2):
            stage.send("worker lost", kind, {"step": step, "how": "worker lost"}, kills=2, **promised(kind, step))


def two_live_copies(stage: Stage) -> Iterator[Scenario]:
    """The task and its worker stand still until Airflow gives the task to somebody else; then they go on."""

    def stop(step: str, send: Send) -> None:
        stage.until_befallen(send)
        seen = stage.until(send, "the task runs", lambda seen: seen.state == "running" and seen.pid is not None)
        this = psutil.Process(seen.pid)
        copy = [this.parent(), this]
        try:
            seen = stage.until(send, "another try has ended", lambda seen: seen.try_number > 1 and seen.ended)
        finally:
            for process in copy:
                process.resume()
        try:
            this.wait(30)
        except psutil.TimeoutExpired:
            send.wrong.append("the copy that went on did not end")
        send.notes.append(f"stopped {step}; try {seen.try_number} was a {seen.state} when the copy went on")
        send.tries = 2

    for step, count in (("before intent", 1), ("after intent", 2), ("after the answer", 1)):
        for kind in stage.rng.sample(["message", "batch", "otp", "schedule"], count):
            ends = SUCCESS | FAILED if kind == "otp" else SUCCESS
            yield act(stage, partial(stop, step), "two live copies", kind, {"step": step, "how": "stopped"}, ends=ends)


def gateway_faults(stage: Stage) -> None:
    """The gateway spoils the first call of every kind of send."""
    rows: list[tuple[str, str, dict[str, Any]]] = [
        ("answer lost", "loses_answers", {"when": "after", "kind": "reset"}),
        ("503 before", "down_before", {"when": "before", "kind": "status", "status": 503}),
        ("503 after", "down_after", {"when": "after", "kind": "status", "status": 503}),
        ("accepted within the retry delay", "late", {"when": "late", "kind": "reset", "delay": 2.5}),
    ]
    for row, gate, fault in rows:
        stage.gates[gate].fault(list(KINDS), **fault)
        accepted = fault["when"] != "before"
        for kind in KINDS:
            at_once = row in ("answer lost", "503 after")
            promise = promised(kind, "after the answer" if accepted else "after intent")
            promise["tries"] = 1 if at_once or kind == "otp" else 2
            delay = "_patient" if gate == "late" else ""
            stage.send(row, kind, gate=gate, faults=1, delay=delay, **promise)
    late = ["message", "flash"]
    stage.gates["too_late"].fault(late, when="late", kind="reset", delay=12)
    for kind in late:
        stage.send("accepted after the retry delay", kind, gate="too_late", faults=1, tries=2)


def act(
    stage: Stage, scenario: Callable[[Send], None], row: str, kind: str, conf: dict[str, Any] | None = None, **more: Any
) -> Scenario:
    """Return what starts a send and then plays a scenario with it; a scenario that is stuck breaks a promise."""

    def run() -> None:
        send = stage.send(row, kind, conf, **more)
        try:
            scenario(send)
        except (Stuck, StackError, psutil.Error, OSError) as error:
            send.wrong.append(f"{type(error).__name__}: {error}")

    return run
