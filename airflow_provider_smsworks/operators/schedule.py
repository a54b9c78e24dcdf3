"""Operators for texts that the gateway sends later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Context

from airflow_provider_smsworks.operators.base import show_number
from airflow_provider_smsworks.operators.schedule_reads import (
    SmsWorksCancelScheduledBatchOperator,
    SmsWorksCancelScheduledMessageOperator,
    SmsWorksGetScheduledMessagesOperator,
)
from airflow_provider_smsworks.operators.text_base import SmsWorksTextOperator, SmsWorksTextToOneOperator
from airflow_provider_smsworks.rendered import with_text

if TYPE_CHECKING:
    from airflow_provider_smsworks.sending.task import SendingTask
    from airflow_provider_smsworks.sending.text import Text

__all__ = [
    "SmsWorksCancelScheduledBatchOperator",
    "SmsWorksCancelScheduledMessageOperator",
    "SmsWorksGetScheduledMessagesOperator",
    "SmsWorksScheduleBatchOperator",
    "SmsWorksScheduleMessageOperator",
]


class SmsWorksScheduleMessageOperator(SmsWorksTextToOneOperator):
    """
    Have the gateway send a text to one phone later, once.

    .. code-block:: python

        SmsWorksScheduleMessageOperator(
            task_id="remind",
            to="{{ params.phone }}",
            content="Your appointment is in an hour.",
            schedule="{{ data_interval_end + macros.timedelta(hours=3) }}",
        )

    A re-run finds what it scheduled before and keeps it, also when the moment has passed.

    :param schedule: when, an aware datetime in the future, or ISO 8601 text with its offset (templated)
    :param replace: whether a Clear takes back what was scheduled and makes it anew, with the words and the moment of
        then; not if it has gone out (from Airflow 3.3 on; see ``on_clear`` for the Clears that Airflow shows)

    The other parameters are those of :class:`SmsWorksTextToOneOperator`, :class:`SmsWorksTextOperator` and
    :class:`SmsWorksSendOperator`; ``replace`` takes the place of ``on_clear``.

    :return: ``message_id status schedule to reference parts credits_used adopted``; ``to`` is masked; ``schedule`` is
        ISO 8601, UTC; ``credits_used`` is None: nothing is paid yet. The message that goes out may have another id.
    """

    template_fields: Sequence[str] = (*SmsWorksTextToOneOperator.template_fields, "schedule")
    shown_as = {**SmsWorksTextToOneOperator.shown_as, "schedule": str}

    def __init__(self, *, schedule: dt.datetime | str, replace: bool = False, **kwargs: Any) -> None:
        super().__init__(on_clear="resend" if replace else "keep", **kwargs)
        self.schedule = schedule
        self.replace = replace

    def execute(self, context: Context) -> dict[str, Any]:
        """Schedule it."""

        def text_of(task: SendingTask) -> Text:
            from airflow_provider_smsworks.sending.schedules import scheduled_message_text

            return scheduled_message_text(task, {**self.arguments(), **self.given("schedule")})

        return self.send_once(context, text_of)


class SmsWorksScheduleBatchOperator(SmsWorksTextOperator):
    """
    Have the gateway send one text to many phones later, once.

    A re-run finds what it scheduled before and keeps it, also when the moment has passed or the list has changed.

    :param to: the phones, each of them once, no more than ``batch_limit`` of the connection (templated)
    :param content: the text, 1 to 1,280 characters (templated)
    :param schedule: when, an aware datetime in the future, or ISO 8601 text with its offset (templated)
    :param replace: see :class:`SmsWorksScheduleMessageOperator`

    The other parameters are those of :class:`SmsWorksTextOperator` and :class:`SmsWorksSendOperator`; ``replace``
    takes the place of ``on_clear``.

    :return: ``batch_ids status schedule recipients reference parts credits_used adopted``
    """

    template_fields: Sequence[str] = (*SmsWorksTextOperator.template_fields, "to", "content", "schedule")
    shown_as = {**SmsWorksTextOperator.shown_as, "to": show_number, "schedule": str}
    lists = SmsWorksTextOperator.lists | {"to"}

    def __init__(
        self,
        *,
        to: Sequence[str | int] | str,
        content: str,
        schedule: dt.datetime | str,
        replace: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(on_clear="resend" if replace else "keep", **kwargs)
        self.to = to
        self.content = content
        self.schedule = schedule
        self.replace = replace

    def execute(self, context: Context) -> dict[str, Any]:
        """Schedule it."""
        arguments = {**self.arguments(), **with_text(self.given("to", "content", "schedule"))}

        def text_of(task: SendingTask) -> Text:
            from airflow_provider_smsworks.sending.schedules import scheduled_batch_text

            return scheduled_batch_text(task, arguments)

        return self.send_once(context, text_of)
