"""Phone numbers as they may be shown: enough to recognise one's own, not enough to dial."""

from __future__ import annotations

import re

_DIGITS_IN_A_ROW = re.compile(r"\+?\d{7,}|\+?\d{2,5}(?: \d{3,}){1,3}")


def mask_number(number: object) -> str:
    """Return ``44********00`` for ``447700900000``: the last two digits, and the first two of a full number."""
    digits = "".join(character for character in str(number) if character.isdigit())
    if len(digits) < 7:
        return "***"
    shown = "" if digits.startswith("0") else digits[:2]
    return shown + "*" * (len(digits) - len(shown) - 2) + digits[-2:]


def mask_numbers(text: str) -> str:
    """Mask whatever in ``text`` could be a phone number: for messages that somebody else wrote."""
    return _DIGITS_IN_A_ROW.sub(lambda found: mask_number(found.group()), text)
