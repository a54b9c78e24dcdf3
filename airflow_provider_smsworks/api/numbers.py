"""Phone numbers: any usual spelling in, the gateway's spelling (country code and digits) out."""

from __future__ import annotations

import re
from typing import Any

_SPELLING = re.compile(r"\+?[\d\s().\-/\u2010-\u2015]+")
_TEST_RANGE = range(447700900000, 447700901000)
"""Numbers that Ofcom keeps for drama: no phone has one. The sandbox's phones do."""


class NumberProblem(ValueError):
    """Why a number cannot be texted. The reason never holds the number."""


def parse_number(value: object, *, region: str = "GB", allow_test_numbers: bool = False) -> str:
    """
    Return the digits that the gateway wants, such as ``447911123456``.

    :param value: text or an integer: ``07…``, ``447…``, ``+44…``, ``0044…``, with blanks, dashes or brackets;
        other countries with their country code
    :param region: two letters (ISO 3166), the country of numbers that have no country code
    :param allow_test_numbers: whether 07700 900000 to 900999 may be texted (the sandbox's phones)
    :raises NumberProblem: not a number, impossible, or one that takes no texts (a landline)
    """
    import phonenumbers  # deferred: 11 ms that a Dag file which only names an operator should not pay

    text = _as_text(value)
    parsed = _first_valid(_readings(text, region))
    digits = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164).lstrip("+")
    if int(digits) in _TEST_RANGE:
        if allow_test_numbers:
            return digits
        raise NumberProblem(
            "is a number that Ofcom keeps for drama and no phone has"
            " (for the sandbox, set `allow_test_numbers` in the connection's extra)"
        )
    if not phonenumbers.is_valid_number(parsed):
        raise NumberProblem("is not a number that exists (a number abroad needs its country code)")
    kind = phonenumbers.PhoneNumberType
    if phonenumbers.number_type(parsed) in {
        kind.FIXED_LINE,
        kind.TOLL_FREE,
        kind.PREMIUM_RATE,
        kind.SHARED_COST,
        kind.UAN,
        kind.VOICEMAIL,
    }:
        raise NumberProblem("is a landline or service number, which takes no texts")
    return digits


def is_region(region: str) -> bool:
    """Tell whether ``region`` is a country that numbers can be read for (``GB`` is, ``UK`` is not)."""
    import phonenumbers

    return bool(phonenumbers.country_code_for_region(region))


def _as_text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise NumberProblem(f"must be text, not {type(value).__name__}")
    text = value.strip()
    if not text:
        raise NumberProblem("is empty")
    if not _SPELLING.fullmatch(text):
        raise NumberProblem("holds something other than digits, +, blanks, dashes and brackets")
    return text


def _readings(text: str, region: str) -> list[tuple[str, str | None]]:
    digits = "".join(character for character in text if character.isdigit())
    if text.startswith("+"):
        return [(text, None)]
    if digits.startswith("00"):
        return [("+" + digits[2:], None)]
    if digits.startswith("0"):
        return [(text, region)]
    # Without a 0 it may lack its national prefix, or be an international number without +:
    # 33612345678 read as British would be nobody's number, and is somebody's in France.
    return [(text, region), ("+" + digits, None)]


def _first_valid(readings: list[tuple[str, str | None]]) -> Any:
    import phonenumbers

    parsed = []
    for text, region in readings:
        try:
            parsed.append(phonenumbers.parse(text, region))
        except phonenumbers.NumberParseException:
            continue
    if not parsed:
        raise NumberProblem("is not a phone number")
    return next((number for number in parsed if phonenumbers.is_valid_number(number)), parsed[0])
