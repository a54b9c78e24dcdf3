"""
A triggerer: Airflow's own `TriggerRunner`, which creates and runs the real triggers over its real shared stream.

Only its supervisor is not Airflow's: it persists events to a file some time after it got them, and says so at the next
sync, as Airflow's does; and it answers for the store of the assets' state.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import time
from collections import Counter, deque
from pathlib import Path
from typing import Any

from airflow.executors.workloads.trigger import RunTrigger
from airflow.jobs.triggerer_job_runner import TriggerRunner, messages
from airflow.models.trigger import Trigger
from airflow.sdk.exceptions import ErrorType
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import (
    AssetStateStoreResult,
    ErrorResponse,
    GetAssetStateStoreByName,
    OKResponse,
    SetAssetStateStoreByName,
)

from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.inbox import cursor, shared, stream, watch
from airflow_provider_smsworks.triggers.inbox import SmsWorksInboxTrigger
from tests.chaos.forking import Tell
from tests.chaos.inbox.records import AssetStates, Records
from tests.chaos.inbox.story import Life, Pace, Story

ROUND_TRIP = 0.003
"""Seconds for a question to the supervisor; 15 ms in earnest."""

LATE = 0.1
"""Seconds by which a sync may be late before it counts as this machine's fault."""


class Steps:
    """Counts the steps that a life passes, and ends it at the one that its story says."""

    def __init__(self, life: Life, records: Records) -> None:
        self._life = life
        self._records = records
        self._passed: Counter[str] = Counter()

    def __call__(self, name: str) -> None:
        self._passed[name] += 1
        if name == self._life.kill and self._passed[name] == self._life.nth:
            self._records.write("dies")
            os.kill(os.getpid(), signal.SIGKILL)


class Supervisor:
    """What Airflow's supervisor does for the runner."""

    def __init__(self, story: Story, began: float, records: Records, states: AssetStates, step: Steps) -> None:
        self._story = story
        self._began = began
        self._records = records
        self._states = states
        self._step = step
        self._events: deque[Any] = deque()
        self._news = asyncio.Event()
        self._persisted: list[int] = []
        self._created: set[int] = set()

    async def asend(self, msg: Any) -> Any:
        """Answer a question about an asset's state."""
        await asyncio.sleep(ROUND_TRIP)
        if isinstance(msg, GetAssetStateStoreByName):
            value = self._states.get(msg.name, msg.key)
            return (
                ErrorResponse(error=ErrorType.ASSET_STORE_NOT_FOUND)
                if value is None
                else AssetStateStoreResult(value=value)
            )
        if isinstance(msg, SetAssetStateStoreByName):
            self._states.set(msg.name, msg.key, msg.value)
            return OKResponse(ok=True)
        raise NotImplementedError(type(msg).__name__)

    def sync(self, msg: Any) -> Any:
        """Take the runner's events, and tell it what has been persisted since the last sync."""
        if msg.events:
            self._events.extend(msg.events)
            self._news.set()
        for trigger_id, traceback in msg.failures or ():
            self._records.write("failed", watcher=self._asset(trigger_id), says="".join(traceback or ())[-600:])
            # Airflow starts it again.
            self._created.discard(trigger_id)
        persisted, self._persisted = self._persisted, []
        return messages.TriggerStateSync(
            to_create=list(self._to_create()), to_cancel=set(), events_persisted=persisted or None
        )

    async def persist_for_ever(self) -> None:
        """Persist one event after another."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._events:
                entry = self._events.popleft()
                self._step("between yield and persist")
                await asyncio.sleep(self._story.persist)
                payload = entry.event.payload
                watcher = self._asset(entry.trigger_id)
                self._records.write("event", watcher=watcher, id=payload["message_id"], payload=payload)
                self._step("between persist and confirm")
                if entry.persist_seq is not None:
                    self._persisted.append(entry.persist_seq)

    def _asset(self, trigger_id: int) -> str:
        return self._story.watchers[trigger_id].asset

    def _to_create(self) -> Any:
        for trigger_id, watcher in enumerate(self._story.watchers):
            if trigger_id in self._created or time.time() < self._began + watcher.joins:
                continue
            self._created.add(trigger_id)
            self._records.write("created", watcher=watcher.asset)
            path, arguments = SmsWorksInboxTrigger(**watcher.filters, poll_interval=self._story.poll).serialize()
            yield RunTrigger(
                id=trigger_id,
                classpath=path,
                encrypted_kwargs=Trigger.encrypt_kwargs(arguments),
                watched_assets={watcher.asset: f"x-sms://{watcher.asset}"},
            )


class Runner(TriggerRunner):
    """Airflow's runner with that supervisor."""

    def __init__(self, supervisor: Supervisor, step: Steps) -> None:
        super().__init__()
        self._supervisor = supervisor
        self._step = step

    async def asend(self, msg: Any) -> Any:
        return self._supervisor.sync(msg)

    async def sync_state_to_supervisor(self, finished_ids: list[int]) -> None:
        confirmed = len(self._supervisor._persisted)
        await super().sync_state_to_supervisor(finished_ids)
        if confirmed:
            self._step("between confirm and cursor write")


def live(story: Story, life: Life, number: int, began: float, folder: Path, tell: Tell) -> None:
    """Be a triggerer, until somebody kills it."""
    records = Records(folder, number)
    step = Steps(life, records)
    step("at once")
    _set_pace(story.pace)
    _watch_looks(records, step)
    supervisor = Supervisor(story, began, records, AssetStates(folder, records, step), step)
    task_runner.SUPERVISOR_COMMS = supervisor  # type: ignore[assignment]
    asyncio.run(_run(Runner(supervisor, step), supervisor, story.sync, records))


async def _run(runner: Runner, supervisor: Supervisor, sync: float, records: Records) -> None:
    """Do what `TriggerRunner.arun` does once it has its supervisor."""
    persisting = asyncio.create_task(supervisor.persist_for_ever())
    while True:
        began = time.time()
        finished = await runner.cleanup_finished_triggers()
        await runner.sync_state_to_supervisor(finished)
        await runner.create_triggers()
        await runner.cancel_triggers()
        await asyncio.sleep(sync)
        if (late := time.time() - began - sync) > LATE:
            records.write("late", seconds=late)
        if persisting.done():
            persisting.result()


def _watch_looks(records: Records, step: Steps) -> None:
    look = SmsWorksHook.asearch_all_messages

    async def watched(self: SmsWorksHook, **query: Any) -> Any:
        step("before a look")
        began = time.time()
        found = await look(self, **query)
        records.write("look", began=began, since=str(query["since"]), found=len(found))
        step("between look and yield")
        return found

    SmsWorksHook.asearch_all_messages = watched  # type: ignore[method-assign]


def _set_pace(pace: Pace) -> None:
    """Let minutes be seconds: nobody waits an hour for a story."""
    for module in (shared, cursor, watch):
        module.OVERLAP = dt.timedelta(seconds=pace.overlap)
    shared._MARGIN = dt.timedelta(seconds=pace.margin)
    shared._SHORT = dt.timedelta(seconds=pace.short)
    shared._LONG_EVERY = pace.long_every
    shared._SLOWEST = pace.slowest
    shared._QUICKEST = pace.quickest
    stream._LONGEST_ROUND = pace.longest_round


def pace_now() -> Pace:
    """Return the package's own pace: what a run in earnest has."""
    return Pace(
        overlap=shared.OVERLAP.total_seconds(),
        margin=shared._MARGIN.total_seconds(),
        short=shared._SHORT.total_seconds(),
        long_every=shared._LONG_EVERY,
        slowest=shared._SLOWEST,
        quickest=shared._QUICKEST,
        longest_round=stream._LONGEST_ROUND,
    )
