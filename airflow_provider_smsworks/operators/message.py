"""Operators for single messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.common.compat.sdk import Context

from airflow_provider_smsworks.api.operations import SEND_MESSAGE
from airflow_provider_smsworks.operators.base import show_host, show_label, show_names, show_number
from airflow_provider_smsworks.operators.send_base import SmsWorksSendOperator


class SmsWorksSendMessageOperator(SmsWorksSendOperator):
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

    :param to: the phone: ``07…``, ``447…``, ``+44…``, ``0044…``, other countries with their code (templated)
    :param content: the text, 1 to 1,280 characters (templated)
    :param sender: 3 to 11 letters and digits (nobody can answer those), or 3 to 15 digits (your reply number);
        default: ``sender`` in the connection's extra (templated)
    :param tag: a label for the gateway's reports, at most 280 characters (templated)
    :param metadata: pairs of text that the gateway keeps with the message (templated)
    :param validity: how long the networks may try to deliver, 1 to 2,880 minutes; default: 2,880
    :param ttl: after how many minutes the gateway deletes the delivery report; default: 3 months. After that a text
        whose outcome is open cannot be found any more: let it be longer than all retries of the task
    :param delivery_report_url: where the gateway posts delivery reports; default: the connection's (templated)
    :param response_emails: where replies are mailed to; needs a reply number (templated)
    :param ai: whether the gateway may shorten a text that is just over one or two credits; default: the account's
    :return: ``message_id status to reference parts credits_used adopted``; ``to`` is masked. ``parts`` and
        ``credits_used`` may be None where an earlier send was adopted. After a wait also ``failure_reason``.
    :raises AirflowFailException: nothing was sent, or it did not arrive, and no retry would change that
    :raises SmsWorksOutcomeUnknownError: it may have gone out (see ``on_unknown``)

    The other parameters are those of :class:`SmsWorksSendOperator`.
    """

    template_fields: Sequence[str] = (
        *SmsWorksSendOperator.template_fields,
        "to",
        "content",
        "sender",
        "tag",
        "metadata",
        "delivery_report_url",
        "response_emails",
    )
    shown_as = {
        **SmsWorksSendOperator.shown_as,
        "to": show_number,
        "tag": show_label,
        "metadata": show_names,
        "delivery_report_url": show_host,
    }

    def __init__(
        self,
        *,
        to: str | int,
        content: str,
        sender: str | None = None,
        tag: str | None = None,
        metadata: Mapping[str, str] | None = None,
        validity: dt.timedelta | None = None,
        ttl: dt.timedelta | None = None,
        delivery_report_url: str | None = None,
        response_emails: Sequence[str] | None = None,
        ai: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.to = to
        self.content = content
        self.sender = sender
        self.tag = tag
        self.metadata = metadata
        self.validity = validity
        self.ttl = ttl
        self.delivery_report_url = delivery_report_url
        self.response_emails = response_emails
        self.ai = ai

    def execute(self, context: Context) -> Any:
        """Send, and wait if that is wanted."""
        arguments = self.given(
            "to",
            "content",
            "sender",
            "tag",
            "metadata",
            "validity",
            "ttl",
            "delivery_report_url",
            "response_emails",
            "ai",
        )
        return self.finish(self.send_once(context, SEND_MESSAGE, arguments), self.validity)
