"""Wait in the triggerer until a passcode is verified."""

from __future__ import annotations

from typing import Unpack

from airflow_provider_smsworks.subjects.passcode import Passcode
from airflow_provider_smsworks.triggers.base import SmsWorksWaitTrigger, WaitArguments


class SmsWorksOtpTrigger(SmsWorksWaitTrigger):
    """
    Wait until a passcode is verified, or cannot be any more.

    The event has ``message_id status to created expires modified``; ``to`` is masked, and there is no passcode.

    :param message_id: the gateway's id of the message that the passcode was sent with

    The other parameters are those of :class:`SmsWorksWaitTrigger`.
    """

    def __init__(self, *, message_id: str, **wait: Unpack[WaitArguments]) -> None:
        super().__init__(Passcode(message_id), **wait)
