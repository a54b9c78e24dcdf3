"""
Several calls at once, and what becomes of them.

A gateway that fails one call in ten must not stop the others; one that is ill must not be asked for everything. So
calls go on past one whose outcome is open, and end after some of those in a row. A call that the gateway had no time
for (429) waits and is made again, for it sent nothing; all others wait with it.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Protocol

from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksRateLimitError, SmsWorksRejectedError
from airflow_provider_smsworks.api.operations import Call
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.sending.choices import CALLS_PER_NOTE, LONGEST_PAUSE
from airflow_provider_smsworks.sending.cost import Credits
from airflow_provider_smsworks.sending.stretches import Planned

_MOST_UNKNOWN = 3
"""Calls in a row whose outcome is open, after which the gateway is taken for ill."""

_MOST_REFUSED = 10
"""Times in a row that the gateway has no time."""

_SHORTEST = 1.0
"""Seconds to wait at first for a gateway that has no time, and does not say how long."""

_SAYS_EVERY = 10.0
"""Seconds between two lines in the log."""

_DATA_IS_WRONG = (400, 413, 422)


class Texts(Protocol):
    """What is sent."""

    credits: Credits | None

    @property
    def count(self) -> int:
        """How many texts there are."""

    @property
    def certain(self) -> int:
        """How many of them certainly went out."""

    def calls(self) -> Iterator[Planned]:
        """Yield what is left, call by call."""

    def call(self, planned: Planned, key: str) -> Call[Record]:
        """Return a call, ready to go out."""

    def went_out(self, planned: Planned, batch_id: str) -> None:
        """Note that the gateway took a call."""

    def may_fail(self, more: int) -> bool:
        """Tell whether the author allows that so many more are not sent."""

    def was_refused(self, planned: Planned, error: SmsWorksError) -> None:
        """Note that the gateway refused a call for what is in it, and that the task goes on without."""


class InFlight:
    """
    The calls of one try.

    :param call: makes a call; in a thread
    :param note: writes down what may go out from now on
    :ivar unknown: the last call whose outcome is open says so with this
    :ivar refused: what ended it before everybody had theirs, if that certainly sent nothing
    """

    def __init__(
        self,
        texts: Texts,
        key: str,
        call: Callable[[Call[Record]], Record],
        note: Callable[[], None],
        log: logging.Logger,
        *,
        at_once: int,
    ) -> None:
        self._texts = texts
        self._key = key
        self._call = call
        self._note = note
        self._log = log
        self._at_once = at_once
        self._calls: Iterator[Planned] = texts.calls()
        self._ready: deque[Planned] = deque()
        self._running: dict[Future[Record], Planned] = {}
        self._unknown_in_a_row = self._refused_in_a_row = 0
        self._pause_until = 0.0
        self._pace = _Pace(texts, log)
        self.unknown: SmsWorksError | None = None
        self.refused: SmsWorksError | None = None

    def run(self) -> None:
        """Make all calls, or as many as make sense."""
        pool = ThreadPoolExecutor(self._at_once, thread_name_prefix="smsworks-calls")
        try:
            while True:
                while not self._is_over and not self._seconds_of_pause and len(self._running) < self._at_once:
                    if not self._ready and not self._plan():
                        break
                    planned = self._ready.popleft()
                    self._running[pool.submit(self._call, self._texts.call(planned, self._key))] = planned
                if self._running:
                    done, _ = wait(self._running, timeout=self._seconds_of_pause or None, return_when=FIRST_COMPLETED)
                    for future in done:
                        self._take(self._running.pop(future), future)
                elif self._seconds_of_pause and not self._is_over:
                    time.sleep(self._seconds_of_pause)
                elif self._is_over or not self._ready:
                    break
        finally:
            # Whoever ends the task does not wait for the gateway: what is under way is written down as open.
            pool.shutdown(wait=False, cancel_futures=True)
        for planned in self._ready:
            planned.has_not_gone_out()

    @property
    def _is_over(self) -> bool:
        return self.refused is not None or self._unknown_in_a_row >= _MOST_UNKNOWN

    @property
    def _seconds_of_pause(self) -> float:
        return max(0.0, self._pause_until - time.monotonic())

    def _plan(self) -> bool:
        self._ready.extend(islice(self._calls, CALLS_PER_NOTE))
        for planned in self._ready:
            planned.may_have_gone_out()
        if self._ready:
            self._note()
        return bool(self._ready)

    def _take(self, planned: Planned, future: Future[Record]) -> None:
        try:
            answer = future.result()
        except SmsWorksError as error:
            if not error.nothing_sent:
                self._log.warning("The outcome of a call is open: %s.", error)
                self._unknown_in_a_row += 1
                self.unknown = error
                return
            planned.has_not_gone_out()
            self._take_refusal(planned, error)
        else:
            self._unknown_in_a_row = self._refused_in_a_row = 0
            self._texts.went_out(planned, answer["batch_id"])
            self._pace.say()

    def _take_refusal(self, planned: Planned, error: SmsWorksError) -> None:
        if isinstance(error, SmsWorksRateLimitError) and self._refused_in_a_row < _MOST_REFUSED:
            # What was under way with others is refused with them.
            self._refused_in_a_row += not self._seconds_of_pause
            seconds = error.retry_after or min(LONGEST_PAUSE, _SHORTEST * 2**self._refused_in_a_row)
            if seconds > LONGEST_PAUSE:
                # Airflow's retry holds no worker.
                self.refused = error
                return
            self._log.info("The gateway asks to wait: calls go on in %.0f seconds.", seconds)
            self._pause_until = max(self._pause_until, time.monotonic() + seconds)
            planned.may_have_gone_out()
            self._ready.appendleft(planned)
        elif _is_about_its_texts(error) and self._texts.may_fail(len(planned.rows)):
            self._log.warning(
                "The gateway refused a call of %s texts, which `max_failed` allows: %s", len(planned.rows), error
            )
            self._texts.was_refused(planned, error)
        else:
            self.refused = self.refused or error


class _Pace:
    """Says in the log how far it has come, and how long the rest will take."""

    def __init__(self, texts: Texts, log: logging.Logger) -> None:
        self._texts = texts
        self._log = log
        self._began = self._said = time.monotonic()
        self._before = texts.certain

    def say(self) -> None:
        now = time.monotonic()
        if now - self._said < _SAYS_EVERY:
            return
        self._said = now
        done, total = self._texts.certain, self._texts.count
        pace = (done - self._before) / (now - self._began)
        credits = self._texts.credits
        self._log.info(
            "%s of %s texts have gone out (%d %%)%s; the rest will take about %s.",
            f"{done:,}",
            f"{total:,}",
            100 * done // total if total else 100,
            f", for at most {credits.most * (done - self._before) / max(1, total - self._before):,.0f} credits"
            if credits
            else "",
            _in_words((total - done) / pace),
        )


def _in_words(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} minutes and {seconds} seconds" if minutes else f"{seconds} seconds"


def _is_about_its_texts(error: SmsWorksError) -> bool:
    """Tell whether a call was refused for what is in it: another one may be taken."""
    return type(error) is SmsWorksRejectedError and error.http_status in _DATA_IS_WRONG and not error.transient
