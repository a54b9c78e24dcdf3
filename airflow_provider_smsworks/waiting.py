"""How to wait for a delivery report: one set of decisions for the triggerer and for the worker."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from typing import Any

from airflow.providers.common.compat.sdk import timezone

from airflow_provider_smsworks import report
from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksNotFoundError, SmsWorksUnavailableError
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

_QUICKEST = 0.1
_SLOWEST = 60.0
"""Seconds between two looks. A sensor's poke_interval of 0 must not flood the gateway."""


class DeliveryWait:
    """
    One wait. Whoever waits tells it what was seen, and gets the event that ends the wait, or None.

    :param message_id: the gateway's id
    :param deadline: aware, when to give up
    :param poll_interval: seconds between two looks at the beginning; it grows with the wait, up to a minute
    """

    def __init__(self, message_id: str, deadline: dt.datetime, poll_interval: float, log: logging.Logger) -> None:
        self.message_id = message_id
        self._deadline = deadline
        self._poll_interval = poll_interval
        self._log = log
        self._began = time.monotonic()
        self._last: Record | None = None

    @property
    def waited(self) -> float:
        """Seconds since the wait began here."""
        return time.monotonic() - self._began

    def saw(self, message: Record) -> dict[str, Any] | None:
        """Take what the gateway says of the message."""
        self._last = message
        return report.final_event(message) or self._give_up()

    def failed(self, error: SmsWorksError, search_lag: float) -> dict[str, Any] | None:
        """Take an error: the gateway may come back, and a new message may not be visible yet."""
        new = isinstance(error, SmsWorksNotFoundError) and self.waited <= search_lag
        if not error.transient and not new:
            return report.error_event(self.message_id, error)
        self._log.warning("The report of message %s cannot be read now: %s", self.message_id, error)
        return self._give_up()

    def pause(self) -> float:
        """Return how many seconds to wait before the next look."""
        left: float = (self._deadline - timezone.utcnow()).total_seconds()
        return max(0.0, min(max(self._poll_interval, _QUICKEST, min(self.waited / 10, _SLOWEST)), left))

    def _give_up(self) -> dict[str, Any] | None:
        if timezone.utcnow() < self._deadline:
            return None
        return report.timeout_event(self.message_id, self._last)


def wait_in_worker(hook: SmsWorksHook, wait: DeliveryWait) -> dict[str, Any]:
    """Wait where the task runs, holding its slot; for tasks that are not deferrable."""
    while True:
        try:
            event = wait.saw(hook.get_message(wait.message_id))
        except SmsWorksError as error:
            event = wait.failed(error, hook.settings.search_lag)
        if event:
            return event
        time.sleep(wait.pause())


async def wait_in_triggerer(hook: SmsWorksHook, wait: DeliveryWait) -> dict[str, Any]:
    """Wait on the triggerer's event loop."""
    search_lag = 0.0
    while True:
        try:
            search_lag = await _search_lag(hook)
            event = wait.saw(await hook.aget_message(wait.message_id))
        except SmsWorksError as error:
            event = wait.failed(error, search_lag)
        if event:
            return event
        await asyncio.sleep(wait.pause())


async def _search_lag(hook: SmsWorksHook) -> float:
    try:
        return (await hook.get_async_conn()).settings.search_lag
    except SmsWorksError:
        raise
    except Exception as error:  # Airflow's own failure to hand out the connection should not end the wait
        raise SmsWorksUnavailableError(f"the connection cannot be read now ({type(error).__name__})") from None
