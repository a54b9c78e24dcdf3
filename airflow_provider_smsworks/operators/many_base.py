"""The parameters of texts to many phones."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import Context

from airflow_provider_smsworks.operators.text_base import SmsWorksTextOperator


class SmsWorksTextToManyOperator(SmsWorksTextOperator):
    """
    What may be said of every text to many phones.

    The list is read to its end before anything goes out, into a temporary file without a name (in the directory of
    ``TMPDIR``; a million texts take some 300 MB there and no memory), so what is wrong with it and what it costs is
    known by then. Then it goes out in as few calls as the connection's ``batch_limit`` allows, several of them at the
    same time, not more of them a minute than its ``calls_per_minute``. The log says every ten seconds how far it has
    come.

    **If the worker dies**, the next try goes on with what is left: it knows which stretches of the list went out, and
    looks at the gateway for those calls that were under way. That holds if the list comes back in another order or
    with other people in it. **If the outcome of a call is open**, the others go on; at the end the task looks for it,
    and fails, retryably, if it is not found: the next try looks again, and texts who is not found. After three of them
    in a row it stops earlier. **If the gateway has no time** (429), all calls wait as long as it asks. A Clear of a
    task that texted a part of its list texts the others, with ``on_clear="resend"`` too. What is kept in Airflow's
    database names nobody: some 60 bytes for each call, and nothing for each text.

    :param max_failed: how many of the list may fail: a number, or below 1 a fraction. What cannot be sent (a wrong
        number, no words) counts, and so do the texts of a call that the gateway refuses for what is in it. More than
        that, and nothing goes out (or nothing more); default: 0
    :param calls_at_once: how many calls may be under way at the same time

    The other parameters are those of :class:`SmsWorksTextOperator` and :class:`SmsWorksSendOperator`.
    """

    def __init__(self, *, max_failed: float = 0, calls_at_once: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_failed = max_failed
        self.calls_at_once = calls_at_once

    def problems(self, context: Context) -> list[str]:
        """Return what is wrong with the author's choices, before anything goes out."""
        problems = super().problems(context)
        if isinstance(self.max_failed, bool) or not isinstance(self.max_failed, int | float) or self.max_failed < 0:
            problems.append("`max_failed` must be a number, or a fraction below 1: 100, or 0.01")
        if isinstance(self.calls_at_once, bool) or not isinstance(self.calls_at_once, int) or self.calls_at_once < 1:
            problems.append("`calls_at_once` must be a whole number, at least 1")
        return problems
