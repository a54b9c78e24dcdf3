"""What all operators that send have in common: sending once, and not for more than the author allows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException, Context, timezone

from airflow_provider_smsworks.api.errors import SmsWorksOutcomeUnknownError, SmsWorksValidationError
from airflow_provider_smsworks.failing import permanent_errors_end_the_task
from airflow_provider_smsworks.operators.base import SmsWorksBaseOperator, show_label
from airflow_provider_smsworks.operators.links import SANDBOX_LINKS
from airflow_provider_smsworks.rendered import (
    LIST_AS_TEXT,
    LIST_FOR_ONE,
    NOTHING,
    is_list_made_text,
    is_nothing,
    is_the_word_none,
)

if TYPE_CHECKING:
    from airflow_provider_smsworks.sending.choices import OnClear, OnUnknown
    from airflow_provider_smsworks.sending.task import SendingTask
    from airflow_provider_smsworks.sending.text import Text


class SmsWorksSendOperator(SmsWorksBaseOperator):
    """
    What all operators that send have in common.

    **Sent once.** A retry, a lost worker, a Clear or a backfill of the same run does not text anybody again: the
    send is written down before it goes out, the message carries a key, and after any doubt the task looks for the
    message before it sends. On Airflow before 3.3, which cannot write it down, every try but the first looks.

    If the worker dies after the gateway accepted the text and before the task knew, the next try finds the message
    and adopts it (``adopted`` in the result). If the outcome stays open, the task fails and says so.

    :param reference: your own id for this text; it comes back in the result (templated)
    :param send_key: your own name for this send, for mapped tasks whose order can change between tries: it takes
        the place of the map index, so it must differ between texts of one task (templated)
    :param on_unknown: after an outcome that stays open, ``"retry"``: the try fails and the next one looks before it
        sends, so Airflow's ``retry_delay`` is the time that an answer may be late; ``"fail"``: the task ends and a
        person decides
    :param on_clear: ``"keep"``: clearing a task whose text went out does not text again; ``"resend"``: it does
        (from Airflow 3.3 on, where Airflow shows the Clear: not before the first try ended, of a running task only
        where the executor tells the end of its process; and not with ``[state_store] clear_on_success``, which
        deletes what the task wrote down)
    :param max_age: a run that was due longer ago is skipped instead of texting (a catch-up of thirty runs is not
        thirty texts)
    :param max_parts: refuse a text that takes more parts
    :param max_credits: refuse to send if this task may cost more credits; prices of countries abroad are asked for
    :param check_balance: whether the account must have the credits before anything goes out (one call more); default:
        if the texts take several calls, of which the gateway could refuse the later ones. An account that may go below
        0 needs False
    :param smsworks_conn_id: the connection (templated)
    """

    template_fields: Sequence[str] = ("smsworks_conn_id", "reference", "send_key")
    must_be: frozenset[str] = frozenset({"to", "reply_to", "content", "messages", "schedule"})
    """Fields that decide what goes out, when and to whom: once given, they may not render to nothing."""

    lists: frozenset[str] = frozenset({"response_emails"})
    """Fields that are lists, or may be."""

    calls_at_once = 1
    """How many calls may be under way at the same time, where several are needed."""

    shown_as = {"send_key": show_label}
    ui_color = "#bfe8cf"
    operator_extra_links = SANDBOX_LINKS

    def __init__(
        self,
        *,
        reference: str | None = None,
        send_key: str | None = None,
        on_unknown: OnUnknown = "retry",
        on_clear: OnClear = "keep",
        max_age: dt.timedelta | None = None,
        max_parts: int | None = None,
        max_credits: float | None = None,
        check_balance: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.reference = reference
        self.send_key = send_key
        self.on_unknown = on_unknown
        self.on_clear = on_clear
        self.max_age = max_age
        self.max_parts = max_parts
        self.max_credits = max_credits
        self.check_balance = check_balance

    def send_once(self, context: Context, text_of: Callable[[SendingTask], Text]) -> dict[str, Any]:
        """
        Send one text, once, and return what is known of it, and ``reference``.

        :param text_of: makes the text, of any kind
        """
        # Deferred: a Dag file that only names an operator should not pay for what runs later.
        from airflow_provider_smsworks.sending.choices import Rules
        from airflow_provider_smsworks.sending.cost import Budget
        from airflow_provider_smsworks.sending.ends import TooOld
        from airflow_provider_smsworks.sending.task import send_from_task
        from airflow_provider_smsworks.sending.text import name_of

        with permanent_errors_end_the_task():
            if problems := self.problems(context):
                raise SmsWorksValidationError(problems)
            try:
                result = send_from_task(
                    context,
                    self.hook,
                    text_of,
                    rules=Rules(
                        self.on_unknown,
                        self.on_clear,
                        self.max_age,
                        search_lag=self.hook.settings.search_lag,
                        longest_call=self.hook.settings.longest_call,
                        calls_at_once=self.calls_at_once,
                    ),
                    budget=Budget(self.max_parts, self.max_credits, self.check_balance),
                    own_name=self.given("send_key")["send_key"],
                    now=timezone.utcnow,
                    log=self.log,
                )
            except TooOld as reason:
                raise AirflowSkipException(str(reason)) from None
            except SmsWorksOutcomeUnknownError as error:
                if self.on_unknown == "fail":
                    raise AirflowFailException(str(error)) from error
                raise
        parts, credits_used = result["parts"], result["credits_used"]
        cost = f", {parts:,} part(s)" if parts else ""
        cost += f", {credits_used:g} credit(s) used" if credits_used is not None else ""
        to = result.get("to") or f"{result.get('recipients'):,} recipients"
        if result.get("recipients") != 0:
            self.log.info("Sent %s to %s: %s%s.", name_of(result), to, result["status"], cost)
        self.link_to(result)
        self.hand_on(context, result)
        return {**result, "reference": self.reference}

    def problems(self, context: Context) -> list[str]:
        """Return what is wrong with the author's choices, before anything goes out."""
        problems = [
            f"`{name}` must be one of {', '.join(allowed)}"
            for name, allowed in {"on_unknown": ("retry", "fail"), "on_clear": ("keep", "resend")}.items()
            if getattr(self, name) not in allowed
        ]
        if self.on_clear == "resend" and "task_state_store" not in context:
            problems.append("`on_clear` can be resend from Airflow 3.3 on only, which keeps a task's state: use keep")
        if self.max_age is not None and not is_duration(self.max_age):
            problems.append("`max_age` must be a timedelta above 0")
        for name in ("max_parts", "max_credits"):
            value = getattr(self, name)
            if value is not None and not is_amount(value):
                problems.append(f"`{name}` must be a number above 0")
        own_name = self.given("send_key")["send_key"]
        if "send_key" in self.rendered_to_nothing or (own_name is not None and is_nothing(str(own_name))):
            problems.append("`send_key` is empty: give each text of the task a name of its own, or leave it out")
        return problems + self._unfit()

    def _unfit(self) -> list[str]:
        """Return what is wrong with what templates made of fields, and would go out as a text all the same."""
        fields = self.given(*(name for name in self.template_fields if name not in ("smsworks_conn_id", "send_key")))
        problems = [f"`{name}` {NOTHING}" for name in fields if name in self.rendered_to_nothing & self.must_be]
        for name, value in fields.items():
            if is_the_word_none(value) or (name in self.must_be and isinstance(value, str) and is_nothing(value)):
                problems.append(f"`{name}` {NOTHING}")
            elif is_list_made_text(value):
                problems.append(f"`{name}` {LIST_AS_TEXT if name in self.lists else LIST_FOR_ONE}")
        return problems


def is_duration(value: object) -> bool:
    """Tell whether a value is a timedelta above 0."""
    return isinstance(value, dt.timedelta) and value > dt.timedelta(0)


def is_amount(value: object) -> bool:
    """Tell whether a value is a number above 0."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
