"""Requests for one-time passcodes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from airflow_provider_smsworks.api.requests.checks import MAX_CONTENT, Check
from airflow_provider_smsworks.api.requests.request import Request, without_nothing
from airflow_provider_smsworks.api.settings import Settings

PLACEHOLDER = "{{passcode}}"
MAX_METADATA_BYTES = 1024
DEFAULT_LENGTH = 6

_SECOND = dt.timedelta(seconds=1)


def otp(
    settings: Settings,
    *,
    to: str | int,
    sender: str | None = None,
    length: int | None = None,
    template: str | None = None,
    passcode: str | None = None,
    validity: dt.timedelta | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Request:
    """
    Make the body of a text with a one-time passcode.

    :param to: the phone to text, spelled as for ``send_message``
    :param sender: as for ``send_message``; default: the connection's, then the gateway's
    :param length: digits of a passcode that the gateway makes (its default is 6)
    :param template: the text, with ``{{passcode}}`` where the passcode goes; at most 1,280 characters
    :param passcode: a passcode of one's own, as text: 0123 and 123 are different ones
    :param validity: how long it can be verified, whole seconds (a message's validity is in minutes)
    :param metadata: anything that JSON can hold, at most 1,024 bytes; comes back when the passcode is verified.
        The gateway finds a passcode by itself alone: an id of one's own in here tells whose it was.
    :raises SmsWorksValidationError: naming everything that is wrong
    """
    check = Check(settings)
    digits = check.whole("length", length, 1, MAX_CONTENT)
    body = {
        "sender": check.sender(sender, required=False),
        "destination": check.recipient(to),
        "length": digits,
        "template": _template(check, template, _digits(digits, passcode)),
        "passcode": check.text("passcode", passcode),
        "validity": check.duration("validity", validity, _SECOND),
        "metadata": check.document("metadata", metadata, MAX_METADATA_BYTES),
    }
    check.done()
    return Request(without_nothing(body))


def passcode(settings: Settings, passcode: str) -> Request:
    """
    Make the request to verify a passcode.

    :param passcode: what the person typed, as text: 0123 and 123 are different ones
    """
    check = Check(settings)
    if passcode is None or (isinstance(passcode, str) and not passcode.strip()):
        check.problem("passcode", "is empty: give what the person typed")
    given = check.text("passcode", passcode)
    check.done()
    return Request({"passcode": (given or "").strip()})


def _digits(length: int | None, passcode: object) -> int:
    """Return how long the passcode will be: one's own, or the gateway's."""
    if isinstance(passcode, str) and passcode:
        return len(passcode)
    return DEFAULT_LENGTH if length is None else length


def _template(check: Check, template: object, passcode_length: int) -> str | None:
    text = check.text("template", template)
    if text is None:
        return None
    if PLACEHOLDER not in text:
        check.problem("template", f"must hold {PLACEHOLDER}, spelled like this, where the passcode goes")
    elif (length := len(text.replace(PLACEHOLDER, "x" * passcode_length))) > MAX_CONTENT:
        check.problem("template", f"makes a text of {length:,} characters and the gateway takes {MAX_CONTENT:,}")
    return text
