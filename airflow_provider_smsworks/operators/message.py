"""Operators for single messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Context

from airflow_provider_smsworks.operators.delivery_base import WaitsForDelivery
from airflow_provider_smsworks.operators.message_reads import (
    SmsWorksDeleteMessageOperator,
    SmsWorksGetFailedMessagesOperator,
    SmsWorksGetMessageOperator,
    SmsWorksGetUnreadMessagesOperator,
    SmsWorksSearchMessagesOperator,
)
from airflow_provider_smsworks.operators.text_base import SmsWorksTextToOneOperator

if TYPE_CHECKING:
    from airflow_provider_smsworks.sending.task import SendingTask
    from airflow_provider_smsworks.sending.text import Text

__all__ = [
    "SmsWorksDeleteMessageOperator",
    "SmsWorksGetFailedMessagesOperator",
    "SmsWorksGetMessageOperator",
    "SmsWorksGetUnreadMessagesOperator",
    "SmsWorksSearchMessagesOperator",
    "SmsWorksSendBinaryMessageOperator",
    "SmsWorksSendFlashMessageOperator",
    "SmsWorksSendMessageOperator",
]


class SmsWorksSendMessageOperator(WaitsForDelivery, SmsWorksTextToOneOperator):
    """
    Send a text to one phone, once.

    .. code-block:: python

        SmsWorksSendMessageOperator(
            task_id="text_customer",
            to="{{ params.phone }}",
            content="Your parcel is late. Sorry!",
            sender="Parcels",
            wait_for_delivery=True,
        )

    The parameters are those of :class:`SmsWorksTextToOneOperator` (``to content reply_to metadata response_emails``),
    :class:`SmsWorksTextOperator` (``sender tag validity ttl delivery_report_url ai``), :class:`WaitsForDelivery`
    (``wait_for_delivery on_undelivered delivery_timeout poll_interval deferrable``) and :class:`SmsWorksSendOperator`.

    :return: ``message_id status to reference parts credits_used adopted``; ``to`` is masked. ``parts`` and
        ``credits_used`` may be None where an earlier send was adopted. After a wait also ``failure_reason``.
    :raises AirflowFailException: nothing was sent, or it did not arrive, and no retry would change that
    :raises SmsWorksOutcomeUnknownError: it may have gone out (see ``on_unknown``)
    """

    operation_name = "SEND_MESSAGE"
    """In the table of operations, which a Dag file should not pay for."""

    def execute(self, context: Context) -> Any:
        """Send, and wait if that is wanted."""

        def text_of(task: SendingTask) -> Text:
            from airflow_provider_smsworks.api import operations
            from airflow_provider_smsworks.sending.messages import message_text

            return message_text(task, getattr(operations, self.operation_name), self.arguments())

        return self.finish(self.send_once(context, text_of))


class SmsWorksSendFlashMessageOperator(SmsWorksSendMessageOperator):
    """Send a flash, which the phone shows at once and does not keep; else like :class:`SmsWorksSendMessageOperator`."""

    operation_name = "SEND_FLASH_MESSAGE"


class SmsWorksSendBinaryMessageOperator(SmsWorksSendMessageOperator):
    """
    Send bytes to one phone, once; else like :class:`SmsWorksSendMessageOperator`.

    :param content: bytes, or text of hexadecimal pairs such as ``65 54 74``, at most 427 bytes (templated)
    """

    operation_name = "SEND_BINARY_MESSAGE"
