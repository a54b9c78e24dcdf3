"""Rules of single values that both connections and requests obey."""

from __future__ import annotations

import operator
import re
from typing import SupportsIndex
from urllib.parse import urlsplit

_SENDER = re.compile(r"[A-Za-z0-9]{3,11}|[0-9]{3,15}")


def is_blank(value: object) -> bool:
    """Tell what nobody gave: None, or text without anything in it, as of a template that rendered to nothing."""
    # Not ``value in (None, "")``: the missing values and the arrays of data frames cannot be compared.
    return value is None or (isinstance(value, str) and not value)


def integer_text(value: object) -> str | None:
    """Return an integer as text, also one of a data frame; None for anything else, True and False too."""
    if not isinstance(value, SupportsIndex) or isinstance(value, bool):
        return None
    try:
        return str(operator.index(value))
    except (TypeError, ValueError):  # an array of several, thousands of digits
        return None


def sender_problem(sender: object) -> str | None:
    """Return what is wrong with a sender, or None (the gateway's rule, code 4003)."""
    if isinstance(sender, str) and _SENDER.fullmatch(sender):
        return None
    return "must be 3 to 11 letters and digits, or 3 to 15 digits, without blanks or signs"


def web_address_problem(address: object) -> str | None:
    """Return what is wrong with a web address, or None. The address may hold a password, so it is not quoted."""
    try:
        # Looked at before it is taken apart, which drops line breaks without a word.
        url = urlsplit(address) if isinstance(address, str) and address.isprintable() else None
    except ValueError:
        url = None
    if url is not None and url.scheme in ("http", "https") and url.hostname and " " not in url.hostname:
        return None
    return "must be a web address that begins with https:// or http://"
