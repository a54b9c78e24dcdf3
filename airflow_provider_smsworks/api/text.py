"""What a text needs on the radio, its alphabet and its parts, and what it costs at the gateway."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from typing import Literal, NamedTuple

# Units that fit in a text of one part, and in each part of a longer one, which has a header of six octets.
_GSM_SINGLE, _GSM_PART = 160, 153
_UCS2_SINGLE, _UCS2_PART = 70, 67
# The developer documents charge a credit per 70 characters, whatever the length, and name no 67.
_UCS2_CHARGED = 70
_MOST_NAMES = 10

# Takes the place of a character of two units. No text that can be sent holds half a surrogate pair of its own.
_FIRST_HALF = "\ud800"
_PAIR = _FIRST_HALF + "\udc00"

_TWO_UNITS_IN_UCS2 = re.compile("[\U00010000-\U0010ffff]")
# The company's Unicode page also calls these extended, of two characters each. In GSM 03.38 they take one septet.
_TWO_SAYS_THE_PAGE = re.compile("[£\n\r]")


@dataclass(frozen=True)
class Estimate:
    """
    What a text will take and cost, before it is sent.

    ``encoding`` is the alphabet of the whole text. ``length`` is in units: septets of GSM-7, or 16 bits of UCS-2.
    ``parts`` is what goes over the radio (3GPP TS 23.038 and 23.040).

    ``forced_by`` names the characters because of which the text is not GSM-7: each once, in the text's order, the
    first ten, such as ``U+2019 RIGHT SINGLE QUOTATION MARK``. In a text of another script they spell its beginning: a
    log that may not hold the text may not hold them.

    ``least_credits`` and ``most_credits`` are for one message to a phone in the UK; another country's price is a
    factor (the gateway's ``GET /credits/{countrycode}``). It is a range because the sources disagree:

    * the least is the developer documents and the specification to the letter: each character counts one, a credit
      for 160 and then one per 153, or one per 70 if any character is outside the GSM alphabet;
    * the most is what goes over the radio (a pair such as ``€`` or ``😀`` counts two and is never cut; 67 to a part of
      a longer UCS-2 text), with ``£`` and line breaks counted as two, as the company's Unicode page has it.

    Left out are the specification's versions up to 1.2, which had 160 to a part of any text, and what cannot be
    counted from here: the account's AI Optimiser (``ai``) may shorten a text.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    length: int
    parts: int
    least_credits: int
    most_credits: int
    forced_by: tuple[str, ...] = ()


def estimate(content: str) -> Estimate:
    """Return what a text will take and cost. An empty text is one part."""
    gsm = _gsm()
    # What nearly all texts are: a look at their characters, and the rest is known. For a million of them it counts.
    if gsm.basic.fullmatch(content):
        doubled = len(content) + content.count("£") + content.count("\n") + content.count("\r")
        if doubled <= _GSM_SINGLE or doubled == len(content):
            return _without_pairs(len(content))
    others = gsm.others.findall(content)
    if others:
        units = _TWO_UNITS_IN_UCS2.sub(_PAIR, content)
        parts = _parts(units, _UCS2_SINGLE, _UCS2_PART)
        least, most = _credits(len(content), _UCS2_SINGLE, _UCS2_CHARGED), parts
        names = tuple(map(name_of, islice(dict.fromkeys(others), _MOST_NAMES)))
        return Estimate("UCS-2", len(units), parts, least, most, names)
    units = gsm.extended.sub(_PAIR, content)
    least = _credits(len(content), _GSM_SINGLE, _GSM_PART)
    most = _parts(_TWO_SAYS_THE_PAGE.sub(_PAIR, units), _GSM_SINGLE, _GSM_PART)
    return Estimate("GSM-7", len(units), _parts(units, _GSM_SINGLE, _GSM_PART), least, most)


def count_parts(content: str) -> int:
    """Return how many parts a text takes on the radio, at least 1."""
    return estimate(content).parts


def characters_outside_gsm(content: str) -> list[str]:
    """Return the characters that the GSM alphabet does not have, in the text's order, repeated as they are there."""
    return _gsm().others.findall(content)


def name_of(character: str) -> str:
    """Return a character's code and Unicode name, the code alone if it has no name (a tab, for example)."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def _parts(units: str, single: int, part: int) -> int:
    """Cut units into parts, never between the halves of a pair (TS 23.040, 9.2.3.24.1)."""
    if len(units) <= single:
        return 1
    parts = cut = 0
    while cut < len(units):
        parts, cut = parts + 1, cut + part
        if units[cut - 1 : cut] == _FIRST_HALF:
            cut -= 1
    return parts


def _credits(length: int, single: int, part: int) -> int:
    return 1 if length <= single else -(-length // part)


@lru_cache(maxsize=2048)
def _without_pairs(length: int) -> Estimate:
    parts = _credits(length, _GSM_SINGLE, _GSM_PART)
    return Estimate("GSM-7", length, parts, parts, parts)


class _Gsm(NamedTuple):
    basic: re.Pattern[str]
    others: re.Pattern[str]
    extended: re.Pattern[str]


@cache
def _gsm() -> _Gsm:
    """
    Return what tells a text without pairs, a character outside the alphabet, and one of its extension table.

    The escape (1B) is none of its characters: on its own it would turn the next one into another.
    """
    # Not needed to write a Dag, so not read with it.
    from gsm0338 import Codec

    codec = Codec()

    def decode(prefix: bytes) -> str:
        return "".join(codec.decode(prefix + bytes([code]), "ignore")[0] for code in range(0x80))

    basic, extended = decode(b""), decode(b"\x1b")
    return _Gsm(
        re.compile(f"[{re.escape(basic)}]*"),
        re.compile(f"[^{re.escape(basic + extended)}]"),
        re.compile(f"[{re.escape(extended)}]"),
    )
