"""
One poll of the inbox for all who wait for texts on a connection, in one process.

A thousand waits and fifty watchers cost as many calls as one. Everybody who waits says since when texts matter; what
came since the earliest of these moments is kept here, in memory. Nothing is kept for longer than somebody waits: a
process that dies loses nothing, as looking consumes nothing.

Three kinds of looks keep the calls few and nothing hidden. A *first* look reaches back to where somebody new wants to
begin. Most looks are *short*: what came since the newest text that is known, and a little before. Once a minute a
*long* one reaches an hour back: it finds what the gateway showed late, and what its clock dates wrongly.
"""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import takewhile
from weakref import WeakKeyDictionary

from airflow.providers.common.compat.sdk import timezone

from airflow_provider_smsworks import metrics
from airflow_provider_smsworks.api.errors import SmsWorksAuthError, SmsWorksError, SmsWorksUnavailableError
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.subjects.arrived import TOLERANCE, Arrived, mark_of_secret

OVERLAP = dt.timedelta(hours=1)
"""How late a text may become visible, or how wrong the gateway's clock may be, and still be found."""

_SHORT = dt.timedelta(seconds=30)
_MARGIN = dt.timedelta(minutes=5)
"""How much more than wanted a first look takes: those who wait for the same begin at almost the same moment."""

_LONG_EVERY = 60.0
_QUICKEST = 0.5
_SLOWEST = 60.0
"""Seconds between two looks."""

log = logging.getLogger(__name__)


class Member:
    """
    One who waits for texts.

    :param since: texts of before matter no more; it moves on with what this member gets. None: it wants none, only to
        know when somebody may get some
    :param interval: how many seconds there should be between two looks, now
    """

    def __init__(self, inbox: Inbox, since: dt.datetime | None, interval: Callable[[], float]) -> None:
        self.since = since
        self.interval = interval
        self.news = asyncio.Event()
        self._inbox = inbox
        self._last = 0

    async def texts(self, within: float) -> list[Arrived]:
        """
        Return the texts that this member has not got yet; none if ``within`` (seconds) none comes.

        :raises SmsWorksError: the inbox cannot be read now; it may be at the next look
        """
        try:
            # Not wait_for: before Python 3.12 that may swallow a cancellation.
            async with asyncio.timeout(max(0.0, within)):
                await self.news.wait()
        except TimeoutError:
            return []
        self.news.clear()
        if self._inbox.error is not None:
            # Everybody gets the same error, which would remember the way through each of them.
            raise self._inbox.error.with_traceback(None)
        return self.new()

    def new(self) -> list[Arrived]:
        """Return the texts that this member has not got yet, at once."""
        if self.since is None or not self._inbox.reaches(self.since):
            return []
        new = self._inbox.after(self._last)
        self._last = max([self._last, *(kept.number for kept in new)])
        # What is older and becomes visible later than that, nobody promises to find.
        self.since = max(self.since, self._inbox.newest - OVERLAP)
        return [kept.text for kept in new]

    def leave(self) -> None:
        """Wait no more."""
        self._inbox.leave(self)


class _Kept:
    """A text, how many-eth it was that became known here, and when."""

    def __init__(self, text: Arrived, number: int) -> None:
        self.text = text
        self.number = number
        self.known_since = time.monotonic()

    def may_go(self, before: dt.datetime) -> bool:
        """Tell whether nobody wants it any more who wants nothing of before a moment."""
        if self.text.moment is None:
            return time.monotonic() - self.known_since > OVERLAP.total_seconds()
        return self.text.moment < before


class Inbox:
    """
    What came in on a connection.

    :param unread: only what nobody has read
    """

    def __init__(self, conn_id: str, *, unread: bool = False) -> None:
        self.conn_id = conn_id
        self.unread = unread
        self.error: SmsWorksError | None = None
        self.known: dict[str, Settings] = {}
        """The connection's settings by the mark of their secret: after a new token also the earlier ones."""
        self._members: set[Member] = set()
        self._texts: dict[str, _Kept] = {}
        self._count = 0
        self._floor: dt.datetime | None = None
        self._newest: dt.datetime | None = None
        self._long_look = 0.0
        self._failures = 0
        self._hook: SmsWorksHook | None = None
        self._connected = 0.0
        self._is_stale = False
        self._reading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()

    @classmethod
    def of(cls, conn_id: str, *, unread: bool = False) -> Inbox:
        """Return the inbox of a connection that all share who run on this event loop."""
        inboxes = _inboxes.setdefault(asyncio.get_running_loop(), {})
        return inboxes.setdefault((conn_id, unread), cls(conn_id, unread=unread))

    def join(self, since: dt.datetime | None, interval: Callable[[], float]) -> Member:
        """Let somebody wait; whoever joins leaves at the end."""
        member = Member(self, since, interval)
        self._members.add(member)
        if since is None or (self.reaches(since) and self.error is None):
            member.news.set()
        else:
            # Also after an error: it is one of before, and what it speaks of may be mended.
            self._wake.set()
        if self._task is None or self._task.done():
            # In a context of its own: it must not log in the name of the task that happens to be the first.
            self._task = asyncio.create_task(self._look_for_ever(), context=contextvars.Context())
        return member

    def leave(self, member: Member) -> None:
        """Let one go; with the last one the poll ends."""
        self._members.discard(member)
        if not self._members and self._task is not None:
            self._task.cancel()
            self._task = None
            metrics.gauge("waits", 0, self.conn_id, of="inbox")
            inboxes = _inboxes.get(asyncio.get_running_loop(), {})
            if inboxes.get((self.conn_id, self.unread)) is self:
                del inboxes[(self.conn_id, self.unread)]

    def reaches(self, since: dt.datetime) -> bool:
        """Tell whether all is known that came since a moment, up to the last look."""
        return self._floor is not None and self._floor <= since - TOLERANCE

    def after(self, number: int) -> list[_Kept]:
        """Return what became known after the text of this number, in that order."""
        newest_first = takewhile(lambda kept: kept.number > number, reversed(self._texts.values()))
        return list(newest_first)[::-1]

    @property
    def texts(self) -> list[Arrived]:
        """All that is kept."""
        return [kept.text for kept in self._texts.values()]

    @property
    def newest(self) -> dt.datetime:
        """When the newest text came that is known, and never later than now: clocks may go wrong, and be mended."""
        now: dt.datetime = timezone.utcnow()
        return min(now, self._newest or now)

    async def settings_with(self, mark: str | None) -> Mapping[str, Settings]:
        """
        Return the known settings; reads the connection again if a secret is missing that it may have by now.

        :param mark: of the secret that somebody needs
        :raises SmsWorksError: the connection cannot be read, or is wrong
        """
        asked = time.monotonic()
        async with self._reading:
            if not self.known:
                await self._connect()
            elif mark is not None and mark not in self.known and self._connected < asked:
                hook = await self._connected_hook()
                await hook.aclose()
                # The next look reads it, too.
                self._is_stale = True
        return self.known

    def look_again(self) -> None:
        """Look soon: somebody wants to begin earlier than was known."""
        self._wake.set()

    def nudge(self) -> None:
        """Let everybody look at what is there."""
        for member in self._members:
            member.news.set()

    async def _look_for_ever(self) -> None:
        try:
            while True:
                self._wake.clear()
                began = time.monotonic()
                await self._try_to_look()
                metrics.time("poll", time.monotonic() - began, self.conn_id, of="inbox")
                metrics.gauge("waits", len(self._members), self.conn_id, of="inbox")
                pause = self._pause()
                try:
                    async with asyncio.timeout(pause):
                        await self._wake.wait()
                except TimeoutError:
                    continue
                # Somebody new: not a look for each of a thousand that come at once.
                await asyncio.sleep(max(0.0, min(pause, _QUICKEST) - (time.monotonic() - began)))
        finally:
            await self._disconnect()

    async def _try_to_look(self) -> None:
        try:
            is_news = await self._look_with_the_token_of_now()
        except SmsWorksError as error:
            await self._failed(error)
            return
        except Exception as error:  # a poll that ends would leave everybody waiting
            await self._failed(SmsWorksUnavailableError(f"the inbox cannot be read now ({type(error).__name__})"))
            return
        if self.error is not None:
            log.info("The inbox of connection `%s` can be read again.", self.conn_id)
        was_failing, self.error, self._failures = self.error is not None, None, 0
        if is_news or was_failing:
            self.nudge()

    async def _failed(self, error: SmsWorksError) -> None:
        self._failures += 1
        self.error = error
        log.warning("The inbox of connection `%s` cannot be read now: %s", self.conn_id, error)
        self.nudge()
        # The connection may be mended by then.
        await self._disconnect()

    async def _look_with_the_token_of_now(self) -> bool:
        is_just_read = self._hook is None or self._is_stale
        try:
            return await self._look(await self._connect_alone())
        except SmsWorksAuthError:
            if is_just_read:
                raise
        # A refusal ends all waits: not before it is that of the token which the connection has by now.
        await self._disconnect()
        return await self._look(await self._connect_alone())

    async def _look(self, hook: SmsWorksHook) -> bool:
        """Look once, and tell whether there is something new for anybody."""
        moments = [member.since for member in self._members if member.since is not None]
        if not moments:
            return False
        wanted = min(moments) - TOLERANCE
        since, is_long = self._begin(wanted)
        query = {"status": "INCOMING", "since": since, "unread": True if self.unread else None}
        found: list[Record] = await hook.asearch_all_messages(**query)
        is_first = self._floor is None or since < self._floor
        if is_long:
            self._long_look = time.monotonic()
        kept_since = wanted - _MARGIN
        texts = (Arrived(text, self.known) for text in found)
        new = [text for text in texts if text.is_incoming and text.message_id not in self._texts]
        for text in sorted(new, key=lambda text: text.order):
            if text.came_since(kept_since):
                self._count += 1
                self._texts[str(text.message_id)] = _Kept(text, self._count)
        self._texts = {name: kept for name, kept in self._texts.items() if not kept.may_go(kept_since)}
        self._newest = max((kept.text.moment for kept in self._texts.values() if kept.text.moment), default=None)
        self._floor = max(since if is_first or self._floor is None else self._floor, kept_since)
        return is_first or bool(new)

    def _begin(self, wanted: dt.datetime) -> tuple[dt.datetime, bool]:
        """Return since when to look, and whether that is a long look."""
        if self._floor is None or wanted < self._floor:
            return wanted - _MARGIN, True
        newest = self.newest
        if time.monotonic() - self._long_look >= _LONG_EVERY:
            return max(self._floor, newest - OVERLAP), True
        [*_, settings] = self.known.values()
        return max(self._floor, newest - _SHORT - dt.timedelta(seconds=settings.search_lag)), False

    def _pause(self) -> float:
        wanted = min((member.interval() for member in self._members), default=_SLOWEST)
        pause = max(_QUICKEST, wanted)
        return min(_SLOWEST, pause * 2**self._failures) if self._failures else pause

    async def _connect_alone(self) -> SmsWorksHook:
        # Not longer than that: whoever waits for the settings has a deadline, and a look may stall.
        async with self._reading:
            return await self._connect()

    async def _connect(self) -> SmsWorksHook:
        if self._is_stale:
            await self._disconnect()
        if self._hook is None:
            self._hook = await self._connected_hook()
            self._is_stale = False
        return self._hook

    async def _connected_hook(self) -> SmsWorksHook:
        hook = SmsWorksHook(self.conn_id)
        try:
            settings = (await hook.get_async_conn()).settings
        except SmsWorksError:
            raise
        except Exception as error:  # Airflow's own failure to hand out the connection should not end the waits
            raise SmsWorksUnavailableError(f"the connection cannot be read now ({type(error).__name__})") from None
        self._connected = time.monotonic()
        self.known.pop(mark_of_secret(settings), None)
        self.known[mark_of_secret(settings)] = settings
        return hook

    async def _disconnect(self) -> None:
        hook, self._hook = self._hook, None
        if hook is not None:
            # A poll that ended with that would leave everybody waiting.
            with suppress(Exception):
                await hook.aclose()


_inboxes: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, bool], Inbox]] = WeakKeyDictionary()
