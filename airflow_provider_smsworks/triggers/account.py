"""Wait in the triggerer until the account has enough credits."""

from __future__ import annotations

from typing import Unpack

from airflow_provider_smsworks.subjects.credits import Credits
from airflow_provider_smsworks.triggers.base import SmsWorksWaitTrigger, WaitArguments


class SmsWorksCreditsTrigger(SmsWorksWaitTrigger):
    """
    Wait until the account has enough credits. The event has ``credits``.

    :param at_least: credits

    The other parameters are those of :class:`SmsWorksWaitTrigger`.
    """

    def __init__(self, *, at_least: float, **wait: Unpack[WaitArguments]) -> None:
        super().__init__(Credits(at_least), **wait)
