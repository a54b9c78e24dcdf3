"""The rule that sends a text once, applied to a task: its context and its hook."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from airflow_provider_smsworks import metrics
from airflow_provider_smsworks.api.errors import (
    SmsWorksError,
    SmsWorksOutcomeUnknownError,
    SmsWorksValidationError,
)
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.sending.choices import Rules
from airflow_provider_smsworks.sending.cost import Bill, Budget
from airflow_provider_smsworks.sending.identity import Attempt, blind, send_key
from airflow_provider_smsworks.sending.journal import Journal, journal_of_task
from airflow_provider_smsworks.sending.once import SendOnce
from airflow_provider_smsworks.sending.progress import Progress
from airflow_provider_smsworks.sending.text import Text

if TYPE_CHECKING:
    from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook


MANY = "batch"
"""The part of a task that texts a list; see :meth:`SendingTask.key`."""


@dataclass(frozen=True)
class SendingTask:
    """
    The task that sends: what makes keys and fingerprints its own.

    :param own_name: the author's ``send_key``
    """

    hook: SmsWorksHook
    attempt: Attempt
    own_name: str | None

    @property
    def conn_id(self) -> str:
        """The connection."""
        return self.hook.smsworks_conn_id

    @property
    def settings(self) -> Settings:
        """What the connection says."""
        return self.hook.settings

    def key(self, part: str, recipients: Sequence[str] = ()) -> str:
        """Return the key of a logical send of this task; see :func:`send_key`."""
        return send_key(self.conn_id, self.attempt, send_key=self.own_name, part=part, recipients=recipients)

    def fingerprint(self, *named: str) -> str:
        """Return what Airflow's database may hold of a key or of words; see :func:`blind`."""
        return blind(self.settings.secrets[-1], *named)


def send_from_task(
    context: Mapping[str, Any],
    hook: SmsWorksHook,
    text_of: Callable[[SendingTask], Text],
    *,
    rules: Rules,
    budget: Budget,
    own_name: str | None,
    now: Callable[[], dt.datetime],
    log: logging.Logger,
) -> dict[str, Any]:
    """
    Send one text of a task, once, and return what the text's kind says of it.

    :param text_of: makes the text, of any kind
    :raises SmsWorksError: see :meth:`SendOnce.send`
    """
    task = SendingTask(hook, Attempt.of_task(context, now()), own_name)
    try:
        text = text_of(task)
    except SmsWorksValidationError:
        _say_what_went_out_before(journal_of_task(context, task.fingerprint("key", task.key(MANY))), log)
        raise
    many = text.many

    def check(text: Text) -> None:
        if many is None:
            budget.check(hook, Bill.of(text.bill), log)
            return
        if not many.takes_calls:
            return
        # A single call is taken as a whole or not at all.
        asks = many.takes_calls > 1 if budget.check_balance is None else budget.check_balance
        many.credits = replace(budget, check_balance=asks).check(hook, many.bill, log, paid=many.paid)

    once = SendOnce(
        attempt=task.attempt,
        rules=rules,
        journal=journal_of_task(context, task.fingerprint("key", text.key)),
        call=hook.get_conn().call,
        log=log,
        now=now,
        check=check,
    )
    try:
        result = once.send(text)
        if not once.has_kept:
            if many is None:
                metrics.count_sent(result, task.conn_id)
            else:
                many.tell_outcomes()
        return result
    except SmsWorksError as error:
        if isinstance(error, SmsWorksOutcomeUnknownError):
            metrics.count("unknown", 1, task.conn_id)
        if many is not None and many.has_begun:
            many.tell_outcomes()
        raise
    finally:
        if many is not None:
            many.close()


def _say_what_went_out_before(journal: Journal, log: logging.Logger) -> None:
    """Say of a list that cannot be read any more what an earlier try sent."""
    written = journal.read()
    if written and written.progress and (sent := Progress.read(written.progress).certain):
        log.warning("In earlier tries %s text(s) of this task have gone out; it goes on from there.", f"{sent:,}")
