"""One wait among those that share a poll: what it asks, what it is told, when it wants to look again."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Mapping
from typing import Any

from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksNotFoundError, SmsWorksUnreadableError
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.api.records.messages import read_messages
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.deliveries.reading import Breath, id_of, moment_of, what_it_says
from airflow_provider_smsworks.subjects.message import Delivery
from airflow_provider_smsworks.subjects.subject import Call, Event, Look, Pause
from airflow_provider_smsworks.waiting import Wait

_FIRST = 2.0
"""Seconds until the first look, at most: others who join meanwhile look together."""

_AT_ONCE = 0.05
_CLOCKS_DIFFER = 3600.0
"""Seconds."""

MARKED, PLAIN, ALONE = range(3)
"""How a message is found: among ours, among everybody's, or by its id only."""


class Member:
    """
    One wait. There may be ten thousand, so it keeps little.

    What it asks and what an answer means is its subject's; this is where the answers come from. It runs in the context
    that the wait began in, so that what it logs is in the log of its task.

    :ivar ends: gets the event that ends the wait
    :ivar message_id: of the one message that it waits for; None: it waits for batches
    :ivar wants: whether it wants an answer now
    :ivar asks: the question, as soon as it has put one
    :ivar due: when to look next, by the monotonic clock
    :ivar created: when the message was sent, by the gateway's clock; None: not known yet
    :ivar level: how far back it was looked for, while that is not known; see ``search``
    """

    __slots__ = (
        "_context", "_is_moving", "_looking", "_says", "_seen", "_slack", "asks", "batch_id", "created",
        "deadline", "due", "ends", "found_by", "joined", "level", "message_id", "wait", "wants",
    )  # fmt: skip

    def __init__(self, wait: Wait) -> None:
        now = time.monotonic()
        self.wait = wait
        self.ends: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self.message_id = None
        if isinstance(wait.subject, Delivery):
            self.message_id = str(wait.subject.arguments["message_id"]).strip()
        self.wants = False
        self.asks: Call | None = None
        self.joined = time.time()
        self.deadline = now + wait.left
        self.due = now + min(_FIRST, wait.pause())
        self.created: float | None = None
        self.batch_id: str | None = None
        self.found_by = MARKED
        self.level = 0
        self._slack = _FIRST
        self._context = contextvars.copy_context()
        self._looking: Look | None = None
        self._says: int | None = None
        self._seen: dict[str, int] | None = None
        self._is_moving = False

    def is_due(self, now: float) -> bool:
        """Tell whether it is, or nearly: those who look together cost less."""
        return self.due - self._slack <= now

    def is_last(self, now: float) -> bool:
        """Tell whether this is the last look."""
        return now >= self.deadline

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or nobody waits any more."""
        return self.ends.done()

    def ask(self, settings: Settings, now: float) -> None:
        """Put a question: begin a look, or go on with one that has not come to its end; it may end at once."""
        if self._looking is None:
            self._looking = self.wait.subject.look(settings, self.wait.log)
            self._is_moving = False
        if self.asks is None:
            self._go_on(None, settings, now)

    def take(self, answer: Record | list[Record] | None, settings: Settings, now: float) -> None:
        """Take the answer to what it asks; it may ask something else then."""
        if isinstance(answer, dict):
            self._locate(answer)
        self.asks = None
        self._go_on(answer, settings, now)

    def take_listed(self, message: Mapping[str, Any], settings: Settings, now: float) -> None:
        """Take the message that it waits for as a list has it, whether it wants that now or not."""
        says = what_it_says(message)
        if says == self._says and now < self.deadline:
            # The same answer means the same, whatever that is: the wait goes on.
            self._end(None, now)
            return
        try:
            [record] = read_messages([message])
        except (ValueError, TypeError, RecursionError):
            return  # read by its id it may make sense
        self._says = says
        self.ask(settings, now)
        if self.asks is not None:
            self.take(record, settings, now)

    async def take_batch(self, messages: list[Any], settings: Settings, now: float) -> None:
        """Take what a batch says. Where a message can be told from others, what it said before is left out."""
        breath, new = Breath(), []
        seen = {} if self._seen is None else self._seen
        said: dict[str, int] = {}
        try:
            for message in messages:
                name, says = id_of(message), what_it_says(message)
                if name is None or seen.get(name) != says:
                    new += read_messages([message])
                    if name is not None:
                        said[name] = says
                await breath.take()
        except (ValueError, TypeError, RecursionError):
            self.failed(SmsWorksUnreadableError("The gateway's list of its messages cannot be read."), settings, now)
            return
        # Not before: whoever ends the poll in between must not make this wait miss anything.
        self._is_moving = self._is_moving or not seen.keys().isdisjoint(said)
        self._seen = seen | said if said else seen
        self.take(new, settings, now)
        while self._looking is not None and self.asks is None and self.due <= now:
            await asyncio.sleep(0)
            self._go_on(None, settings, now)

    def failed(self, error: SmsWorksError, settings: Settings | None, now: float) -> None:
        """Take an error in the place of an answer."""
        if isinstance(error, SmsWorksNotFoundError) and settings and self.asks and self.asks.may_be_missing:
            self.take(None, settings, now)
            return
        lag = settings.search_lag if settings else 0.0
        # Everybody may get the same error, which would remember the way through each of them.
        self._end(self._context.run(self.wait.failed, error.with_traceback(None), lag), now)

    def postpone(self, now: float) -> None:
        """Wait for the next look without an answer."""
        self._end(None, now)

    def _rest(self, now: float) -> None:
        pause = self.wait.pause(age=self._age, is_moving=self._is_moving)
        self.due = now + pause
        self._slack = 0.0 if self.due >= self.deadline - _AT_ONCE else pause / 2

    @property
    def _age(self) -> float:
        """How many seconds ago the message was sent, at the least."""
        return 0.0 if self.created is None else max(0.0, time.time() - self.created - _CLOCKS_DIFFER)

    def _locate(self, message: Record) -> None:
        if self.created is None:
            self.created = moment_of(message.get("created"))
            self.batch_id = message.get("batch_id")
            self.found_by = MARKED

    def _go_on(self, answer: Any, settings: Settings, now: float) -> None:
        assert self._looking is not None
        try:
            step = self._context.run(self._looking.send, answer)
        except StopIteration as done:
            self._end(self._context.run(self.wait.looked, done.value), now)
        except SmsWorksError as error:
            self.failed(error, settings, now)
        except Exception as error:  # an answer that nobody thought of ends this wait, and no other one
            self.wants, self.asks, self._looking = False, None, None
            if not self.ends.done():
                self.ends.set_exception(error)
        else:
            self.asks = None if isinstance(step, Pause) else step
            self.wants = self.asks is not None
            if isinstance(step, Pause):
                self.due, self._slack = now + step.seconds, 0.0

    def _end(self, event: Event | None, now: float) -> None:
        """End the look, and with an event the wait."""
        self.wants, self.asks, self._looking = False, None, None
        if event is None:
            self._rest(now)
        elif not self.ends.done():
            self.ends.set_result(event)
