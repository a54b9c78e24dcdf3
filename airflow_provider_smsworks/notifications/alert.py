"""
Alerts about one occasion, each to one phone, once, as far as that can be known.

Airflow may call back more than once for one thing: two schedulers see a run end, a triggerer is restarted in the middle
of a Deadline Alert. Nothing of Airflow's outlives all of these, so the gateway is asked: every alert carries a key, and
before one goes out it is looked for. What goes out at the same moment from two processes is not seen, and neither is
one that searches do not find yet (``search_lag``).

A doubt ends differently than a task's: nothing comes after an alert that could try again. So if the outcome of the call
is open, the alert is looked for, now and once the search lag has passed, and if it is still not there, it goes out a
second time, and not a third.

Whoever calls back waits for it, and the Dag processor not for long: after a search that failed nothing is looked for
any more, and after :data:`PATIENCE` nothing is waited for.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow_provider_smsworks import metrics
from airflow_provider_smsworks.api.errors import (
    SmsWorksError,
    SmsWorksOutcomeUnknownError,
    SmsWorksUnavailableError,
)
from airflow_provider_smsworks.api.operations import SEND_MESSAGE
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.notifications.occasion import Occasion
from airflow_provider_smsworks.sending.choices import Rules
from airflow_provider_smsworks.sending.identity import REPORTS_KEPT, Attempt
from airflow_provider_smsworks.sending.journal import Entry
from airflow_provider_smsworks.sending.messages import message_text
from airflow_provider_smsworks.sending.once import SendOnce
from airflow_provider_smsworks.sending.task import SendingTask
from airflow_provider_smsworks.sending.text import Sought, Text

if TYPE_CHECKING:
    from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

PATIENCE = 30.0
"""Seconds for all alerts about one occasion, after which none of them is looked for or sent a second time."""

ANSWER_WITHIN = 5.0
"""Seconds that the gateway may take for an answer."""


class _Notes:
    """What is known of an alert, for the moment that it takes."""

    remembers = True

    def __init__(self) -> None:
        self._entry: Entry | None = None

    @property
    def is_attempted(self) -> bool:
        """Whether a call went out."""
        return self._entry is not None

    def read(self) -> Entry | None:
        return self._entry

    def write(self, entry: Entry) -> None:
        self._entry = entry


class Alerts:
    """
    Sends the alerts about one occasion.

    :param template: what tells alerts about one occasion to one phone apart: their words before rendering
    """

    def __init__(
        self,
        hook: SmsWorksHook,
        occasion: Occasion,
        template: str,
        *,
        now: Callable[[], dt.datetime],
        log: logging.Logger,
        patience: float = PATIENCE,
    ) -> None:
        hook.answer_within(ANSWER_WITHIN)
        self._hook = hook
        self._occasion = occasion
        self._name = hashlib.sha256(template.encode()).hexdigest()[:16]
        self._now = now
        self._log = log
        self._ends = time.monotonic() + patience
        self._is_search_ill = False

    def send(self, arguments: Mapping[str, Any]) -> Record:
        """
        Send one alert, and return ``message_id status to parts credits_used adopted``.

        :param arguments: of the gateway's operation; ``to`` is one phone
        :raises SmsWorksError: it was not sent, or that is not known
        """
        attempt, notes, settings = self._attempt(), _Notes(), self._hook.settings
        part = f"alert {self._occasion.what} {self._occasion.repetition} {self._name}"
        text = message_text(SendingTask(self._hook, attempt, None), SEND_MESSAGE, arguments, part=part)
        once = SendOnce(
            attempt=attempt,
            rules=Rules(search_lag=settings.search_lag, longest_call=settings.longest_call),
            journal=notes,
            call=self._hook.get_conn().call,
            log=self._log,
            now=self._now,
            sleep=self._sleep,
        )
        try:
            result = self._send(once, self._looked_for(text, notes))
        except SmsWorksOutcomeUnknownError:
            metrics.count("unknown", 1, settings.conn_id)
            raise
        if result["adopted"] and not notes.is_attempted:
            # What it cost was counted when it went out.
            metrics.count("adopted", 1, settings.conn_id)
        else:
            metrics.count_sent(result, settings.conn_id)
        return result

    def _attempt(self) -> Attempt:
        of, now = self._occasion, self._now()
        # An alert does not wait until one of a moment ago could be seen.
        latest = now - dt.timedelta(seconds=self._hook.settings.search_lag)
        earliest = now - REPORTS_KEPT + dt.timedelta(days=1)
        return Attempt(
            of.dag_id,
            of.run_id,
            of.task_id,
            of.map_index,
            max_tries=0,
            # Whether this is the first time that Airflow calls back about it, nobody knows.
            is_repeat=True,
            due=None,
            began=max(earliest, min(of.since, latest)),
        )

    def _send(self, once: SendOnce, text: Text) -> Record:
        try:
            return once.send(text)
        except SmsWorksOutcomeUnknownError:
            if self._left <= 0:
                raise
            return once.send(text)

    def _looked_for(self, text: Text, notes: _Notes) -> Text:
        """Return the text so that it goes out where nobody can tell whether it did before, and not a second time."""
        find = text.find
        assert find is not None

        def find_or_not(sought: Sought) -> Record | None:
            try:
                if self._is_search_ill:
                    raise SmsWorksUnavailableError("searches do not work now")
                return find(sought)
            except SmsWorksError as error:
                self._is_search_ill |= not isinstance(error, SmsWorksOutcomeUnknownError)
                if notes.is_attempted:
                    raise
                self._log.warning("Whether this alert went out before is not known: %s.", error)
                return None

        return replace(text, find=find_or_not)

    @property
    def _left(self) -> float:
        return self._ends - time.monotonic()

    def _sleep(self, seconds: float) -> None:
        if seconds > self._left:
            raise SmsWorksUnavailableError("there is no time left to look for it")
        time.sleep(seconds)
