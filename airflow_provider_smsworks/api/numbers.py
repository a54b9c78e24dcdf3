"""Phone numbers: any usual spelling in, the gateway's spelling (country code and digits) out."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from airflow_provider_smsworks.api.mobiles import plain_mobile
from airflow_provider_smsworks.api.rules import integer_text

_SPELLING = re.compile(r"\(?\+?(?:[\d().\-/\u2010-\u2015]|[^\S\r\n])+")
"""No line breaks: two lines are two numbers."""
_TEST_RANGE = range(447700900000, 447700901000)
"""Numbers that Ofcom keeps for drama: no phone has one. The sandbox's phones do."""
_PLAIN_TEST_NUMBER = re.compile(r"(?:\+?44|0)(7700900[0-9]{3})")
_MOST_DIGITS = 10**15


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
    return _quickly(value, region, allow_test_numbers) or _thoroughly(value, region, allow_test_numbers)


def _quickly(value: object, region: str, allow_test_numbers: bool) -> str | None:
    """Return the digits of what most tables hold, in microseconds; None: it takes a closer look."""
    if isinstance(value, str):
        text = value.replace(" ", "")
    elif type(value) is int and 0 < value < _MOST_DIGITS:
        text = str(value)
    else:
        return None
    digits = plain_mobile(text, region)
    if digits is None and allow_test_numbers and region == "GB" and (found := _PLAIN_TEST_NUMBER.fullmatch(text)):
        return "44" + found[1]
    return digits


def _thoroughly(value: object, region: str, allow_test_numbers: bool) -> str:
    import phonenumbers  # deferred: 11 ms that a Dag file which only names an operator should not pay

    text = _as_text(value)
    parsed = _choose(_readings(text, region), region)
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
    if not _takes_texts(parsed):
        raise NumberProblem(
            "is a landline or service number, which takes no texts (if it is abroad, write it with + and country code)"
        )
    return digits


def is_region(region: str) -> bool:
    """Tell whether ``region`` is a country that numbers can be read for (``GB`` is, ``UK`` is not)."""
    import phonenumbers

    return bool(phonenumbers.country_code_for_region(region))


def _as_text(value: object) -> str:
    digits = integer_text(value)
    if digits is not None and digits.isdecimal():
        return digits
    if not isinstance(value, str):
        raise NumberProblem(f"must be text, not {type(value).__name__}")
    # Numbers copied from contacts and web pages bring marks that nobody sees.
    text = "".join(character for character in value if unicodedata.category(character) != "Cf").strip()
    if not text:
        raise NumberProblem("is empty")
    if not _SPELLING.fullmatch(text):
        raise NumberProblem("holds something other than digits, +, blanks, dashes and brackets")
    return text


def _readings(text: str, region: str) -> list[tuple[str, str | None]]:
    # Only digits go on: the library takes a tab and some other blanks for the end of the number.
    digits = "".join(character for character in text if character.isdigit())
    if "+" in text:
        return [("+" + digits, None)]
    if digits.startswith("00"):
        return [("+" + digits[2:], None)]
    if digits.startswith("0"):
        return [(digits, region)]
    # Without a 0 it may lack its national prefix, or be an international number without +:
    # 33612345678 read as British would be nobody's number, and is somebody's in France.
    return [(digits, region), ("+" + digits, None)]


def _choose(readings: list[tuple[str, str | None]], region: str) -> Any:
    import phonenumbers

    parsed = []
    for text, country in readings:
        try:
            parsed.append(phonenumbers.parse(text, country))
        except phonenumbers.NumberParseException:
            continue
    if not parsed:
        raise NumberProblem("is not a phone number")
    valid = [number for number in parsed if phonenumbers.is_valid_number(number)]
    # 4915123456789 is a mobile with its country code, and read as German also some village's landline.
    own_code = phonenumbers.country_code_for_region(region)
    mobiles = [number for number in valid if number.country_code == own_code and _takes_texts(number)]
    return next(iter(mobiles + valid), parsed[0])


def _takes_texts(number: Any) -> bool:
    import phonenumbers

    kind = phonenumbers.PhoneNumberType
    return phonenumbers.number_type(number) not in {
        kind.FIXED_LINE,
        kind.TOLL_FREE,
        kind.PREMIUM_RATE,
        kind.SHARED_COST,
        kind.UAN,
        kind.VOICEMAIL,
    }


def country_of(digits: str) -> str:
    """Return the two letters of a number's country (ISO 3166), for a number in the gateway's spelling."""
    # The Crown dependencies share the country code, and the gateway's documents do not tell them apart.
    if digits.startswith("44"):
        return "GB"
    import phonenumbers

    return str(phonenumbers.region_code_for_number(phonenumbers.parse("+" + digits)) or "ZZ")
