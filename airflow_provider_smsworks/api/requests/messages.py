"""Requests that text one phone: now, as a flash, in binary, or later."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from airflow_provider_smsworks.api.requests.checks import MAX_CONTENT, MAX_TAG, Check
from airflow_provider_smsworks.api.requests.request import Request, without_nothing
from airflow_provider_smsworks.api.rules import is_blank
from airflow_provider_smsworks.api.settings import Settings

MINUTE = dt.timedelta(minutes=1)
MAX_VALIDITY = 2880 * MINUTE

_HEX_PAIRS = re.compile(r"[0-9A-Fa-f]{2}(?: ?[0-9A-Fa-f]{2})*")


class BatchOptions(TypedDict, total=False):
    """What may be said of any message, also of a whole batch."""

    sender: str | None
    tag: str | None
    validity: dt.timedelta | None
    ttl: dt.timedelta | None
    delivery_report_url: str | None
    ai: bool | None


class MessageOptions(BatchOptions, total=False):
    """What may be said of a message to one phone."""

    metadata: Mapping[str, str] | None
    response_emails: Sequence[str] | None


def message(settings: Settings, *, to: str | int, content: str, **options: Unpack[MessageOptions]) -> Request:
    """
    Make the body of one message.

    :param to: the phone to text; ``07…``, ``447…``, ``+44…``, ``0044…``, other countries with their code
    :param content: the text, 1 to 1,280 characters; blanks alone count as empty
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
    check = Check(settings)
    body = one_message(check, to=to, content=check.content(content), **options)
    check.done()
    return Request(without_nothing(body))


def scheduled_message(
    settings: Settings,
    *,
    to: str | int,
    content: str,
    schedule: dt.datetime | str,
    **options: Unpack[MessageOptions],
) -> Request:
    """
    Make the body of one message that is sent later.

    The other parameters and errors are those of ``send_message``.

    :param schedule: when, an aware datetime in the future, or ISO 8601 text with its offset
    """
    check = Check(settings)
    body = one_message(check, to=to, content=check.content(content), **options)
    body["schedule"] = moment_to_send(check, schedule)
    check.done()
    return Request(without_nothing(body))


def binary_message(
    settings: Settings, *, to: str | int, content: str | bytes, **options: Unpack[MessageOptions]
) -> Request:
    """
    Make the body of one binary message.

    The other parameters and errors are those of ``send_message``.

    :param content: bytes, or text of hexadecimal pairs such as ``65 54 74``; at most 427 bytes, which fill the
        1,280 characters that the gateway takes
    """
    check = Check(settings)
    body = one_message(check, to=to, content=_hex_pairs(check, content), **options)
    check.done()
    return Request(without_nothing(body))


def one_message(
    check: Check,
    *,
    to: str | int,
    content: str | None,
    metadata: Mapping[str, str] | None = None,
    response_emails: Sequence[str] | None = None,
    **options: Unpack[BatchOptions],
) -> dict[str, Any]:
    """Make the body of a message to one phone, whose content is checked already."""
    return {
        "destination": check.recipient(to),
        "content": content,
        "metadata": check.pairs("metadata", metadata),
        "responseemail": check.emails("response_emails", response_emails),
        **any_message(check, **options),
    }


def any_message(
    check: Check,
    *,
    sender: str | None = None,
    tag: str | None = None,
    validity: dt.timedelta | None = None,
    ttl: dt.timedelta | None = None,
    delivery_report_url: str | None = None,
    ai: bool | None = None,
) -> dict[str, Any]:
    """Make the fields that messages and batches share."""
    return {
        "sender": check.sender(sender),
        "tag": check.text("tag", tag, MAX_TAG),
        "validity": check.duration("validity", validity, MINUTE, MAX_VALIDITY),
        "ttl": check.duration("ttl", ttl, MINUTE),
        "deliveryreporturl": check.web_address(
            "delivery_report_url",
            check.settings.delivery_report_url if is_blank(delivery_report_url) else delivery_report_url,
        ),
        "ai": check.flag("ai", ai),
    }


def moment_to_send(check: Check, schedule: object, *, future: bool = True) -> str | None:
    """Check when something shall be sent."""
    if is_blank(schedule):
        check.problem("schedule", "is missing: say when it shall be sent")
    return check.moment("schedule", schedule, future=future)


def _hex_pairs(check: Check, content: object) -> str | None:
    if isinstance(content, bytes | bytearray):
        pairs = content.hex(" ")
    elif isinstance(content, str) and _HEX_PAIRS.fullmatch(content.strip()):
        pairs = bytes.fromhex(content).hex(" ")
    elif is_blank(content):
        pairs = ""
    else:
        check.problem("content", "must be bytes, or text of hexadecimal pairs such as 65 54 74")
        return None
    if not pairs:
        check.problem("content", "is empty: give the bytes to send")
    elif len(pairs) > MAX_CONTENT:
        check.problem(
            "content", f"has {(len(pairs) + 1) // 3:,} bytes and the gateway takes {(MAX_CONTENT + 1) // 3:,}"
        )
    return pairs
