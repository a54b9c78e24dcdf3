"""Rules of single values that both connections and requests obey."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_SENDER = re.compile(r"[A-Za-z0-9]{3,11}|[0-9]{3,15}")


def sender_problem(sender: object) -> str | None:
    """Return what is wrong with a sender, or None (the gateway's rule, code 4003)."""
    if isinstance(sender, str) and _SENDER.fullmatch(sender):
        return None
    return "must be 3 to 11 letters and digits, or 3 to 15 digits, without blanks or signs"


def web_address_problem(address: object) -> str | None:
    """Return what is wrong with a web address, or None. The address may hold a password, so it is not quoted."""
    try:
        url = urlsplit(address) if isinstance(address, str) else None
    except ValueError:
        url = None
    if url is not None and url.scheme in ("http", "https") and url.hostname:
        return None
    return "must be a web address that begins with https:// or http://"
