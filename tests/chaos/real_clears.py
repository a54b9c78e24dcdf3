"""A person clears tasks through the REST API, in every state; and a backfill clears whole runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from scripts.processes import StackError
from tests.chaos.real_scenarios import Scenario, act
from tests.chaos.real_sends import FAILED, SUCCESS, Send
from tests.chaos.real_stage import LONGEST_WAIT, Stage, Stuck

CHOICES = ("keep", "resend")
DAILY = {"message": 1, "batch": 2, "otp": 1}
FIRST_PHONE = {"message": 0, "batch": 1, "otp": 3}
DAYS = (1, 2, 3)


def clears(stage: Stage) -> Iterator[Scenario]:
    """Tasks that have succeeded, failed, wait for a retry, run, or wait in the triggerer; both values of on_clear."""
    stage.gates["poor"].fault(["message", "batch"], when="before", kind="status", status=402)
    stage.gates["doubtful"].fault(["message", "flash", "collection", "batch"], when="before", kind="reset")
    stage.gates["stalls_too"].fault(["message", "batch"], when="after", kind="stall", delay=60)
    recorded = {"step": "after record", "how": "killed"}
    held = {"step": "after record", "how": "held"}
    for choice, (one, two, three) in zip(
        CHOICES, [("message", "flash", "collection"), ("batch", "message", "flash")], strict=True
    ):
        yield _clear(stage, "succeeded", choice, one, "success", is_recorded=True)
        yield _clear(stage, "succeeded", choice, "otp", "success", is_recorded=True)
        yield _clear(stage, "succeeded", choice, stage.rng.choice(["schedule", "schedule_batch"]), "success")
        failed = "message" if choice == "keep" else "batch"
        yield _clear(stage, "failed", choice, failed, "failed", gate="poor", faults=1)
        ends, texts = (FAILED, 0) if choice == "keep" else (SUCCESS, None)
        more: dict[str, Any] = {"gate": "doubtful", "faults": 1}
        yield _clear(
            stage, "failed in doubt", choice, two, "failed", {"on_unknown": "fail"}, ends=ends, texts=texts, **more
        )
        yield _clear(
            stage,
            "waiting for a retry",
            choice,
            three if choice == "keep" else "batch",
            "up_for_retry",
            delay="_slow",
            **more,
        )
        yield _clear(
            stage,
            "waiting for a retry, sent",
            choice,
            one,
            "up_for_retry",
            recorded,
            is_recorded=True,
            delay="_slow",
            kills=1,
        )
        yield _clear(stage, "running, in a call", choice, failed, "running", gate="stalls_too", adopted=True)
        yield _clear(stage, "running, sent", choice, two, "running", held, is_recorded=True)
        yield _clear(stage, "deferred", choice, "waiting", "deferred", is_recorded=True)


def _clear(
    stage: Stage,
    situation: str,
    choice: str,
    kind: str,
    state: str,
    conf: dict[str, Any] | None = None,
    *,
    is_recorded: bool = False,
    **more: Any,
) -> Scenario:
    def clear(send: Send) -> None:
        before = stage.until(send, f"it is {state}", lambda seen: seen.state == state)
        if send.gate == "stalls_too":
            stage.until_accepted(send)
        elif conf and conf.get("how") == "held":
            stage.until_befallen(send)
        time.sleep(stage.rng.uniform(0, 1))
        stage.clear(send)
        after = stage.until(send, "it has ended again", lambda seen: seen.try_number > before.try_number and seen.ended)
        shown = after.max_tries != before.max_tries
        send.notes.append(
            f"cleared when {state}: try {before.try_number} of {before.max_tries + 1}, then {after.try_number} "
            f"of {after.max_tries + 1}"
        )
        send.tries = before.try_number + 1
        if is_recorded and choice == "resend" and shown:
            send.asked = 2

    return act(stage, clear, f"cleared, {situation}: {choice}", kind, {"on_clear": choice, **(conf or {})}, **more)


def backfill(stage: Stage) -> None:
    """Runs of a schedule that have texted are run again by a backfill."""
    for offset, choice in enumerate(CHOICES):
        dag_id = f"chaos_daily_{choice}"
        runs = _finished_runs(stage, dag_id)
        for day, run_id in zip(DAYS, runs, strict=True):
            for kind, count in DAILY.items():
                first = 800 + 10 * day + 5 * offset + FIRST_PHONE[kind]
                phones = [f"07700900{number:03d}" for number in range(first, first + count)]
                send = Send(f"backfill: {choice}", kind, "plain", phones, dag_id, run_id, kind, tries=2)
                send.asked = 2 if choice == "resend" else 1
                stage.add(send)
        body = {
            "dag_id": dag_id,
            "from_date": "2026-01-01T00:00:00Z",
            "to_date": "2026-01-03T00:00:00Z",
            "reprocess_behavior": "completed",
        }
        _when_unlocked(lambda body=body: stage.airflow.call("POST", "/backfills", json=body))


def _when_unlocked(call: Callable[[], Any], tries: int = 20) -> None:
    """Call until nobody else writes to an SQLite database, which Airflow's backfill does not wait for."""
    for left in reversed(range(tries)):
        try:
            call()
        except StackError as error:
            if "locked" not in str(error) or not left:
                raise
            time.sleep(1)
        else:
            return


def _finished_runs(stage: Stage, dag_id: str) -> list[str]:
    """Wait until the scheduled runs of a Dag have succeeded, and return them by their dates."""
    deadline = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < deadline:
        runs = stage.airflow.call("GET", f"/dags/{dag_id}/dagRuns", params={"order_by": "logical_date"})["dag_runs"]
        if len(runs) == len(DAYS) and {run["state"] for run in runs} == {"success"}:
            return [str(run["dag_run_id"]) for run in runs]
        time.sleep(1)
    raise Stuck(f"the runs of {dag_id} did not succeed")
