"""
When to try again: a retry policy for tasks that talk to The SMS Works (Airflow 3.3 and later).

.. code-block:: python

    SmsWorksSendMessageOperator(task_id="text", ..., retries=5, retry_policy=SmsWorksRetryPolicy())

Nobody needs it: without it, and before Airflow 3.3, errors that may pass are retried after ``retry_delay``, and
permanent ones end the task.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowOptionalProviderFeatureException

from airflow_provider_smsworks.api.errors import SmsWorksCreditError, SmsWorksError, SmsWorksOutcomeUnknownError

try:
    from airflow.providers.common.compat.sdk import RetryDecision, RetryPolicy
except ImportError:
    raise AirflowOptionalProviderFeatureException(
        "SmsWorksRetryPolicy needs Airflow 3.3 or newer, which has retry policies. On this Airflow leave out"
        " `retry_policy`: errors that may pass are retried after `retry_delay`, permanent ones end the task at once."
    ) from None

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


class SmsWorksRetryPolicy(RetryPolicy):
    """
    Retry when it can help.

    ============================================== ============================================================
    what went wrong                                what this policy decides
    ============================================== ============================================================
    the gateway asked to wait (``Retry-After``),   try again after that time
    or (operators only, for they look whether the
    text went out) a number got too many texts
    within an hour
    the account has too little credit              try again after ``wait_for_credit``
    whether a text went out is not known           try again after ``retry_delay``, and not before ``settle``: the
                                                   next try looks for the text before it sends
    any other error that may pass                  the task's ``retries`` and ``retry_delay``
    any other permanent error                      the task ends
    an error of something else                     the task's ``retries`` and ``retry_delay``
    ============================================== ============================================================

    Airflow never tries more often than ``retries`` says: ``retries`` times ``wait_for_credit`` is how long a task
    waits for credit in all. No worker slot is held while it waits.

    :param wait_for_credit: how long to wait for somebody to buy credit, at each try; None: too little credit ends the
        task at once, as it does without this policy
    :param settle: how long an accepted text may take to show up in searches, where the task's own ``retry_delay`` is
        shorter
    :raises ValueError: a time is not a timedelta above 0
    """

    def __init__(
        self,
        *,
        wait_for_credit: dt.timedelta | None = dt.timedelta(minutes=15),
        settle: dt.timedelta = dt.timedelta(minutes=1),
    ) -> None:
        _check("settle", settle)
        if wait_for_credit is not None:
            _check("wait_for_credit", wait_for_credit)
        self.wait_for_credit = wait_for_credit
        self.settle = settle

    def __repr__(self) -> str:
        return f"{type(self).__name__}(wait_for_credit={self.wait_for_credit!r}, settle={self.settle!r})"

    def waits_out(self, error: SmsWorksError) -> bool:
        """Tell whether this policy waits until a permanent error is over, so that it must not end the task."""
        return self.wait_for_credit is not None and isinstance(error, SmsWorksCreditError) and error.nothing_sent

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        """Decide whether and when a failed task is tried again. Airflow asks in the worker."""
        if not isinstance(exception, SmsWorksError):
            return RetryDecision.default()
        if self.waits_out(exception):
            return RetryDecision.retry(self.wait_for_credit, "too little credit: waiting for more")
        if not exception.transient:
            return RetryDecision.fail("no retry can mend this error")
        asked = _asked_for(exception)
        if isinstance(exception, SmsWorksOutcomeUnknownError):
            least = max(self.settle, asked or self.settle)
            if _retry_delay(context) >= least:
                return RetryDecision.default()
            return RetryDecision.retry(least, "whether the text went out is not known: the next try looks first")
        if asked is None:
            return RetryDecision.default()
        return RetryDecision.retry(asked, f"the gateway asked to wait {asked.total_seconds():g} seconds")


def _check(name: str, value: Any) -> None:
    if not isinstance(value, dt.timedelta) or value <= dt.timedelta(0):
        raise ValueError(f"SmsWorksRetryPolicy: `{name}` must be a timedelta above 0, such as timedelta(minutes=15)")


def _asked_for(error: SmsWorksError) -> dt.timedelta | None:
    """Return the wait that the gateway asked for; of an open outcome the error before it knows."""
    before = error.__cause__
    seconds = error.retry_after
    if seconds is None and isinstance(before, SmsWorksError):
        seconds = before.retry_after
    return None if seconds is None else dt.timedelta(seconds=seconds)


def _retry_delay(context: Any) -> dt.timedelta:
    """Return the task's own delay; none if it cannot be seen."""
    delay = getattr((context or {}).get("task"), "retry_delay", None)
    return delay if isinstance(delay, dt.timedelta) else dt.timedelta(0)
