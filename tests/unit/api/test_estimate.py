"""Estimates: against `smsutil`, which cuts texts by itself, and against the sentences of the documents."""

from __future__ import annotations

import math

import pytest
import smsutil
from hypothesis import example, given, strategies as st
from smsutil.codecs import GSM_CHARSET

from airflow_provider_smsworks.api.text import Estimate, count_parts, estimate

ESCAPE = "\x1b"
BASIC = [character for character in GSM_CHARSET if character not in "\x1b\f^{}\\[~]|€"]
EXTENDED = list("\f^{}\\[~]|€")
# Near misses of the alphabet, an ordinary ideograph, the last of the 16-bit ones.
OTHER = list("çêÁ°\u2018\u2019“”\u2013…`\t\u00a0\u0301中\uffff")
ASTRAL = list("😀🚚\U00010000\U0010ffff")

characters = st.one_of(*(st.sampled_from(group) for group in (BASIC, EXTENDED, OTHER, ASTRAL)))
gsm_characters = st.one_of(st.sampled_from(BASIC), st.sampled_from(EXTENDED))
# Long runs, because the boundaries are far away: of one part, and of the second and third.
lengths = st.sampled_from([0, 1, 33, 34, 35, 66, 67, 68, 69, 70, 71, 76, 79, 80, 81, 133, 134, 135, 152, 153, 154, 159])
runs = st.builds(lambda character, length: character * length, characters, lengths)
gsm_runs = st.builds(lambda character, length: character * length, gsm_characters, lengths)
texts = st.one_of(
    st.lists(gsm_runs, max_size=8).map("".join),
    st.lists(runs, max_size=8).map("".join),
    st.text(characters, max_size=400),
    st.text(gsm_characters, max_size=700),
    st.text(max_size=200),
)


def ucs2_units(content: str) -> int:
    return len(content.encode("utf-16-be")) // 2


def compare_with_smsutil(content: str) -> None:
    theirs, ours = smsutil.split(content), estimate(content)
    assert ours.parts == len(theirs.parts)
    if theirs.encoding == "gsm0338":
        assert (ours.encoding, ours.length, ours.forced_by) == ("GSM-7", theirs.total_bytes, ())
    else:
        assert (ours.encoding, ours.length) == ("UCS-2", theirs.total_bytes // 2)
        assert ours.forced_by


@given(texts.filter(lambda content: content and ESCAPE not in content))
@example("x" * 159 + "€")
@example("x" * 152 + "€" + "x" * 152)
@example("x" * 305 + "€")
@example("ç" + "x" * 65 + "😀")
@example("ç" + "x" * 133)
@example("😀" * 67)
def test_smsutil_cuts_a_text_into_as_many_parts_in_the_same_alphabet(content):
    compare_with_smsutil(content)


@pytest.mark.parametrize("last", ["x", "£", "\n", "€", "ç", "😀"])
@pytest.mark.parametrize("first", ["x", "£", "\n", "€", "ç", "😀"])
def test_smsutil_agrees_at_every_boundary(first, last):
    for length in (*range(33, 37), *range(66, 84), *range(132, 138), *range(151, 163), *range(304, 309), 640, 1280):
        compare_with_smsutil(first * length + last)
        compare_with_smsutil(first + "x" * length + last)
        compare_with_smsutil("x" * length + last + first)


def test_smsutil_has_the_same_alphabet():
    for code in range(0x3000):
        assert (estimate(chr(code)).encoding == "GSM-7") == (chr(code) in GSM_CHARSET and chr(code) != ESCAPE)


def test_where_smsutil_differs():
    # It takes the escape for a character. In TS 23.038 it only says that the next one is of the extension table: sent
    # in GSM-7, this text would arrive as a euro.
    assert smsutil.decode(smsutil.encode("\x1be")) == "€"
    assert estimate("\x1be").encoding == "UCS-2"
    # It calls an empty text UCS-2. There is nothing in it that asks for that.
    assert smsutil.split("").encoding == "utf_16_be"
    assert estimate("") == Estimate("GSM-7", 0, 1, 1, 1)


def test_what_forces_ucs2_is_named_once_in_the_order_of_the_text():
    assert estimate("It\u2019s “40 %” off \u2013 it\u2019s € 5 😀 \t").forced_by == (
        "U+2019 RIGHT SINGLE QUOTATION MARK",
        "U+201C LEFT DOUBLE QUOTATION MARK",
        "U+201D RIGHT DOUBLE QUOTATION MARK",
        "U+2013 EN DASH",
        "U+1F600 GRINNING FACE",
        "U+0009",
    )


def test_ten_characters_at_most_are_named():
    names = estimate("".join(chr(0x430 + number) for number in range(30))).forced_by
    assert len(names) == 10
    assert names[0] == "U+0430 CYRILLIC SMALL LETTER A"


@pytest.mark.parametrize(
    ("content", "least", "most"),
    [
        # "160 characters or fewer are charged 1 credit"; "161 characters will be sent as two messages".
        ("", 1, 1),
        ("x" * 160, 1, 1),
        ("x" * 161, 2, 2),
        ("x" * 306, 2, 2),
        ("x" * 307, 3, 3),
        # Up to version 1.2 the specification promised 8 at most; since 1.3 it is 153 to a part.
        ("x" * 1280, 9, 9),
        # "Charged at 70 characters per text"; the radio has 67 of a longer one.
        ("ç" * 70, 1, 1),
        ("ç" * 71, 2, 2),
        ("ç" * 134, 2, 2),
        ("ç" * 135, 2, 3),
        ("ç" * 140, 2, 3),
        ("ç" * 141, 3, 3),
        ("ç" * 1280, 19, 20),
        # Two units on the radio, one character to the letter of the documents.
        ("😀" * 35, 1, 1),
        ("😀" * 36, 1, 2),
        ("€" * 80, 1, 1),
        ("€" * 81, 1, 2),
        ("|" * 81, 1, 2),
        # One septet on the radio, two characters on the company's page.
        ("£" * 80, 1, 1),
        ("£" * 81, 1, 2),
        ("\n" * 81, 1, 2),
        ("\r" * 81, 1, 2),
        ("x" * 158 + "\r\n", 1, 2),
        ("x" * 150 + "\n" * 5, 1, 1),
        ("x" * 150 + "\n" * 6, 1, 2),
    ],
)
def test_the_credits_of_the_documents(content, least, most):
    estimated = estimate(content)
    assert (estimated.least_credits, estimated.most_credits) == (least, most)


@given(st.one_of(st.lists(gsm_runs, max_size=8).map("".join), st.text(gsm_characters, max_size=700)))
@example("£" * 80)
@example("£" * 80 + "x")
@example("\r\n" * 40 + "x")
@example("x" * 159 + "\n")
@example("x" * 153 + "£" * 153)
def test_the_credits_of_a_gsm_text_are_those_of_plain_ones(content):
    """The least as if each character were an x, the most as smsutil cuts it with a pair wherever one counts two."""
    estimated = estimate(content)
    assert estimated.least_credits == max(1, len(smsutil.split("x" * len(content)).parts))
    # A pair is written as a euro here: smsutil knows that it takes two and is not cut.
    longest = "".join("€" if character in "£\n\r\f^{}\\[~]|€" else "x" for character in content)
    assert estimated.most_credits == max(1, len(smsutil.split(longest).parts))


@given(texts)
def test_the_parts_lie_within_the_credits(content):
    estimated = estimate(content)
    assert 1 <= estimated.least_credits <= estimated.parts <= estimated.most_credits
    assert count_parts(content) == estimated.parts


@given(texts)
def test_every_reading_lies_within_the_credits(content):
    estimated = estimate(content)
    if estimated.encoding == "UCS-2":
        readings = [math.ceil(len(content) / 70), math.ceil(ucs2_units(content) / 70)]
        if ucs2_units(content) > 70:
            readings.append(math.ceil(ucs2_units(content) / 67))
    else:
        readings = []
        for pairs in ("", "\f^{}\\[~]|€", "£^{}[~]€\n\r"):
            length = sum(2 if character in pairs else 1 for character in content)
            readings.append(1 if length <= 160 else math.ceil(length / 153))
    assert all(estimated.least_credits <= max(1, reading) <= estimated.most_credits for reading in readings)


@given(texts, characters)
def test_one_more_character_never_costs_less(content, more):
    before, after = estimate(content), estimate(content + more)
    assert before.parts <= after.parts
    assert before.least_credits <= after.least_credits
    assert before.most_credits <= after.most_credits
