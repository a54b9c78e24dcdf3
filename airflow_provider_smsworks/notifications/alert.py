"""
One alert to one phone, once, as far as that can be known.

Airflow may call back more than once for one thing: two schedulers see a run end, a triggerer is restarted in the middle
of a Deadline Alert. Nothing of Airflow's outlives all of these, so the gateway is asked: every alert carries a key, and
before one goes out it is looked for. What goes out at the same moment from two processes is not seen, and neither is
one that searches do not find yet (``search_lag``).

A doubt ends differently than a task's: nothing comes after an alert that could try again. So if the outcome of the call
is open, the alert is looked for, now and once the search lag has passed, and if it is still not there, it goes out a
second time, and not a third.
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
from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksOutcomeUnknownError
from airflow_provider_smsworks.api.operations import SEND_MESSAGE
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.notifications.occasion import Occasion
from airflow_provider_smsworks.sending.choices import Rules
from airflow_provider_smsworks.sending.identity import Attempt
from airflow_provider_smsworks.sending.journal import Entry
from airflow_provider_smsworks.sending.messages import message_text
from airflow_provider_smsworks.sending.once import SendOnce
from airflow_provider_smsworks.sending.task import SendingTask
from airflow_provider_smsworks.sending.text import Sought, Text

if TYPE_CHECKING:
    from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook


class _Notes:
    """What is known of an alert, for the moment that it takes."""

    remembers = True

    def __init__(self) -> None:
        self._entry: Entry | None = None

    def read(self) -> Entry | None:
        return self._entry

    def write(self, entry: Entry) -> None:
        self._entry = entry


def send_alert(
    hook: SmsWorksHook,
    occasion: Occasion,
    template: str,
    arguments: Mapping[str, Any],
    *,
    now: Callable[[], dt.datetime],
    log: logging.Logger,
    sleep: Callable[[float], None] = time.sleep,
) -> Record:
    """
    Send one alert, and return ``message_id status to parts credits_used adopted``.

    :param template: what tells alerts about one occasion to one phone apart: their words before rendering
    :param arguments: of the gateway's operation; ``to`` is one phone
    :raises SmsWorksError: it was not sent, or that is not known
    """
    visible = now() - dt.timedelta(seconds=hook.settings.search_lag)
    attempt = Attempt(
        occasion.dag_id,
        occasion.run_id,
        occasion.task_id,
        occasion.map_index,
        max_tries=0,
        # Whether this is the first time that Airflow calls back about it, nobody knows.
        is_repeat=True,
        due=None,
        # Not later: an alert does not wait until one of a moment ago could be seen.
        began=min(occasion.since, visible),
    )
    name = hashlib.sha256(template.encode()).hexdigest()[:16]
    part = f"alert {occasion.what} {occasion.repetition} {name}"
    text = message_text(SendingTask(hook, attempt, None), SEND_MESSAGE, arguments, part=part)
    once = SendOnce(
        attempt=attempt,
        rules=Rules(search_lag=hook.settings.search_lag, longest_call=hook.settings.longest_call),
        journal=_Notes(),
        call=hook.get_conn().call,
        log=log,
        now=now,
        sleep=sleep,
    )
    try:
        result = _send(once, text, log)
    except SmsWorksOutcomeUnknownError:
        metrics.count("unknown", 1, hook.smsworks_conn_id)
        raise
    metrics.count_sent(result, hook.smsworks_conn_id)
    return result


def _send(once: SendOnce, text: Text, log: logging.Logger) -> Record:
    try:
        return once.send(_sent_in_doubt(text, log))
    except SmsWorksOutcomeUnknownError:
        return once.send(text)


def _sent_in_doubt(text: Text, log: logging.Logger) -> Text:
    """Return the text so that it goes out where the gateway cannot tell whether it did before."""
    find = text.find
    assert find is not None

    def find_or_nothing(sought: Sought) -> Record | None:
        try:
            return find(sought)
        except SmsWorksError as error:
            log.warning("Whether this alert went out before is not known: %s.", error)
            return None

    return replace(text, find=find_or_nothing)
