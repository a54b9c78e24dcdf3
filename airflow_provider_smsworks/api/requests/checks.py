"""Checks fields one by one, and collects what is wrong with all of them."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Self

import pendulum

from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.numbers import NumberProblem, parse_number
from airflow_provider_smsworks.api.rules import integer_text, is_blank, sender_problem, web_address_problem
from airflow_provider_smsworks.api.settings import Settings

MAX_CONTENT = 1280
MAX_TAG = 280

_SHORT_NUMBER = re.compile(r"[0-9]{3,15}")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def number_to_text(settings: Settings, value: object) -> str:
    """
    Return a number that takes texts, in the gateway's spelling.

    :raises NumberProblem: it is none
    """
    return parse_number(value, region=settings.default_region, allow_test_numbers=settings.allow_test_numbers)


def unlisted_problem(settings: Settings, number: str) -> str | None:
    """Return why a connection that names whom it may text does not text this number, or None."""
    if settings.allowed_numbers is None or number in settings.allowed_numbers:
        return None
    return f"is not among `allowed_numbers` of connection `{settings.conn_id}`, which texts nobody else"


def content_problem(content: object) -> str | None:
    """Return what is wrong with words to send, or None."""
    if not isinstance(content, str) and content is not None:
        return f"must be text, not {type(content).__name__}"
    if not content or content.isspace():
        return "is empty: give the words to send"
    if len(content) > MAX_CONTENT:
        return f"has {len(content):,} characters and the gateway takes {MAX_CONTENT:,}: shorten it"
    if not content.isascii() and _LONE_SURROGATE.search(content):
        return "holds half a character (a lone surrogate), which no phone can show: remove it"
    return None


class Check:
    """
    The checks of one request.

    :param settings: of the connection
    :param where: what stands before the names of fields, such as ``messages[3].``
    """

    def __init__(self, settings: Settings, where: str = "", problems: list[str] | None = None) -> None:
        self.settings = settings
        self.problems: list[str] = [] if problems is None else problems
        self._where = where

    def inside(self, where: str) -> Self:
        """Return the checks of a part of this request, whose problems are this request's too."""
        return type(self)(self.settings, self._where + where, self.problems)

    def problem(self, name: str, text: str) -> None:
        """Note that a field is wrong."""
        self.problems.append(f"`{self._where}{name}` {text}")

    def done(self) -> None:
        """
        Let the request go out, if nothing is wrong with it.

        :raises SmsWorksValidationError: naming everything that is wrong
        """
        if self.problems:
            raise SmsWorksValidationError(self.problems)

    def sender(self, sender: object, *, required: bool = True) -> str | None:
        """Return the sender, or else the one of the connection."""
        sender = self.settings.sender if is_blank(sender) else sender
        if is_blank(sender):
            if required:
                self.problem("sender", "is missing: give it to the task, or set `sender` in the connection's extra")
            return None
        if problem := sender_problem(sender):
            self.problem("sender", problem)
            return None
        return str(sender)

    def recipient(self, to: object, name: str = "to") -> str | None:
        """Return a phone that may be texted, in the gateway's spelling."""
        try:
            number = number_to_text(self.settings, to)
        except NumberProblem as problem:
            self.problem(name, str(problem))
            return None
        if unlisted := unlisted_problem(self.settings, number):
            self.problem(name, unlisted)
        return number

    def entries(self, name: str, value: object, what: str) -> list[Any]:
        """Return the entries of a list, of which there is at least one and no more than one call may have."""
        limit = self.settings.batch_limit
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
            self.problem(name, f"must be a list of {what}, not {type(value).__name__}")
            return []
        entries = list(value)
        if not entries:
            self.problem(name, "is empty: give at least one entry")
        elif len(entries) > limit:
            self.problem(
                name,
                f"has {len(entries):,} entries, and one call may have {limit:,} (`batch_limit` of connection"
                f" `{self.settings.conn_id}`): make several calls of them",
            )
        return entries

    def number_of_search(self, name: str, value: object) -> str | None:
        """Return a number as the gateway stores it; incoming messages may be to numbers that no phone has."""
        if is_blank(value):
            return None
        try:
            return parse_number(value, region=self.settings.default_region, allow_test_numbers=True)
        except NumberProblem as problem:
            digits = "".join(value.split()) if isinstance(value, str) else integer_text(value) or ""
            if _SHORT_NUMBER.fullmatch(digits):
                return digits
            self.problem(name, str(problem))
            return None

    def sender_of_search(self, value: object, *, is_phone: bool) -> str | None:
        """
        Return a sender as it is or, if it can only be a phone, as the gateway stores one.

        Digits alone may be a sender of one's own, which is stored as it was given.
        """
        if is_blank(value) or (not is_phone and isinstance(value, str) and value.isalnum()):
            return self.text("sender", value)
        try:
            return parse_number(value, region=self.settings.default_region, allow_test_numbers=True)
        except NumberProblem:
            return self.text("sender", integer_text(value) or value)

    def content(self, content: object) -> str | None:
        """Return words to send."""
        if problem := content_problem(content):
            self.problem("content", problem)
        return content if isinstance(content, str) else None

    def text(self, name: str, value: object, most: int | None = None) -> str | None:
        """Return text of at most so many characters."""
        if is_blank(value):
            return None
        if not isinstance(value, str):
            self.problem(name, f"must be text, not {type(value).__name__}")
            return None
        if most and len(value) > most:
            self.problem(name, f"has {len(value)} characters and may have {most}")
        return value

    def identifier(self, name: str, value: object) -> str:
        """Return an id as text. The gateway's are opaque: digits, and in places UUIDs."""
        given = value.strip() if isinstance(value, str) else integer_text(value)
        if given is None and value is not None:
            self.problem(name, f"must be text, not {type(value).__name__}: give the id that the gateway answered with")
        elif not given:
            self.problem(name, "is empty: give the id that the gateway answered with")
        elif not given.isprintable():
            self.problem(name, "holds characters that nobody sees: give the id that the gateway answered with")
        return given or ""

    def pairs(self, name: str, value: object) -> list[dict[str, str]] | None:
        """Return a mapping as the gateway wants it: as pairs."""
        if is_blank(value):
            return None
        if not isinstance(value, Mapping):
            self.problem(name, f"must be a mapping of text to text, not {type(value).__name__}")
            return None
        if not all(isinstance(key, str) and isinstance(entry, str) for key, entry in value.items()):
            self.problem(name, "must have text for keys and values")
            return None
        return [{"key": key, "value": entry} for key, entry in value.items()] or None

    def document(self, name: str, value: object, most: int) -> dict[str, Any] | None:
        """Return an object that JSON can hold, in at most so many bytes."""
        if is_blank(value):
            return None
        if not isinstance(value, Mapping):
            self.problem(name, f"must be a mapping, not {type(value).__name__}")
            return None
        try:
            text = json.dumps(dict(value), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
            size = len(text.encode())
        except (TypeError, ValueError, RecursionError):  # a lone surrogate is a ValueError too
            self.problem(name, "must hold nothing but text, numbers, true, false, null, lists and mappings of those")
            return None
        if size > most:
            self.problem(name, f"has {size:,} bytes as JSON and may have {most:,}")
        return dict(value) or None

    def duration(self, name: str, value: object, unit: dt.timedelta, most: dt.timedelta | None = None) -> int | None:
        """Return a timedelta as a whole number of units, of minutes or seconds."""
        if value is None:
            return None
        word = "minutes" if unit == dt.timedelta(minutes=1) else "seconds"
        if not isinstance(value, dt.timedelta):
            self.problem(name, f"must be a timedelta, not {type(value).__name__}")
            return None
        # By the base class: pendulum's durations are timedeltas that cannot be divided.
        count, rest = dt.timedelta.__divmod__(value, unit)
        if rest or count < 1 or (most and value > most):
            limit = f" and at most {most // unit:,}" if most else ""
            self.problem(name, f"must be whole {word}, at least 1{limit}")
        return count

    def web_address(self, name: str, value: object) -> str | None:
        """Return a web address."""
        if is_blank(value):
            return None
        if problem := web_address_problem(value):
            self.problem(name, problem)
            return None
        return str(value)

    def emails(self, name: str, value: object) -> list[str] | None:
        """Return e-mail addresses; one alone may be text."""
        if is_blank(value):
            return None
        entries = [value] if isinstance(value, str) else value
        if not isinstance(entries, list | tuple) or not all(
            isinstance(entry, str) and "@" in entry for entry in entries
        ):
            self.problem(name, "must be a list of e-mail addresses")
            return None
        return list(entries) or None

    def flag(self, name: str, value: object) -> bool | None:
        """Return true or false."""
        if value is not None and not isinstance(value, bool):
            self.problem(name, f"must be True or False, not {type(value).__name__}")
            return None
        return value

    def whole(self, name: str, value: object, least: int, most: int) -> int | None:
        """Return a whole number within limits."""
        if value is None:
            return None
        digits = integer_text(value)
        if digits is None or not least <= int(digits) <= most:
            self.problem(name, f"must be a whole number, at least {least} and at most {most:,}")
            return None
        return int(digits)

    def amount(self, name: str, value: object) -> float | None:
        """Return a number, 0 or more."""
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= sys.float_info.max:
            self.problem(name, "must be a number, 0 or more")
            return None
        return value

    def moment(self, name: str, value: object, *, future: bool = False) -> str | None:
        """Return ISO 8601 in UTC, which every document's date parser reads."""
        if is_blank(value):
            return None
        moment: object = value
        if isinstance(value, str):
            try:
                moment = dt.datetime.fromisoformat(value)
            except ValueError:
                moment = None
        if not isinstance(moment, dt.datetime):
            self.problem(name, "must be a datetime, or ISO 8601 text such as 2026-01-31T09:30:00+00:00")
            return None
        if moment.utcoffset() is None:
            self.problem(name, "has no time zone, and is another moment in each of them: add one, such as +00:00")
            return None
        try:
            # Converted first: of a time that a change of the clocks left out, pendulum makes another moment.
            utc = pendulum.instance(moment.astimezone(dt.UTC))
            if future and utc <= pendulum.now("UTC"):
                self.problem(name, f"is in the past ({utc.format('YYYY-MM-DD HH:mm:ss')} UTC): give a moment to come")
            return utc.format("YYYY-MM-DD[T]HH:mm:ss.SSS[Z]")
        except (ValueError, OverflowError):
            self.problem(name, "is before the year 1 or after 9999 in UTC: give another moment")
            return None
