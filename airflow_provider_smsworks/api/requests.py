"""
What goes out: each function checks the arguments of some operations and makes their body.

All problems of a request are found before it leaves, each naming its field. The limits are those of the
gateway's documents; what only one of them refuses is left to the gateway.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pendulum

from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.numbers import NumberProblem, parse_number
from airflow_provider_smsworks.api.settings import Settings, sender_problem

MAX_CONTENT = 1280
MAX_TAG = 280
MAX_VALIDITY = dt.timedelta(minutes=2880)
MAX_LIMIT = 1000


@dataclass(frozen=True)
class Request:
    """The body and the ids in the path of one call."""

    body: Any = field(default=None, repr=False)
    path: Mapping[str, str] = field(default_factory=dict)


def nothing(settings: Settings) -> Request:
    """Make the request of an operation that takes no arguments."""
    return Request()


def credentials(settings: Settings) -> Request:
    """Make the request for a token."""
    given = settings.credentials
    if given is None:
        raise SmsWorksValidationError(["the connection has no `customer_id`, `api_key` and `api_secret`"])
    return Request({"customerid": given.customer_id, "key": given.api_key, "secret": given.api_secret})


def message_id(settings: Settings, message_id: str) -> Request:
    """
    Make the request for what concerns one message.

    :param message_id: the gateway's id, as a send returned it
    """
    if not isinstance(message_id, str | int) or isinstance(message_id, bool) or not str(message_id).strip():
        raise SmsWorksValidationError(["`message_id` is empty: give the id that a send returned"])
    return Request(path={"messageid": str(message_id).strip()})


def message(
    settings: Settings,
    *,
    to: str | int,
    content: str,
    sender: str | None = None,
    tag: str | None = None,
    metadata: Mapping[str, str] | None = None,
    validity: dt.timedelta | None = None,
    ttl: dt.timedelta | None = None,
    delivery_report_url: str | None = None,
    response_emails: Sequence[str] | None = None,
    ai: bool | None = None,
) -> Request:
    """
    Make the body of one message.

    :param to: the phone to text; ``07…``, ``447…``, ``+44…``, ``0044…``, other countries with their code
    :param content: the text, 1 to 1,280 characters
    :param sender: 3 to 11 letters and digits (nobody can answer those), or 3 to 15 digits; default: the connection's
    :param tag: a label for reports, at most 280 characters
    :param metadata: pairs of text that the gateway keeps with the message
    :param validity: how long the networks may try, 1 to 2,880 whole minutes
    :param ttl: after how many whole minutes the gateway deletes the delivery report
    :param delivery_report_url: where the gateway posts reports; default: the connection's, then the account's
    :param response_emails: where replies are mailed to (needs a reply number)
    :param ai: whether the gateway may shorten a text that is just over one or two credits; default: the account's
    :raises SmsWorksValidationError: naming everything that is wrong
    """
    check = _Check()
    body: dict[str, Any] = {
        "sender": check.sender(sender if sender not in (None, "") else settings.sender),
        "destination": check.recipient(to, settings),
        "content": check.content(content),
    }
    optional = {
        "tag": check.text("tag", tag, MAX_TAG),
        "metadata": check.pairs("metadata", metadata),
        "validity": check.minutes("validity", validity, MAX_VALIDITY),
        "ttl": check.minutes("ttl", ttl, None),
        "deliveryreporturl": check.text("delivery_report_url", delivery_report_url or settings.delivery_report_url),
        "responseemail": check.emails(response_emails),
        "ai": check.flag("ai", ai),
    }
    check.raise_problems()
    return Request(body | {name: value for name, value in optional.items() if value is not None})


def query(
    settings: Settings,
    *,
    status: str | None = None,
    to: str | int | None = None,
    sender: str | None = None,
    keyword: str | None = None,
    since: dt.datetime | str | None = None,
    until: dt.datetime | str | None = None,
    limit: int | None = None,
    skip: int | None = None,
    unread: bool | None = None,
    metadata: Mapping[str, str] | None = None,
    credits: float | None = None,
) -> Request:
    """
    Make the body of a search.

    :param status: SENT, DELIVERED, EXPIRED, UNDELIVERABLE, REJECTED or INCOMING
    :param to: the phone that was texted
    :param sender: who texted; for incoming messages, the phone
    :param keyword: the keyword of incoming messages
    :param since: earliest moment, aware or ISO text with its offset
    :param until: latest moment
    :param limit: at most so many messages, 1 to 1,000
    :param skip: leave out so many messages first
    :param unread: of incoming messages, only unread (True) or only read ones (False)
    :param metadata: pairs that the messages were sent with
    :param credits: credits used
    """
    check = _Check()
    body = {
        "status": check.text("status", status),
        "destination": None if to is None else check.recipient(to, settings, to_be_texted=False),
        "sender": check.text("sender", sender),
        "keyword": check.text("keyword", keyword),
        "from": check.moment("since", since),
        "to": check.moment("until", until),
        "limit": check.whole("limit", limit, 1, MAX_LIMIT),
        "skip": check.whole("skip", skip, 0, None),
        "unread": check.flag("unread", unread),
        "metadata": check.pairs("metadata", metadata),
        "credits": check.amount("credits", credits),
    }
    check.raise_problems()
    return Request({name: value for name, value in body.items() if value is not None})


class _Check:
    """Checks fields one by one, and collects what is wrong."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def raise_problems(self) -> None:
        if self.problems:
            raise SmsWorksValidationError(self.problems)

    def _problem(self, name: str, text: str) -> None:
        self.problems.append(f"`{name}` {text}")

    def sender(self, sender: object) -> str | None:
        if sender in (None, ""):
            self._problem("sender", "is missing: give it to the task, or set `sender` in the connection's extra")
        elif problem := sender_problem(sender):
            self._problem("sender", problem)
        return str(sender)

    def recipient(self, to: object, settings: Settings, *, to_be_texted: bool = True) -> str | None:
        try:
            number = parse_number(
                to, region=settings.default_region, allow_test_numbers=settings.allow_test_numbers or not to_be_texted
            )
        except NumberProblem as problem:
            self._problem("to", str(problem))
            return None
        if to_be_texted and settings.allowed_numbers is not None and number not in settings.allowed_numbers:
            self._problem(
                "to", f"is not among `allowed_numbers` of connection `{settings.conn_id}`, which texts nobody else"
            )
        return number

    def content(self, content: object) -> str | None:
        if not isinstance(content, str) and content is not None:
            self._problem("content", f"must be text, not {type(content).__name__}")
        elif not content or not content.strip():
            self._problem("content", "is empty: give the words to send")
        elif len(content) > MAX_CONTENT:
            self._problem(
                "content", f"has {len(content):,} characters and the gateway takes {MAX_CONTENT:,}: shorten it"
            )
        return content if isinstance(content, str) else None

    def text(self, name: str, value: object, most: int | None = None) -> str | None:
        if value in (None, ""):
            return None
        if not isinstance(value, str):
            self._problem(name, f"must be text, not {type(value).__name__}")
            return None
        if most and len(value) > most:
            self._problem(name, f"has {len(value)} characters and may have {most}")
        return value

    def pairs(self, name: str, value: object) -> list[dict[str, str]] | None:
        if not value:
            return None
        if not isinstance(value, Mapping):
            self._problem(name, f"must be a mapping of text to text, not {type(value).__name__}")
            return None
        if not all(isinstance(key, str) and isinstance(entry, str) for key, entry in value.items()):
            self._problem(name, "must have text for keys and values")
        return [{"key": str(key), "value": str(entry)} for key, entry in value.items()]

    def minutes(self, name: str, value: object, most: dt.timedelta | None) -> int | None:
        if value is None:
            return None
        if not isinstance(value, dt.timedelta):
            self._problem(name, f"must be a timedelta, not {type(value).__name__}")
            return None
        minutes, rest = divmod(value, dt.timedelta(minutes=1))
        if rest or minutes < 1 or (most and value > most):
            limit = f" and at most {most // dt.timedelta(minutes=1):,}" if most else ""
            self._problem(name, f"must be whole minutes, at least 1{limit}")
        return minutes

    def emails(self, value: object) -> list[str] | None:
        if not value:
            return None
        entries = [value] if isinstance(value, str) else value
        if not isinstance(entries, Sequence) or not all(isinstance(entry, str) and "@" in entry for entry in entries):
            self._problem("response_emails", "must be a list of e-mail addresses")
            return None
        return list(entries)

    def flag(self, name: str, value: object) -> bool | None:
        if value is not None and not isinstance(value, bool):
            self._problem(name, f"must be True or False, not {type(value).__name__}")
            return None
        return value

    def whole(self, name: str, value: object, least: int, most: int | None) -> int | None:
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < least or (most and value > most):
            self._problem(name, f"must be a whole number, at least {least}" + (f" and at most {most}" if most else ""))
            return None
        return value

    def amount(self, name: str, value: object) -> float | None:
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < float("inf"):
            self._problem(name, "must be a number, 0 or more")
            return None
        return value

    def moment(self, name: str, value: object) -> str | None:
        """Return ISO 8601 in UTC, which every document's date parser reads."""
        if value in (None, ""):
            return None
        moment: object = value
        if isinstance(value, str):
            try:
                moment = dt.datetime.fromisoformat(value)
            except ValueError:
                moment = None
        if not isinstance(moment, dt.datetime):
            self._problem(name, "must be a datetime, or ISO 8601 text such as 2026-01-31T09:30:00+00:00")
            return None
        if moment.tzinfo is None:
            self._problem(
                name, "has no time zone, and 09:30 is another moment in each of them: add one, such as +00:00"
            )
            return None
        try:
            return pendulum.instance(moment).in_timezone("UTC").format("YYYY-MM-DD[T]HH:mm:ss.SSS[Z]")
        except (ValueError, OverflowError):
            self._problem(name, "is before the year 1 or after 9999 in UTC: give another moment")
            return None
