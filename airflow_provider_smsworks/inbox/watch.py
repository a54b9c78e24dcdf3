"""
One watcher at the inbox: what it has to tell, and where it is written down that it has.

Airflow persists an event some time after it was yielded, and says so (from 3.3 on). A cursor is written only after
that. So a triggerer that dies between the two tells a text a second time, and never loses one.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from airflow.providers.common.compat.sdk import timezone

from airflow_provider_smsworks.api.errors import SmsWorksError
from airflow_provider_smsworks.inbox.cursor import Cursor
from airflow_provider_smsworks.inbox.shared import OVERLAP, Inbox
from airflow_provider_smsworks.subjects.arrived import Arrived
from airflow_provider_smsworks.subjects.incoming import IncomingText

AT_ONCE = 100
"""
Texts that a watcher tells in one go.

The triggerer writes each event to the database before it reports that it is alive; thousands would take longer than
Airflow waits for that.
"""


class Store(Protocol):
    """Airflow's store of an asset's state."""

    async def aget(self, key: str, default: Any = None) -> Any:
        """Return what was set."""

    async def aset(self, key: str, value: Any) -> None:
        """Keep a value; the database has it when this returns."""


class Watch:
    """
    Tells every text once that fits, as far as this process and the store know.

    :param filters: makes what decides whether a text fits; needs the settings, which may not be readable yet
    :param stores: of the assets that are watched; none where Airflow has no such thing (before 3.3)
    :param name: of what this watcher keeps there
    :param may_have_begun: whether, without a store, this may be a watcher that another process began
    """

    def __init__(
        self,
        inbox: Inbox,
        filters: Callable[[Inbox], IncomingText],
        stores: Sequence[Store],
        name: str,
        poll_interval: float,
        log: logging.Logger,
        *,
        may_have_begun: bool,
    ) -> None:
        self._inbox = inbox
        self._may_have_begun = may_have_begun
        self._filters = filters
        self._stores = stores
        self._name = name
        self._log = log
        self._pending: deque[Arrived] = deque()
        self._cursor: Cursor | None = None
        self._written: dict[str, Any] | None = None
        self._fitting: IncomingText | None = None
        self._has_begun = False
        # Where it begins is not known yet.
        self._member = inbox.join(None, lambda: poll_interval)

    def leave(self) -> None:
        """Watch no more."""
        self._member.leave()

    async def texts(self) -> list[Arrived]:
        """
        Return what is to be told now; what the last call returned is safe by now.

        Nothing that goes wrong here ends the watcher: it tries again at the next call.
        """
        try:
            await self._write_down()
            return await self._next()
        except SmsWorksError as error:
            self._log.warning("Incoming texts cannot be watched now: %s", error)
        except Exception as error:  # Airflow restarts a watcher that fails at once and for ever
            self._log.warning("Incoming texts cannot be watched now (%s).", type(error).__name__)
        return []

    async def _next(self) -> list[Arrived]:
        if self._cursor is None:
            self._cursor = await self._read()
            self._member.since = self._cursor.since
            self._inbox.look_again()
        if self._fitting is None:
            await self._inbox.settings_with(None)
            self._fitting = self._filters(self._inbox)
        self._has_begun = self._has_begun or self._inbox.reaches(self._cursor.since)
        if not self._has_begun:
            return []
        if self._cursor.began is not None:
            self._cursor.begin(self._inbox.texts)
            await self._write(self._cursor)
        new = sorted(self._member.new(), key=lambda text: text.order)
        self._pending += [text for text in new if self._cursor.wants(text) and self._fits(self._fitting, text)]
        now = [self._pending.popleft() for _ in range(min(AT_ONCE, len(self._pending)))]
        for text in now:
            self._cursor.tell(text)
        return now

    def _fits(self, fitting: IncomingText, text: Arrived) -> bool:
        try:
            return fitting.fits(text)
        except Exception as error:  # one strange text must not hide the others
            self._log.error("Text %s could not be compared (%s).", text.message_id, type(error).__name__)
            return False

    async def _read(self) -> Cursor:
        written = [value for store in self._stores if (value := await store.aget(self._name))]
        if written:
            # Of two assets with the same watcher one may be new: what the other was told, it was told.
            cursors = [Cursor.written(value) for value in written]
            return max(cursors, key=lambda cursor: cursor.since)
        now = timezone.utcnow()
        if not self._stores and self._may_have_begun:
            # Nothing is kept: what came in the last hour may not have been told.
            return Cursor(now - OVERLAP)
        cursor = Cursor.at_the_beginning(now)
        # At once: whatever happens from now on, what comes from now on is told.
        await self._write(cursor)
        return cursor

    async def _write_down(self) -> None:
        cursor = self._cursor
        if cursor is None or not self._has_begun:
            return
        if not self._pending:
            cursor.move(self._inbox.newest)
        written = self._written or {}
        moved = cursor.since - Cursor.written(written).since if written else OVERLAP
        if cursor.to_write()["told"] != written.get("told") or moved > OVERLAP / 60:
            await self._write(cursor)

    async def _write(self, cursor: Cursor) -> None:
        value = cursor.to_write()
        for store in self._stores:
            await store.aset(self._name, value)
        self._written = value


def name_of(arguments: Mapping[str, Any]) -> str:
    """Return the name of what a watcher keeps: another one has other filters, or another connection."""
    text = json.dumps(arguments, sort_keys=True)
    return f"smsworks_inbox_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
