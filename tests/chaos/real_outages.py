"""A component of Airflow dies or is restarted while sends are in flight; one outage after the other."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from scripts.local_airflow import EXECUTION_API
from tests.chaos.real_scenarios import STEPS
from tests.chaos.real_sends import FAILED, KINDS, SUCCESS, WAITING, Send
from tests.chaos.real_stage import Stage, Stuck

Outage = Callable[[Stage], None]


def triggerer_killed(stage: Stage) -> None:
    """The triggerer is killed while the waits are on, and started again later."""
    _while_waiting(stage, "triggerer killed", lambda: stage.airflow.kill("triggerer"))


def triggerer_restarted(stage: Stage) -> None:
    """The triggerer is asked to end while the waits are on, and started again."""
    _while_waiting(stage, "triggerer restarted", lambda: stage.airflow.kill("triggerer", signal.SIGTERM))


def _while_waiting(stage: Stage, row: str, strike: Callable[[], None]) -> None:
    sends = [stage.send(row, kind, kills=1) for kind in WAITING]
    for send in sends:
        stage.until(send, "it waits", lambda seen: seen.state == "deferred" or seen.ended)
    # The triggers give no event in their first 8 s.
    time.sleep(stage.rng.uniform(0, 3))
    strike()
    time.sleep(2)
    stage.airflow.restart("triggerer", grace=10)
    stage.airflow.wait_healthy()
    stage.until_ended(sends)


def api_server_restarted(stage: Stage) -> None:
    """Tasks go on at every step while nobody takes their writes."""
    sends = _held(stage, "API server restarted")
    stage.airflow.kill(EXECUTION_API)
    for send in sends:
        stage.go_on(send)
    time.sleep(2)
    accepted = stage.gates.texts_of_phones()
    for send in sends:
        if send.notes[0].endswith("before intent") and send.phones[0] in accepted:
            send.wrong.append("it was sent before the intent was on disk")
    stage.airflow.restart(EXECUTION_API)
    stage.airflow.wait_healthy()
    stage.until_ended(sends)


def scheduler_killed_with_workers(stage: Stage) -> None:
    """The scheduler dies with its workers; of the tasks some die, and some go on with nobody to talk to."""
    sends = _held(stage, "scheduler and workers killed", kills=1)
    pids = [stage.seen(send).pid for send in sends]
    stage.airflow.kill("scheduler")
    for send, pid in zip(sends, pids, strict=True):
        if pid and stage.rng.random() < 0.5:
            send.kills += 1
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        stage.go_on(send)
    time.sleep(1)
    stage.airflow.restart("scheduler")
    stage.airflow.wait_healthy()
    stage.until_ended(sends)


def scheduler_killed_alone(stage: Stage) -> None:
    """The scheduler dies and its workers live on, with tasks that the next scheduler takes for lost."""
    sends = _held(stage, "scheduler killed")
    stage.airflow.kill("scheduler", alone=True)
    time.sleep(1)
    stage.airflow.restart("scheduler", spare_children=True)
    # Half of them go on before the next scheduler gives them to somebody else, the others only then.
    early = set(stage.rng.sample(range(len(sends)), len(sends) // 2))
    for number in early:
        stage.go_on(sends[number])
    stage.airflow.wait_healthy()
    for number, send in enumerate(sends):
        if number not in early:
            stage.until(send, "another try", lambda seen: seen.try_number > 1 or seen.ended)
            stage.go_on(send)
    stage.until_ended(sends)


OUTAGES: Sequence[Outage] = (
    api_server_restarted,
    triggerer_killed,
    scheduler_killed_alone,
    triggerer_restarted,
    scheduler_killed_with_workers,
)


def _held(stage: Stage, row: str, kills: int = 0) -> list[Send]:
    """Return sends of every kind that are all held, each at some step."""
    sends = []
    for number, kind in enumerate(KINDS):
        step = STEPS[(number + stage.rng.randrange(len(STEPS))) % len(STEPS)]
        ends = SUCCESS | FAILED if kind == "otp" else SUCCESS
        send = stage.send(row, kind, {"step": step, "how": "held"}, ends=ends, kills=kills)
        send.notes.append(f"held {step}")
        sends.append(send)
    for send in sends:
        try:
            stage.until_befallen(send)
        except Stuck as error:
            send.wrong.append(str(error))
    return sends
