"""How to wait: one set of decisions for the triggerer and for the worker, whatever is waited for."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Sequence
from typing import Any

from airflow.providers.common.compat.sdk import timezone

from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksNotFoundError, SmsWorksUnavailableError
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.subjects.batches import Batches
from airflow_provider_smsworks.subjects.message import Delivery
from airflow_provider_smsworks.subjects.subject import Event, Pause, Subject

_QUICKEST = 0.1
_SLOWEST = 60.0
"""Seconds between two looks. A sensor's poke_interval of 0 must not flood the gateway."""


class Wait:
    """
    One wait. Whoever waits tells it what a look found, and gets the event that ends the wait, or None.

    :param subject: what is waited for
    :param deadline: aware, when to give up
    :param poll_interval: seconds between two looks at the beginning; it grows with the wait, up to a minute
    """

    def __init__(self, subject: Subject, deadline: dt.datetime, poll_interval: float, log: logging.Logger) -> None:
        self.subject = subject
        self.log = log
        self._deadline = deadline
        self._poll_interval = poll_interval
        self._began = time.monotonic()
        self._told: type[SmsWorksError] | None = None

    @property
    def waited(self) -> float:
        """Seconds since the wait began here."""
        return time.monotonic() - self._began

    @property
    def left(self) -> float:
        """Seconds until the wait gives up."""
        left: float = (self._deadline - timezone.utcnow()).total_seconds()
        return max(0.0, left)

    def looked(self, event: Event | None) -> Event | None:
        """Take what a look says: the event that ends the wait, or that it goes on."""
        self._told = None
        return event or self._give_up()

    def failed(self, error: SmsWorksError, search_lag: float) -> Event | None:
        """Take an error: the gateway may come back, and what is new may not be visible yet."""
        new = isinstance(error, SmsWorksNotFoundError) and self.waited <= search_lag
        if not error.transient and not new:
            return self.subject.error_event(error)
        if type(error) is not self._told:
            # Once, and not at every look for as long as the gateway is away.
            self._told = type(error)
            self.log.warning("%s cannot be read now: %s", self.subject.label, error)
        return self._give_up()

    def pause(self, *, age: float = 0.0, is_moving: bool = False) -> float:
        """
        Return how many seconds to wait before the next look.

        :param age: for how many seconds what is waited for may have been on its way, if that is longer than the wait
        :param is_moving: whether the last look saw that something goes on
        """
        slower = min(max(self.waited, age) / 10, _SLOWEST)
        if is_moving:
            slower = min(slower, 2 * self._poll_interval)
        return min(max(self._poll_interval, _QUICKEST, slower), self.left)

    def _give_up(self) -> Event | None:
        return None if timezone.utcnow() < self._deadline else self.subject.timeout_event()


class DeliveryWait(Wait):
    """The wait for the delivery of one message."""

    def __init__(self, message_id: str, deadline: dt.datetime, poll_interval: float, log: logging.Logger) -> None:
        super().__init__(Delivery(message_id), deadline, poll_interval, log)


class BatchDeliveryWait(Wait):
    """The wait for the delivery of batches; see :class:`Batches`."""

    def __init__(
        self,
        batch_ids: Sequence[str],
        deadline: dt.datetime,
        poll_interval: float,
        log: logging.Logger,
        *,
        expected: int | None = None,
        at_least: float = 1.0,
    ) -> None:
        super().__init__(Batches(batch_ids, expected=expected, at_least=at_least), deadline, poll_interval, log)


def wait_in_worker(hook: SmsWorksHook, wait: Wait) -> Event:
    """Wait where the task runs, holding its slot; for tasks that are not deferrable."""
    while True:
        try:
            event = wait.looked(look_in_worker(hook, wait.subject, wait.log))
        except SmsWorksError as error:
            event = wait.failed(error, hook.settings.search_lag)
        if event:
            return event
        time.sleep(wait.pause())


async def wait_in_triggerer(hook: SmsWorksHook, wait: Wait) -> Event:
    """Wait on the triggerer's event loop."""
    settings: Settings | None = None
    while True:
        try:
            settings = await _settings(hook)
            event = wait.looked(await _look_in_triggerer(hook, wait.subject, settings, wait.log))
        except SmsWorksError as error:
            event = wait.failed(error, settings.search_lag if settings else 0.0)
        if event:
            return event
        await asyncio.sleep(wait.pause())


def look_in_worker(hook: SmsWorksHook, subject: Subject, log: logging.Logger) -> Event | None:
    """Look once, and return the event that ends the wait, or None."""
    looking = subject.look(hook.settings, log)
    answer: Any = None
    while True:
        try:
            step = looking.send(answer)
        except StopIteration as done:
            return _event(done)
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            answer = None
            continue
        try:
            answer = getattr(hook, step.method)(**step.arguments)
        except SmsWorksNotFoundError:
            if not step.may_be_missing:
                raise
            answer = None


async def _look_in_triggerer(
    hook: SmsWorksHook, subject: Subject, settings: Settings, log: logging.Logger
) -> Event | None:
    looking = subject.look(settings, log)
    answer: Any = None
    while True:
        try:
            step = looking.send(answer)
        except StopIteration as done:
            return _event(done)
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            answer = None
            continue
        try:
            answer = await getattr(hook, f"a{step.method}")(**step.arguments)
        except SmsWorksNotFoundError:
            if not step.may_be_missing:
                raise
            answer = None


def _event(done: StopIteration) -> Event | None:
    event: Event | None = done.value
    return event


async def _settings(hook: SmsWorksHook) -> Settings:
    try:
        return (await hook.get_async_conn()).settings
    except SmsWorksError:
        raise
    except Exception as error:  # Airflow's own failure to hand out the connection should not end the wait
        raise SmsWorksUnavailableError(f"the connection cannot be read now ({type(error).__name__})") from None
