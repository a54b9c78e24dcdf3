"""A text that somebody sends to the account."""

from __future__ import annotations

import datetime as dt
import logging
import re

from airflow_provider_smsworks.api.errors import SmsWorksConfigError
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.sending.identity import blind
from airflow_provider_smsworks.subjects.subject import Call, Event, Look, Subject

TOLERANCE = dt.timedelta(seconds=2)
"""How much earlier a text may seem to be: clocks differ, and some of the gateway's dates are whole seconds."""

_LAST = dt.datetime.max.replace(tzinfo=dt.UTC)


class IncomingText(Subject):
    """
    Wait for the first text, since a moment, that fits everything that is given.

    Texts are looked up among all that came since then, which consumes none of them, and are compared here: who sent
    them in which spelling is nothing to leave to the gateway's filter. One look answers any number of waits.

    :param since: ISO 8601 with offset
    :param sender: the :func:`fingerprint` of the phone
    :param to_number: the account's own number, in the gateway's spelling
    :param keyword: the gateway's keyword, or the first word of the text; capitals do not matter
    :param pattern: a regular expression that is found in the text
    :param unread: only what nobody has read
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
    ) -> None:
        self.arguments = {
            "since": since,
            "sender": sender,
            "to_number": to_number,
            "keyword": keyword,
            "pattern": pattern,
            "unread": unread,
        }
        self.label = "Incoming texts"
        self._sender = sender
        self._to_number = to_number
        self._keyword = keyword and keyword.casefold()
        self._pattern = re.compile(pattern) if pattern else None
        self._since = dt.datetime.fromisoformat(since) - TOLERANCE
        self._passed: set[str] = set()

    def look(self, settings: Settings, log: logging.Logger) -> Look:
        """
        Search; return the id of the oldest text that fits.

        :raises SmsWorksConfigError: the fingerprint was made with another token
        """
        self._check(settings)
        query = {"status": "INCOMING", "since": self._since, "unread": True if self.arguments["unread"] else None}
        found: list[Record] = yield Call("search_all_messages", query)
        new = [text for text in found if text["message_id"] and text["message_id"] not in self._passed]
        # The gateway may ignore the order, the status and the window that it is asked for.
        fitting = sorted((text for text in new if self._fits(text, settings)), key=lambda text: _moment(text) or _LAST)
        self._passed |= {text["message_id"] for text in new}
        if not fitting:
            return None
        message_id = fitting[0]["message_id"]
        self._passed.discard(message_id)
        return {"outcome": "final", "message_id": message_id}

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

    def _check(self, settings: Settings) -> None:
        if self._sender and not self._sender.startswith(f"{_mark(settings)}:"):
            raise SmsWorksConfigError(
                f"The token of connection `{settings.conn_id}` has changed, and with it what stood for `from_number`"
                " while the task waited. Clear the task: it finds what came meanwhile."
            )

    def _fits(self, text: Record, settings: Settings) -> bool:
        moment = _moment(text)
        if text["status"] != "INCOMING" or (moment is not None and moment < self._since):
            return False
        if self._sender and fingerprint(settings, text["sender"]) != self._sender:
            return False
        if self._to_number and _normal(text["to"]) != self._to_number:
            return False
        content = text["content"] or ""
        if self._keyword and self._keyword not in {
            word.casefold() for word in (text["keyword"], first_word(content)) if word
        }:
            return False
        return not self._pattern or bool(self._pattern.search(content))


def first_word(content: str) -> str | None:
    """Return the first word of a text, without what stands around it."""
    found = re.search(r"\w+", content)
    return found and found[0]


def fingerprint(settings: Settings, number: object) -> str:
    """
    Return what stands for a phone in the arguments of a trigger: Airflow keeps those as they are.

    (Its own deferral on 3.3.2 writes them to the database without encrypting them.) Only who has the account's secret
    can try out numbers for it. It begins with what tells which secret that was.
    """
    secret = settings.secrets[-1]
    return f"{_mark(settings)}:{blind(secret, 'sender', _normal(number))}"


def _mark(settings: Settings) -> str:
    return blind(settings.secrets[-1], "sender")[:8]


def _normal(number: object) -> str:
    """Return a number in the gateway's spelling, however it was spelled; what is none stays as it is."""
    # Deferred, as it brings the library for phone numbers: a Dag file should not pay for that.
    from airflow_provider_smsworks.api.numbers import NumberProblem, parse_number

    try:
        return parse_number(number, allow_test_numbers=True)
    except NumberProblem:
        return str(number)


def _moment(text: Record) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text["created"])
    except (TypeError, ValueError):
        return None
    return moment if moment.utcoffset() is not None else None
