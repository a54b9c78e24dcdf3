"""A country's own mobile numbers in plain spellings, told by one pattern: what nearly every row of a table holds."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

_NOTHING = "(?!)"
_DIGITS_OR_DIGITS = re.compile(r"[0-9]+(?:\|[0-9]+)*")


def plain_mobile(text: str, region: str) -> str | None:
    """
    Return the digits that the gateway wants, if ``text`` is beyond doubt a mobile number of ``region``.

    None says nothing: then ``phonenumbers`` has to look, which takes 50 times as long. What this accepts it
    would accept too, as the same number: the pattern is made of its own metadata, and leaves out whatever
    could be read in two ways.
    """
    mobiles = _mobiles(region)
    found = mobiles.pattern.fullmatch(text)
    return mobiles.country_code + found["national"] if found else None


class _Mobiles(NamedTuple):
    country_code: str
    pattern: re.Pattern[str]


@cache
def _mobiles(region: str) -> _Mobiles:
    import phonenumbers  # deferred, as in numbers.py

    plan: Any = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    if plan is None or not plan.mobile or not plan.mobile.national_number_pattern:
        return _Mobiles("", re.compile(_NOTHING))
    # Countries that share a code (Jersey has Britain's) are told apart in the order of a list: the first one's
    # mobiles are its own, whatever the others' patterns are.
    if phonenumbers.region_code_for_country_code(plan.country_code) != region or plan.leading_digits:
        return _Mobiles("", re.compile(_NOTHING))
    code = str(plan.country_code)
    start = "|".join(_starts(plan, code))
    not_first = "|".join(filter(None, [code, "0", plan.national_prefix_for_parsing]))
    text_free = (plan.toll_free, plan.premium_rate, plan.shared_cost, plan.uan, plan.voicemail)
    otherwise = "|".join(kind.national_number_pattern for kind in text_free if kind and kind.national_number_pattern)
    lengths = "|".join(f"[0-9]{{{length}}}" for length in _lengths(plan))
    return _Mobiles(
        code,
        re.compile(
            rf"(?!{plan.international_prefix or _NOTHING})(?:{start})?"
            rf"(?!{not_first})(?!(?:{otherwise or _NOTHING})\Z)(?=(?:{lengths})\Z)"
            rf"(?=(?:{plan.general_desc.national_number_pattern})\Z)"
            rf"(?P<national>{plan.mobile.national_number_pattern})",
            re.ASCII,
        ),
    )


def _lengths(plan: Any) -> list[int]:
    return list(plan.mobile.possible_length or plan.general_desc.possible_length)


def _starts(plan: Any, code: str) -> list[str]:
    """Return what may stand before a national number: the country code, and the 0 of calls within the country."""
    longest = max(*plan.general_desc.possible_length, *plan.general_desc.possible_length_local_only, 0)
    # Where national numbers may be as long as mobiles with their country code (Germany), those need a plus.
    starts = [rf"\+?{code}" if len(code) + min(_lengths(plan)) > longest else rf"\+{code}"]
    prefix = plan.national_prefix_for_parsing or ""
    if _DIGITS_OR_DIGITS.fullmatch(prefix) and not plan.national_prefix_transform_rule:
        starts += [digits for digits in prefix.split("|") if digits == "0"]
    return starts
