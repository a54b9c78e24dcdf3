"""
One poll for all who wait for delivery reports on a connection, in one process.

Every wait keeps its own rhythm, which slows down as it lasts; who is nearly due looks together with who is. Nothing
is kept but the waits themselves: a process that dies loses nothing, as looking consumes nothing.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from weakref import WeakKeyDictionary

from airflow_provider_smsworks import metrics
from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksUnavailableError
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.deliveries.connection import Connection
from airflow_provider_smsworks.deliveries.look import GatewayIll, Look
from airflow_provider_smsworks.deliveries.member import Member
from airflow_provider_smsworks.deliveries.reading import Breath
from airflow_provider_smsworks.deliveries.search import Worth
from airflow_provider_smsworks.subjects.subject import Event
from airflow_provider_smsworks.waiting import Wait

_QUICKEST = 0.1
_SLOWEST = 60.0
_LAST_LOOK = 60.0
"""Seconds that the look at a deadline may take, before the wait ends without it."""

_BEFORE_A_LAST_LOOK = 5.0
"""Seconds between looks while the gateway is ill and waits come to their ends."""

log = logging.getLogger(__name__)


class Deliveries:
    """The waits on a connection."""

    def __init__(self, conn_id: str) -> None:
        self.conn_id = conn_id
        self._members: set[Member] = set()
        self._by_id: dict[str, list[Member]] = {}
        self._connection = Connection(conn_id)
        self._settings: Settings | None = None
        self._worth = Worth()
        self._failures = 0
        self._not_before = 0.0
        self._was_asked_to_wait = False
        self._next = 0.0
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def of(cls, conn_id: str) -> Deliveries:
        """Return the poll of a connection that all share who run on this event loop."""
        polls = _polls.setdefault(asyncio.get_running_loop(), {})
        if conn_id not in polls:
            polls[conn_id] = cls(conn_id)
        return polls[conn_id]

    async def wait(self, wait: Wait) -> Event:
        """Wait together with all others, and return what this wait ends with."""
        member = self._join(wait)
        try:
            async with asyncio.timeout(wait.left + _LAST_LOOK):
                return await member.ends
        except TimeoutError:
            return wait.subject.timeout_event()
        finally:
            self._leave(member)

    def _join(self, wait: Wait) -> Member:
        member = Member(wait)
        self._members.add(member)
        if member.message_id is not None:
            self._by_id.setdefault(member.message_id, []).append(member)
        if member.due < self._next:
            self._wake.set()
        if self._task is None or self._task.done():
            self._start()
        return member

    def _leave(self, member: Member) -> None:
        self._members.discard(member)
        member.wants = False
        if member.message_id is not None:
            those = self._by_id.get(member.message_id, [])
            if member in those:
                those.remove(member)
            if not those:
                self._by_id.pop(member.message_id, None)
        if not self._members and self._task is not None:
            self._task.cancel()
            self._task = None
            metrics.gauge("waits", 0, self.conn_id, of="deliveries")
            polls = _polls.get(asyncio.get_running_loop(), {})
            if polls.get(self.conn_id) is self:
                del polls[self.conn_id]

    def _start(self) -> None:
        # In a context of its own: it must not log in the name of the task that happens to be the first.
        self._task = asyncio.create_task(self._look_for_ever(), context=contextvars.Context())
        self._task.add_done_callback(self._go_on)

    def _go_on(self, task: asyncio.Task[None]) -> None:
        # Whatever ended it: those who still wait would wait for ever.
        if task is self._task and self._members and not task.get_loop().is_closed():
            self._start()

    async def _look_for_ever(self) -> None:
        try:
            while True:
                self._wake.clear()
                self._next = self._moment_of_next_look()
                if await self._is_time():
                    self._next = 0.0
                    began = time.monotonic()
                    await self._look()
                    metrics.time("poll", time.monotonic() - began, self.conn_id, of="deliveries")
                    metrics.gauge("waits", len(self._members), self.conn_id, of="deliveries")
        finally:
            await self._connection.close()

    async def _is_time(self) -> bool:
        """Wait for the next look; False: somebody joined who wants to look earlier."""
        try:
            async with asyncio.timeout(max(0.0, self._next - time.monotonic())):
                await self._wake.wait()
        except TimeoutError:
            return True
        return False

    def _moment_of_next_look(self) -> float:
        """Return when that is, by the monotonic clock."""
        moment = max(self._not_before, min((member.due for member in self._members), default=0.0))
        if self._failures and not self._was_asked_to_wait:
            end = min((member.deadline for member in self._members), default=moment)
            moment = min(moment, max(end, time.monotonic() + _BEFORE_A_LAST_LOOK))
        return moment

    async def _look(self) -> None:
        now = time.monotonic()
        due = [member for member in self._members if member.is_due(now)]
        seconds = 0.0
        try:
            self._settings = (await self._connection.client()).settings
            look = Look(self._connection, self._worth, self._by_id, self._settings)
            try:
                await look.look(due)
            finally:
                seconds = look.seconds
            await self._connection.end_look()
        except GatewayIll as ill:
            await self._failed(ill.error, due)
        except SmsWorksError as error:
            await self._failed(error, due)
        except Exception as error:  # a poll that ends would leave everybody waiting
            name = type(error).__name__
            await self._failed(SmsWorksUnavailableError(f"the reports cannot be read now ({name})"), due)
        else:
            if self._failures:
                log.info("The reports of connection `%s` can be read again.", self.conn_id)
            self._failures = 0
            self._not_before = time.monotonic() + max(_QUICKEST, seconds)

    async def _failed(self, error: SmsWorksError, due: list[Member]) -> None:
        if not self._failures:
            log.warning("The reports of connection `%s` cannot be read now: %s", self.conn_id, error)
        self._failures += 1
        self._worth.mended()
        now, breath = time.monotonic(), Breath()
        for member in due:
            # Some may have got an answer before it failed, and are due no more.
            if not member.is_over and member.is_due(now):
                member.failed(error, self._settings, now)
            await breath.take()
        pause = min((member.wait.pause() for member in due), default=_QUICKEST)
        pause = min(_SLOWEST, max(_QUICKEST, pause) * 2 ** min(self._failures, 10))
        self._was_asked_to_wait = error.retry_after is not None
        self._not_before = time.monotonic() + max(pause, error.retry_after or 0.0)
        # The connection may be mended by then.
        await self._connection.close()


_polls: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Deliveries]] = WeakKeyDictionary()
