"""A text that came in, with what those compare who wait for one: worked out once for all of them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import cached_property

from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.sending.identity import blind

TOLERANCE = dt.timedelta(seconds=2)
"""How much earlier a text may seem to be: clocks differ, and some of the gateway's dates are whole seconds."""

_LAST = dt.datetime.max.replace(tzinfo=dt.UTC)


class Arrived:
    """
    One text of a search, which may be none that came in: the gateway may ignore the status that it is asked for.

    :param text: a message as the hook returns it
    :param known: the settings of the connection by their :func:`mark_of_secret`; after a new token also the earlier
    """

    def __init__(self, text: Record, known: Mapping[str, Settings]) -> None:
        self.text = text
        self._known = known
        self._fingerprints: dict[str, str] = {}
        self.message_id: str | None = text["message_id"]
        self.moment = moment_of(text)
        self.content: str = text["content"] or ""

    @property
    def is_incoming(self) -> bool:
        """Whether somebody sent it to the account, and it can be named."""
        return self.text["status"] == "INCOMING" and bool(self.message_id)

    def comes_from(self, sender: str) -> bool:
        """Tell whether it comes from the phone with this :func:`fingerprint`."""
        mark = sender.partition(":")[0]
        if mark not in self._fingerprints and mark in self._known:
            self._fingerprints[mark] = fingerprint(self._known[mark], self.text["sender"])
        return self._fingerprints.get(mark) == sender

    @cached_property
    def from_number(self) -> str:
        """The phone that it comes from, in the gateway's spelling."""
        return in_gateway_spelling(self.text["sender"])

    @cached_property
    def to_number(self) -> str:
        """The account's own number, in the gateway's spelling."""
        return in_gateway_spelling(self.text["to"])

    @cached_property
    def keywords(self) -> frozenset[str]:
        """What it may be called by: the gateway's keyword and the first word, in small letters."""
        return frozenset(word.casefold() for word in (self.text["keyword"], first_word(self.content)) if word)

    def came_since(self, since: dt.datetime) -> bool:
        """Tell whether it may have come since then; one without a date may have."""
        return self.moment is None or self.moment >= since - TOLERANCE

    @property
    def order(self) -> dt.datetime:
        """What puts texts in their order: the oldest first, and last those without a date."""
        return self.moment or _LAST


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
    return f"{mark_of_secret(settings)}:{blind(settings.secrets[-1], 'sender', in_gateway_spelling(number))}"


def mark_of_secret(settings: Settings) -> str:
    """Return what tells which secret of the account made a fingerprint."""
    return blind(settings.secrets[-1], "sender")[:8]


def in_gateway_spelling(number: object) -> str:
    """Return a number in the gateway's spelling, however it was spelled; what is none stays as it is."""
    # Deferred, as it brings the library for phone numbers: a Dag file should not pay for that.
    from airflow_provider_smsworks.api.numbers import NumberProblem, parse_number

    try:
        return parse_number(number, allow_test_numbers=True)
    except NumberProblem:
        return str(number)


def moment_of(text: Record) -> dt.datetime | None:
    """Return when the gateway says that a text came or went, if it says so in a way that has one meaning."""
    try:
        moment = dt.datetime.fromisoformat(text["created"])
    except (TypeError, ValueError):
        return None
    return moment if moment.utcoffset() is not None else None
