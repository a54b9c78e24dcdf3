"""Wait in the triggerer for an incoming text; all such waits on a connection share one poll."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Unpack

from airflow_provider_smsworks.api.errors import SmsWorksError
from airflow_provider_smsworks.inbox.shared import Inbox
from airflow_provider_smsworks.subjects.incoming import IncomingText
from airflow_provider_smsworks.subjects.subject import Event
from airflow_provider_smsworks.triggers.base import SmsWorksWaitTrigger, WaitArguments
from airflow_provider_smsworks.waiting import Wait


class SmsWorksInboxWaitTrigger(SmsWorksWaitTrigger):
    """
    Wait for the first text, since a moment, that fits everything that is given.

    The event has ``message_id`` and nothing else of the text: whoever it resumes reads the text by its id.

    :param since: ISO 8601 with offset
    :param sender: what stands for the phone that it comes from (``subjects.arrived.fingerprint``): Airflow keeps the
        arguments of triggers readable
    :param to_number: the account's own number, in digits
    :param keyword: the gateway's keyword, or the first word of the text; capitals do not matter
    :param pattern: a regular expression that is found in the text. It runs on the event loop of the triggerer: one
        that backtracks for ever stops all of its triggers
    :param unread: only what nobody has read
    :param passed: ids of texts that are not waited for any more

    The other parameters are those of :class:`SmsWorksWaitTrigger`.
    """

    subject: IncomingText

    def __init__(
        self,
        *,
        since: str,
        sender: str | None = None,
        to_number: str | None = None,
        keyword: str | None = None,
        pattern: str | None = None,
        unread: bool = False,
        passed: Sequence[str] = (),
        **wait: Unpack[WaitArguments],
    ) -> None:
        subject = IncomingText(
            since=since,
            sender=sender,
            to_number=to_number,
            keyword=keyword,
            pattern=pattern,
            unread=unread,
            passed=passed,
        )
        super().__init__(subject, **wait)

    async def event(self, wait: Wait) -> Event:
        """Wait together with all others, and return what this wait ends with."""
        inbox = Inbox.of(self.smsworks_conn_id, unread=self.subject.unread)
        member = inbox.join(self.subject.since, wait.pause)
        try:
            while True:
                try:
                    self.subject.check(await inbox.settings_with(self.subject.mark))
                    break
                except SmsWorksError as error:
                    if event := wait.failed(error, 0.0):
                        return event
                await asyncio.sleep(wait.pause())
            while True:
                try:
                    event = wait.looked(self.subject.first_of(await member.texts(wait.left)))
                except SmsWorksError as error:
                    event = wait.failed(error, 0.0)
                if event:
                    return event
        finally:
            member.leave()
