"""Wait in the triggerer for an incoming text."""

from __future__ import annotations

from typing import Unpack

from airflow_provider_smsworks.subjects.incoming import IncomingText
from airflow_provider_smsworks.triggers.base import SmsWorksWaitTrigger, WaitArguments


class SmsWorksInboxTrigger(SmsWorksWaitTrigger):
    """
    Wait for the first text, since a moment, that fits everything that is given.

    The event has ``message_id`` and nothing else of the text: whoever it resumes reads the text by its id.

    :param since: ISO 8601 with offset
    :param sender: what stands for the phone that it comes from (``subjects.incoming.fingerprint``): Airflow keeps the
        arguments of triggers readable
    :param to_number: the account's own number, in digits
    :param keyword: the gateway's keyword, or the first word of the text; capitals do not matter
    :param pattern: a regular expression that is found in the text. It runs on the event loop of the triggerer: one
        that backtracks for ever stops all of its triggers
    :param unread: only what nobody has read

    The other parameters are those of :class:`SmsWorksWaitTrigger`.
    """

    def __init__(
        self,
        *,
        since: str,
        sender: str | None = None,
        to_number: str | None = None,
        keyword: str | None = None,
        pattern: str | None = None,
        unread: bool = False,
        **wait: Unpack[WaitArguments],
    ) -> None:
        subject = IncomingText(
            since=since,
            sender=sender,
            to_number=to_number,
            keyword=keyword,
            pattern=pattern,
            unread=unread,
        )
        super().__init__(subject, **wait)
