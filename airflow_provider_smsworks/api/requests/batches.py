"""Requests that text many phones in one call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Unpack

from airflow_provider_smsworks.api.requests.checks import Check
from airflow_provider_smsworks.api.requests.messages import (
    BatchOptions,
    MessageOptions,
    any_message,
    moment_to_send,
    one_message,
)
from airflow_provider_smsworks.api.requests.request import Request, without_nothing
from airflow_provider_smsworks.api.settings import Settings

_FIELDS_OF_A_MESSAGE = frozenset({"to", "content"}) | MessageOptions.__optional_keys__


def batch(settings: Settings, *, to: Iterable[str | int], content: str, **options: Unpack[BatchOptions]) -> Request:
    """
    Make the body of one text to many phones.

    A batch carries no ``metadata``: who has to find its messages again sends a collection. It takes no
    ``response_emails`` either. The other parameters and errors are those of ``send_message``.

    :param to: the phones, each of them once, and no more than the connection's ``batch_limit``
    """
    check = Check(settings)
    body = _batch(check, to, content, **options)
    check.done()
    return Request(without_nothing(body))


def scheduled_batch(
    settings: Settings,
    *,
    to: Iterable[str | int],
    content: str,
    schedule: dt.datetime | str,
    **options: Unpack[BatchOptions],
) -> Request:
    """
    Make the body of one text to many phones that is sent later.

    The other parameters and errors are those of ``send_batch``.

    :param schedule: when, an aware datetime in the future, or ISO 8601 text with its offset
    """
    check = Check(settings)
    body = _batch(check, to, content, **options)
    body["schedule"] = moment_to_send(check, schedule)
    check.done()
    return Request(without_nothing(body))


def collection(settings: Settings, *, messages: Iterable[Mapping[str, Any]]) -> Request:
    """
    Make the body of many messages, each with a text of its own.

    :param messages: mappings of the parameters of ``send_message``: ``to``, ``content`` and any of the others;
        one phone may get several texts, but not the same text twice; no more than the connection's ``batch_limit``
    :raises SmsWorksValidationError: naming everything that is wrong, such as ``messages[3].to``
    """
    check = Check(settings)
    bodies = []
    places: dict[tuple[Any, Any], int] = {}
    for index, entry in enumerate(check.entries("messages", messages, "messages")):
        part = check.inside(f"messages[{index}].")
        body = _entry(check, part, index, entry)
        bodies.append(without_nothing(body))
        same = body.get("destination"), body.get("content")
        if None not in same and places.setdefault(same, index) != index:
            part.problem("to", f"gets the same text as in messages[{places[same]}]: leave one of them out")
    check.done()
    return Request(bodies)


def collection_entry(settings: Settings, index: int, entry: object) -> tuple[dict[str, Any], list[str]]:
    """Make the body of one message of a collection, and return what is wrong with it; see :func:`collection`."""
    check = Check(settings)
    body = _entry(check, check.inside(f"messages[{index}]."), index, entry)
    return without_nothing(body), check.problems


def _batch(check: Check, to: Iterable[str | int], content: str, **options: Unpack[BatchOptions]) -> dict[str, Any]:
    return {
        "destinations": _recipients(check, to),
        "content": check.content(content),
        **any_message(check, **options),
    }


def _recipients(check: Check, to: object) -> list[str | None]:
    numbers: list[str | None] = []
    places: dict[str, int] = {}
    for index, entry in enumerate(check.entries("to", to, "numbers")):
        number = check.recipient(entry, f"to[{index}]")
        numbers.append(number)
        if number is not None and places.setdefault(number, index) != index:
            check.problem(f"to[{index}]", f"is the same phone as to[{places[number]}]: leave one of them out")
    return numbers


def _entry(check: Check, part: Check, index: int, entry: object) -> dict[str, Any]:
    if not isinstance(entry, Mapping):
        check.problem(
            f"messages[{index}]", f"must be a mapping such as {{'to': …, 'content': …}}, not {type(entry).__name__}"
        )
        return {}
    for name in sorted(map(str, set(entry) - _FIELDS_OF_A_MESSAGE)):
        part.problem(name, f"is no field of a message: there are {', '.join(sorted(_FIELDS_OF_A_MESSAGE))}")
    fields = {name: value for name, value in entry.items() if name in _FIELDS_OF_A_MESSAGE}
    to, content = fields.pop("to", ""), fields.pop("content", None)
    return one_message(part, to=to, content=part.content(content), **fields)
