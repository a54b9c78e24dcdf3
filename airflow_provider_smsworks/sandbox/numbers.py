"""Which destinations and senders the gateway takes, by the rules in its developer documents.

Deliberately simple and without a library of numbering plans: see the package's docstring.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError


class Destination(NamedTuple):
    """A phone that can be texted: digits with the country code, and whether it is outside the UK."""

    digits: str
    international: bool


def read_destination(text: str, *, prefixes: bool) -> Destination | None:
    """Read a destination as "Parameter Definitions" has it, or None if it is not a mobile number.

    UK mobiles are ``07`` or ``447`` and nine more digits; a number of another country starts with its
    country code and has 8 to 15 digits. Landlines of the UK are not taken. ``prefixes``: also take a
    leading ``+`` or ``00``, which the documents forbid and users report to work.
    """
    if prefixes:
        text = text.removeprefix("+") if text.startswith("+") else text.removeprefix("00")
    if not is_digits(text):
        return None
    if text.startswith("07"):
        text = "44" + text[1:]
    if text.startswith("44"):
        return Destination(text, international=False) if text[2] == "7" and len(text) == 12 else None
    if text.startswith("0") or not 8 <= len(text) <= 15:
        return None
    return Destination(text, international=True)


def is_sender(text: str) -> bool:
    """Whether the documents allow this sender: 3-11 letters and digits, or 3-15 digits."""
    if is_digits(text):
        return 3 <= len(text) <= 15
    return text.isascii() and text.isalnum() and 3 <= len(text) <= 11


def as_reply_number(text: str) -> str:
    """A numeric sender the way incoming messages show it: a UK number starts with 44, without a 0."""
    return "44" + text[1:] if text.startswith("0") and len(text) == 11 else text


def is_digits(text: str) -> bool:
    """Whether the text is nothing but the digits 0 to 9, and at least three of them."""
    return len(text) >= 3 and text.isascii() and text.isdigit()


def _phone(text: str) -> str:
    phone = read_destination(text, prefixes=True)
    if phone is None:
        form = "not a phone number; write it as 07700900123, 447700900123 or +447700900123"
        raise PydanticCustomError("phone", form)
    return phone.digits


def _account_number(text: str) -> str:
    digits = text.removeprefix("+")
    if not is_digits(digits) or len(digits) > 15:
        raise PydanticCustomError("to", "not a number of 3 to 15 digits; only numbers can be texted")
    return as_reply_number(digits)


# For the bodies of controls: a phone in any spelling, and a number of the account that it texts.
Phone = Annotated[str, AfterValidator(_phone)]
AccountNumber = Annotated[str, AfterValidator(_account_number)]
