"""What may be shown of phone numbers (enough to recognise one's own, not enough to dial) and of secrets (nothing)."""

from __future__ import annotations

import re
from collections.abc import Iterable

_GAP = r"[ \t\xa0+().\-/\u2010-\u2015]"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_NO_MORE_DIGITS = rf"(?!{_GAP}{{0,3}}\d(?!\d:))"
_ADDRESS = rf"(?<![\d.])(?:{_OCTET}\.){{3}}{_OCTET}{_NO_MORE_DIGITS}"
_DATE = rf"(?<![\d-])(?:19|20)\d\d-[01]\d-[0-3]\d{_NO_MORE_DIGITS}"
_SEVEN_DIGITS = rf"[+(]{{0,2}}\d(?:{_GAP}{{0,3}}\d){{6,}}"
_MAYBE_A_NUMBER = re.compile(f"(?P<harmless>{_ADDRESS}|{_DATE})|{_SEVEN_DIGITS}")
"""Seven digits and more, as people space them; IP addresses and ISO dates that stand alone are left to be read."""

_TOKEN = re.compile(r"eyJ[\w.=-]{5,}")


def mask_number(number: object) -> str:
    """Return ``44********00`` for ``447700900000``: the last two digits, and the first two of a full number."""
    digits = "".join(character for character in str(number) if character.isdigit())
    if len(digits) < 7:
        return "***"
    shown = "" if digits.startswith("0") else digits[:2]
    return shown + "*" * (len(digits) - len(shown) - 2) + digits[-2:]


def mask_numbers(text: str) -> str:
    """Mask whatever in ``text`` could be a phone number: for messages that somebody else wrote."""
    return _MAYBE_A_NUMBER.sub(lambda found: found["harmless"] or mask_number(found.group()), text)


def mask_secrets(text: str, secrets: Iterable[str]) -> str:
    """Mask the secrets, and whatever looks like a token: an answer may quote what it refuses."""
    for secret in secrets:
        # A shorter one is a sandbox's, and may be a part of ordinary words.
        if len(secret) >= 8:
            text = text.replace(secret.removeprefix("JWT "), "***")
    return _TOKEN.sub("***", text)
