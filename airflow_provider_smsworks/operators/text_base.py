"""The parameters of texts: those that every text has, and those of a text to one phone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.common.compat.sdk import Context

from airflow_provider_smsworks.api.errors import SmsWorksNotFoundError, SmsWorksValidationError
from airflow_provider_smsworks.operators.base import show_host, show_label, show_names, show_number
from airflow_provider_smsworks.operators.send_base import SmsWorksSendOperator
from airflow_provider_smsworks.rendered import with_text


class SmsWorksTextOperator(SmsWorksSendOperator):
    """
    What may be said of every text, to one phone or to many.

    :param sender: 3 to 11 letters and digits (nobody can answer those), or 3 to 15 digits (your reply number);
        default: ``sender`` in the connection's extra (templated)
    :param tag: a label for the gateway's reports, at most 280 characters (templated)
    :param validity: how long the networks may try to deliver, a timedelta of 1 to 2,880 minutes; default: 2,880
    :param ttl: after which time the gateway deletes the delivery report, a timedelta of whole minutes; default:
        3 months. After that a text whose outcome is open cannot be found any more: let it be longer than all retries of
        the task
    :param delivery_report_url: where the gateway posts delivery reports; default: the connection's (templated)
    :param ai: whether the gateway may shorten a text that is just over one or two credits; default: the account's

    The other parameters are those of :class:`SmsWorksSendOperator`.
    """

    template_fields: Sequence[str] = (*SmsWorksSendOperator.template_fields, "sender", "tag", "delivery_report_url")
    shown_as = {**SmsWorksSendOperator.shown_as, "tag": show_label, "delivery_report_url": show_host}

    def __init__(
        self,
        *,
        sender: str | None = None,
        tag: str | None = None,
        validity: dt.timedelta | None = None,
        ttl: dt.timedelta | None = None,
        delivery_report_url: str | None = None,
        ai: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sender = sender
        self.tag = tag
        self.validity = validity
        self.ttl = ttl
        self.delivery_report_url = delivery_report_url
        self.ai = ai

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the gateway's operation."""
        return with_text(self.given("sender", "tag", "validity", "ttl", "delivery_report_url", "ai"))


class SmsWorksToOneOperator(SmsWorksTextOperator):
    """
    What may be said of every text to one phone, whatever its words.

    :param to: the phone: ``07…``, ``447…``, ``+44…``, ``0044…``, other countries with their code (templated)
    :param reply_to: in place of ``to``, the id of a message that came in: the text goes to whoever sent that, from the
        number it was sent to (or ``sender``), and the task never sees the phone (templated)
    :param metadata: pairs of text that the gateway keeps with the message (templated)
    :param response_emails: where replies are mailed to; needs a reply number (templated)

    The other parameters are those of :class:`SmsWorksTextOperator` and :class:`SmsWorksSendOperator`.
    """

    template_fields: Sequence[str] = (
        *SmsWorksTextOperator.template_fields,
        "to",
        "reply_to",
        "metadata",
        "response_emails",
    )
    harmless_fields = SmsWorksTextOperator.harmless_fields | {"reply_to"}
    shown_as = {**SmsWorksTextOperator.shown_as, "to": show_number, "metadata": show_names}

    def __init__(
        self,
        *,
        to: str | int | None = None,
        reply_to: str | None = None,
        metadata: Mapping[str, str] | None = None,
        response_emails: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.to = to
        self.reply_to = reply_to
        self.metadata = metadata
        self.response_emails = response_emails

    def problems(self, context: Context) -> list[str]:
        """Return what is wrong with the author's choices, before anything goes out."""
        problems = super().problems(context)
        given = [name for name in ("to", "reply_to") if getattr(self, name) is not None]
        if not given and not self.rendered_to_nothing & {"to", "reply_to"}:
            problems.append("`to` is missing: give the phone, or `reply_to`, the id of a message that came in")
        if len(given) > 1:
            problems.append("`to` and `reply_to` name two recipients: give one of them")
        return problems

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the gateway's operation; asks the gateway who sent what is replied to."""
        given = {**super().arguments(), **with_text(self.given("to", "metadata", "response_emails"))}
        if self.reply_to is None:
            return given
        try:
            received = self.hook.get_message(self.reply_to)
        except SmsWorksNotFoundError:
            raise SmsWorksNotFoundError(
                f"Nothing was sent: the gateway has no message {self.reply_to} (`reply_to`). Give the id of one that"
                " came in; messages are deleted after 3 months."
            ) from None
        if received["status"] != "INCOMING":
            raise SmsWorksValidationError(
                ["`reply_to` is the id of a message that was sent: give the id of one that came in"]
            )
        # With +, for without it a number abroad could be read as one of the connection's own region.
        return {**given, "to": f"+{received['sender']}", "sender": given["sender"] or received["to"]}


class SmsWorksTextToOneOperator(SmsWorksToOneOperator):
    """
    What may be said of a text to one phone.

    :param content: the text, 1 to 1,280 characters (templated)

    The other parameters are those of :class:`SmsWorksToOneOperator`, :class:`SmsWorksTextOperator` and
    :class:`SmsWorksSendOperator`.
    """

    template_fields: Sequence[str] = (*SmsWorksToOneOperator.template_fields, "content")

    def __init__(self, *, content: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.content = content

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the gateway's operation; asks the gateway who sent what is replied to."""
        return {**super().arguments(), **with_text(self.given("content"))}
