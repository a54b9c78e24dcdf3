"""The words of an alert: as many as fit."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from airflow_provider_smsworks.api.text import characters_outside_gsm, estimate
from airflow_provider_smsworks.api.typography import replace_typography

_CUT = "..."
_LONGEST = 2000
"""Characters: more than the gateway takes."""

_WORTH_READING = 12
"""Characters: fewer than these say nothing."""


def fit(headline: str, details: str, max_parts: int) -> str:
    """
    Return the words of an alert in at most ``max_parts`` parts, by every reading of what a part costs.

    The details are cut first, from their end; if the headline alone is too long, they are left out and it is cut as
    well. A web address is never cut in the middle. Typographic characters become plain ones, and of the details those
    that would more than double the price of the whole become ``?``.
    """
    headline, details = headline.strip()[:_LONGEST], details.strip()[:_LONGEST]
    headline = replace_typography(headline)[0]
    if not characters_outside_gsm(headline):
        details = _in_gsm(details)
    whole = _joined(headline, details)
    if _fits(whole, max_parts):
        return whole
    if _fits(headline, max_parts):
        kept = _longest(details, lambda cut: _fits(_joined(headline, cut + _CUT), max_parts))
        return _joined(headline, kept + _CUT) if len(kept) >= _WORTH_READING else headline
    return _longest(headline, lambda cut: _fits(cut + _CUT, max_parts)) + _CUT


def _joined(headline: str, details: str) -> str:
    if not (headline and details):
        return headline or details
    return f"{headline} {details}" if headline[-1] in ".!?:" else f"{headline}. {details}"


def _fits(text: str, max_parts: int) -> bool:
    return estimate(text).most_credits <= max_parts


def _longest(text: str, fits: Callable[[str], bool]) -> str:
    """Return the longest beginning of a text that fits, without the beginning of a web address."""
    least, most = 0, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if fits(text[:middle].rstrip()) else (least, middle - 1)
    before, blank, word = text[:least].rpartition(" ")
    return before.rstrip() if blank and "://" in word else text[:least].rstrip()


def _in_gsm(text: str) -> str:
    # Backticks are how errors name a field.
    text = replace_typography(text.replace("`", "'"))[0]
    table = {}
    for character in dict.fromkeys(characters_outside_gsm(text)):
        plain = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
        table[ord(character)] = plain if plain and not characters_outside_gsm(plain) else "?"
    return text.translate(table)
