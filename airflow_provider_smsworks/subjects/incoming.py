"""A text that somebody sends to the account."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Iterable, Mapping

from airflow_provider_smsworks.api.errors import SmsWorksConfigError
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.subjects.arrived import TOLERANCE, Arrived, mark_of_secret
from airflow_provider_smsworks.subjects.subject import Call, Event, Look, Subject


class IncomingText(Subject):
    """
    Wait for the first text, since a moment, that fits everything that is given.

    Texts are looked up among all that came since then, which consumes none of them, and are compared here: who sent
    them in which spelling is nothing to leave to the gateway's filter. One look answers any number of waits.

    :param since: ISO 8601 with offset
    :param sender: the :func:`.arrived.fingerprint` of the phone
    :param to_number: the account's own number, in the gateway's spelling
    :param keyword: the gateway's keyword, or the first word of the text; capitals do not matter
    :param pattern: a regular expression that is found in the text
    :param unread: only what nobody has read
    :param passed: ids of texts that are not waited for any more
    """

    waits_for = "an incoming text"

    def __init__(
        self,
        *,
        since: str,
        sender: str | None = None,
        to_number: str | None = None,
        keyword: str | None = None,
        pattern: str | None = None,
        unread: bool = False,
        passed: Iterable[str] = (),
    ) -> None:
        self.arguments = {
            "since": since,
            "sender": sender,
            "to_number": to_number,
            "keyword": keyword,
            "pattern": pattern,
            "unread": unread,
            "passed": list(passed),
        }
        self.label = "Incoming texts"
        self.since = dt.datetime.fromisoformat(since)
        self.unread = unread
        self._sender = sender
        self._to_number = to_number
        self._keyword = keyword and keyword.casefold()
        self._pattern = re.compile(pattern) if pattern else None
        self._passed = set(self.arguments["passed"])

    def look(self, settings: Settings, log: logging.Logger) -> Look:
        """
        Search; return the id of the oldest text that fits.

        :raises SmsWorksConfigError: the fingerprint was made with another token
        """
        known = {mark_of_secret(settings): settings}
        self.check(known)
        query = {"status": "INCOMING", "since": self.since - TOLERANCE, "unread": True if self.unread else None}
        found: list[Record] = yield Call("search_all_messages", query)
        return self.first_of(Arrived(text, known) for text in found)

    @property
    def mark(self) -> str | None:
        """Which secret made the fingerprint."""
        return self._sender and self._sender.partition(":")[0]

    def check(self, known: Mapping[str, Settings]) -> None:
        """
        Raise if nobody knows the token any more that made the fingerprint.

        :param known: settings of the connection, by their :func:`.arrived.mark_of_secret`
        """
        if self.mark and self.mark not in known:
            [*_, settings] = known.values()
            raise SmsWorksConfigError(
                f"The token of connection `{settings.conn_id}` has changed, and with it what stood for `from_number`"
                " while the task waited. Clear the task: it finds what came meanwhile."
            )

    def first_of(self, texts: Iterable[Arrived]) -> Event | None:
        """Return the event of the oldest of these texts that fits; none of them is looked at a second time."""
        new = [text for text in texts if text.message_id and text.message_id not in self._passed]
        fitting = sorted((text for text in new if self.fits(text)), key=lambda text: text.order)
        self._passed |= {str(text.message_id) for text in new}
        if not fitting:
            return None
        message_id = str(fitting[0].message_id)
        self._passed.discard(message_id)
        return {"outcome": "final", "message_id": message_id}

    def fits(self, text: Arrived) -> bool:
        """Tell whether a text is one that is waited for; the gateway may ignore status and window of a search."""
        if not text.is_incoming or not text.came_since(self.since):
            return False
        if self._sender and not text.comes_from(self._sender):
            return False
        if self._to_number and text.to_number != self._to_number:
            return False
        if self._keyword and self._keyword not in text.keywords:
            return False
        return not self._pattern or bool(self._pattern.search(text.content))

    def so_far(self) -> Event:
        """Return nothing: there is no text."""
        return {"message_id": None}

    @classmethod
    def has_come(cls, event: Event) -> bool:
        """Tell whether there is one."""
        return event.get("message_id") is not None

    @classmethod
    def what_happened(cls, event: Event) -> str:
        """Say that there is none."""
        return "No text came in time that fits what was waited for."
