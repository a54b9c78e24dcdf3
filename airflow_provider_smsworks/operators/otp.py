"""Operators for one-time passcodes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Context

from airflow_provider_smsworks.api.rules import integer_text
from airflow_provider_smsworks.operators.base import show_names, show_number
from airflow_provider_smsworks.operators.delivery_base import WaitsForDelivery
from airflow_provider_smsworks.operators.otp_reads import SmsWorksGetOtpOperator, SmsWorksVerifyOtpOperator

if TYPE_CHECKING:
    from airflow_provider_smsworks.sending.choices import OnUnknown
    from airflow_provider_smsworks.sending.task import SendingTask
    from airflow_provider_smsworks.sending.text import Text

__all__ = ["SmsWorksGetOtpOperator", "SmsWorksSendOtpOperator", "SmsWorksVerifyOtpOperator"]


class SmsWorksSendOtpOperator(WaitsForDelivery):
    """
    Text a one-time passcode, once.

    The passcode is in no result, log or rendered field. The gateway finds a passcode by itself alone, so the metadata
    get an id of this send, ``otp_id``; hand it to :class:`SmsWorksVerifyOtpOperator`.

    The gateway has no look-up for passcodes. So if the outcome stays open, for example because the worker died during
    the call, nobody can say whether the text went out: the task ends (``on_unknown="fail"``, the default here), or its
    next try texts another passcode (``"retry"``).

    :param to: the phone: ``07…``, ``447…``, ``+44…``, ``0044…``, other countries with their code (templated)
    :param sender: 3 to 11 letters and digits, or 3 to 15 digits; default: the connection's (templated)
    :param length: digits of a passcode that the gateway makes (its default is 6)
    :param template: the text, with ``{{passcode}}`` where the passcode goes. It is not rendered by Airflow
    :param passcode: a passcode of one's own, as text (templated; a Dag with ``render_template_as_native_obj=True``
        makes a number of a template's digits, which is refused: hand it over as ``task.output``)
    :param validity: how long it can be verified, whole seconds
    :param metadata: anything that JSON can hold, at most 1,024 bytes with what is added; comes back when the passcode
        is verified (templated)

    The other parameters are those of :class:`WaitsForDelivery` and :class:`SmsWorksSendOperator`.

    :return: ``message_id otp_id status to reference parts credits_used adopted``; ``to`` is masked
    """

    template_fields: Sequence[str] = (*WaitsForDelivery.template_fields, "to", "sender", "passcode", "metadata")
    shown_as = {
        **WaitsForDelivery.shown_as,
        "to": show_number,
        "passcode": lambda value: "***",
        "metadata": show_names,
    }

    def __init__(
        self,
        *,
        to: str | int,
        sender: str | None = None,
        length: int | None = None,
        template: str | None = None,
        passcode: str | None = None,
        validity: dt.timedelta | None = None,
        metadata: Mapping[str, Any] | None = None,
        on_unknown: OnUnknown = "fail",
        **kwargs: Any,
    ) -> None:
        super().__init__(on_unknown=on_unknown, **kwargs)
        self.to = to
        self.sender = sender
        self.length = length
        self.template = template
        self.passcode = passcode
        self.otp_validity = validity
        self.metadata = metadata

    def execute(self, context: Context) -> Any:
        """Send, and wait for the text's delivery if that is wanted."""
        arguments = self.given("to", "sender", "length", "template", "passcode", "metadata")
        # A Dag with native objects makes a number of a sender of digits. A passcode may have lost zeros like that.
        arguments |= {"sender": integer_text(self.sender) or self.sender, "validity": self.otp_validity}

        def text_of(task: SendingTask) -> Text:
            from airflow_provider_smsworks.sending.otps import otp_text

            return otp_text(task, arguments)

        return self.finish(self.send_once(context, text_of))
