from __future__ import annotations

import re
import subprocess
import sys
import timeit

import phonenumbers
import pytest
from hypothesis import example, given, settings as with_settings, strategies as st

from airflow_provider_smsworks.api.numbers import NumberProblem, country_of, is_region, parse_number
from tests.unit.api.secrecy import NATIONAL, NUMBER

_STARTS = ["0", "44", "+44", "0044", "44 0", "+44 (0)", "+44(0) ", "(+44) ", "0044 (0)", "(0044) ", "+44 0", ""]
_GAPS = ["", "", "", " ", "-", ".", "/", " - ", "\xa0", "\u2011", "\t"]


@with_settings(deadline=None, max_examples=200)
@given(
    start=st.sampled_from(_STARTS),
    subscriber=st.from_regex(r"74[0-9]{8}", fullmatch=True),
    gaps=st.lists(st.sampled_from(_GAPS), min_size=9, max_size=9),
    around=st.sampled_from(["", " ", "\n"]),
)
def test_every_spelling_of_a_number_gives_the_same_digits(start, subscriber, gaps, around):
    spelled = subscriber[0] + "".join(gap + digit for gap, digit in zip(gaps, subscriber[1:], strict=True))
    assert parse_number(around + start + spelled + around) == "44" + subscriber


@pytest.mark.parametrize("number", [447400123456, 7400123456])
def test_integers_as_tables_hold_them_are_numbers(number):
    assert parse_number(number) == NUMBER


class Integer:
    """As data frames have them."""

    def __index__(self):
        return 447400123456


@pytest.mark.parametrize("value", ["\u202a+44 7400 123456\u202c", "\ufeff07400123456", "07400\u200b123456", Integer()])
def test_what_nobody_sees_in_a_number_does_no_harm(value):
    assert parse_number(value) == NUMBER


@pytest.mark.parametrize(
    ("value", "region", "digits"),
    [
        ("+33 6 12 34 56 78", "GB", "33612345678"),
        ("0033612345678", "GB", "33612345678"),
        ("33612345678", "GB", "33612345678"),
        ("06 12 34 56 78", "FR", "33612345678"),
        ("612345678", "FR", "33612345678"),
        (NUMBER, "FR", NUMBER),
        ("+447400123456", "US", NUMBER),
        ("(202) 555-0123", "US", "12025550123"),
        ("12025550123", "US", "12025550123"),
        ("0151 23456789", "DE", "4915123456789"),
        ("4915123456789", "DE", "4915123456789"),
        ("79123456789", "GB", "79123456789"),
        ("07624 123456", "GB", "447624123456"),
    ],
)
def test_numbers_of_other_countries(value, region, digits):
    assert parse_number(value, region=region) == digits


def test_the_gateways_spelling_of_a_countrys_own_mobiles_is_read_back_unchanged():
    read_otherwise = []
    for region in phonenumbers.SUPPORTED_REGIONS:
        example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        if example is None:
            continue
        international = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        national = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
        digits = international.removeprefix("+")
        read = {
            parse_number(international),
            parse_number(digits, region=region),
            parse_number(national, region=region),
        }
        if read != {digits}:
            read_otherwise.append((region, digits, read))
    assert read_otherwise == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        (None, "must be text, not NoneType"),
        (True, "must be text, not bool"),
        (7400123456.0, "must be text, not float"),
        (["07400123456"], "must be text, not list"),
        (b"07400123456", "must be text, not bytes"),
        ("Parcels", "holds something other than digits"),
        ("07400123456 ext 5", "holds something other than digits"),
        ("07400123456,07400123457", "holds something other than digits"),
        ("07400123456\n07400123457", "holds something other than digits"),
        ("07400123456 07400123457", "is not a phone number"),
        ("44+7400123456", "holds something other than digits"),
        ("()", "is not a phone number"),
        ("0", "is not a phone number"),
        ("+" + "4" * 300, "is not a phone number"),
        ("0740012345", "is not a number that exists (a number abroad needs its country code)"),
        ("074001234567", "is not a number that exists"),
        ("60777", "is not a number that exists"),
        ("+999 7400 123456", "is not a phone number"),
        ("020 7946 0958", "is a landline or service number"),
        ("+44 20 8366 1177", "which takes no texts"),
        ("0800 111 1111", "is a landline or service number"),
        ("0906 123 4567", "is a landline or service number"),
        # Read as British it is a UAN, with +372 a mobile of Estonia: guessing would text a stranger.
        ("3725123456", "if it is abroad, write it with + and country code"),
    ],
)
def test_a_number_that_cannot_be_texted_is_refused_with_the_reason(value, reason):
    with pytest.raises(NumberProblem, match=re.escape(reason)):
        parse_number(value)


@with_settings(deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="0123456789+() -."), st.integers(), st.floats(), st.none()))
def test_anything_at_all_is_a_number_or_a_reason_that_does_not_show_it(value):
    reason, digits = "", ""
    try:
        digits = parse_number(value)
    except NumberProblem as problem:
        reason = str(problem)
    assert bool(reason) != bool(digits)
    assert re.search(r"\d", reason) is None
    assert not digits or parse_number("+" + digits) == digits


@pytest.mark.parametrize("value", ["07700 900000", "+447700900123", 447700900999, "0044 7700 900500"])
def test_numbers_kept_for_drama_are_for_the_sandbox_only(value):
    with pytest.raises(NumberProblem, match="set `allow_test_numbers` in the connection's extra"):
        parse_number(value)
    assert re.fullmatch(r"447700900\d{3}", parse_number(value, allow_test_numbers=True))


def test_allowing_test_numbers_allows_nothing_else():
    with pytest.raises(NumberProblem, match="landline"):
        parse_number("020 7946 0958", allow_test_numbers=True)
    assert parse_number(NATIONAL, allow_test_numbers=True) == NUMBER


@pytest.mark.parametrize(("region", "known"), [("GB", True), ("FR", True), ("UK", False), ("gb", False), ("", False)])
def test_which_regions_there_are(region, known):
    assert is_region(region) is known


def test_the_library_is_loaded_only_when_a_number_is_read():
    script = (
        "import sys; from airflow_provider_smsworks.api import client, numbers\n"
        "assert 'phonenumbers' not in sys.modules\n"
        "numbers.parse_number('07400123456')\n"
        "assert 'phonenumbers' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def read(value, **options):
    """What becomes of it: digits, or the reason why there are none."""
    try:
        return parse_number(value, **options)
    except NumberProblem as problem:
        return str(problem)


def thoroughly(value, **options):
    """The same, of a spelling that says the same and is none of the plain ones that are told by one pattern."""
    return read(f"{value}-", **options)


# The plans with what makes them different: numbers as long as with the country code (DE), a plan and a code that
# several countries share (US, CA, GB and the Crown dependencies, IT and VA, RU and KZ), no national prefix (ES), one
# that is none of the usual (HU, LT, MX), carrier codes (AR, BR), mobiles of several lengths (AT, IE).
REGIONS = [*["GB"] * 5, *re.findall("..", "FRDEUSIEJEGGIMCAITVARUKZESHULTMXARBRATCHINNGAU")]
BEGINNINGS = ["", "0", "00", "+", "1", "8", "06"]


@st.composite
def digits_near_a_plan(draw):
    """A number of a region, or one that differs from it by its last digits, and the ways to begin it."""
    region = draw(st.sampled_from(REGIONS))
    kind = draw(st.sampled_from([phonenumbers.PhoneNumberType.MOBILE] * 4 + [phonenumbers.PhoneNumberType.FIXED_LINE]))
    number = phonenumbers.example_number_for_type(region, kind) or phonenumbers.example_number("GB")
    national = phonenumbers.national_significant_number(number)
    kept = draw(st.integers(0, len(national)))
    national = national[:kept] + draw(st.text("0123456789", min_size=0, max_size=len(national) - kept + 1))
    code = str(number.country_code)
    beginning = draw(st.sampled_from([*BEGINNINGS, *[code, f"+{code}"] * 3, f"00{code}", f"+{code}0"]))
    return beginning + (national or "7"), draw(st.sampled_from([region, region, region, *REGIONS]))


@with_settings(deadline=None, max_examples=3000)
@given(digits_near_a_plan(), st.booleans())
@example(("447624123456", "GB"), False)
@example(("07797712345", "GB"), False)
@example(("07797712345", "JE"), False)
@example(("4915123456789", "DE"), False)
@example(("49151234567", "DE"), False)
@example(("12025550123", "US"), False)
@example(("79123456789", "RU"), False)
@example(("7700900123", "GB"), True)
@example(("07700900123", "JE"), True)
@example(("447700900123", "FR"), True)
def test_a_plain_spelling_is_the_number_that_a_thorough_look_finds(case, allow_test_numbers):
    value, region = case
    found = thoroughly(value, region=region, allow_test_numbers=allow_test_numbers)
    assert read(value, region=region, allow_test_numbers=allow_test_numbers) == found
    spaced = f" {value[:4]} {value[4:]}"
    assert read(spaced, region=region, allow_test_numbers=allow_test_numbers) == thoroughly(
        spaced, region=region, allow_test_numbers=allow_test_numbers
    )


@with_settings(deadline=None, max_examples=1000)
@given(
    st.sampled_from(["0", "44", "+44", ""]),
    st.one_of(
        # Mobiles with the dependencies' and the islands' among them, pagers, personal numbers, the drama range.
        st.from_regex(r"7[0-9]{9}", fullmatch=True),
        st.from_regex(r"7(?:624|524|924|797|829|937|781|839|911|700|457)[0-9]{6}", fullmatch=True),
        st.from_regex(r"7700(?:900|899|901|90)[0-9]{3}", fullmatch=True),
    ),
    st.booleans(),
)
def test_every_british_mobile_is_the_number_that_a_thorough_look_finds(beginning, national, allow_test_numbers):
    value, options = beginning + national, {"allow_test_numbers": allow_test_numbers}
    assert read(value, **options) == thoroughly(value, **options)
    if beginning not in ("0", "+44"):
        assert read(int(value), **options) == read(value, **options)


def test_a_countrys_own_mobiles_are_what_a_thorough_look_finds_everywhere():
    read_otherwise = []
    for region in phonenumbers.SUPPORTED_REGIONS:
        number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        if number is None:
            continue
        code, national = str(number.country_code), phonenumbers.national_significant_number(number)
        for value in (national, f"0{national}", code + national, f"+{code}{national}"):
            if read(value, region=region) != thoroughly(value, region=region):
                read_otherwise.append((region, value))
    assert read_otherwise == []


@pytest.mark.parametrize(
    "value",
    [
        "\u0660\u0667\u0664\u0660\u0660\u0661\u0662\u0663\u0664\u0665\u0666",
        "07400123456\n",
        "\t07400123456",
        "\uff107400123456",
        "+ 44 7400123456",
    ],
)
def test_spellings_that_are_nearly_plain(value):
    assert parse_number(value) == NUMBER


@pytest.mark.parametrize(
    ("digits", "country"),
    [(NUMBER, "GB"), ("447624123456", "GB"), ("33612345678", "FR"), ("12025550123", "US"), ("14165550123", "CA")],
)
def test_the_country_of_a_number(digits, country):
    assert country_of(digits) == country


def test_the_usual_spellings_take_microseconds():
    for value in (NATIONAL, NUMBER, f"+{NUMBER}", "07400 123456", int(NUMBER)):
        parse_number(value)
        best = min(timeit.repeat(lambda value=value: parse_number(value), number=200, repeat=20)) / 200
        # It is 1 to 2; a thorough look takes 80. Half of that, so that a slow machine passes.
        assert best < 40e-6
