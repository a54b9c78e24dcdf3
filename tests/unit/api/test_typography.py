"""Typographic characters are replaced where that saves something, and whoever asked is told which."""

# ruff: noqa: RUF001 - characters that look alike are the subject
from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, example, given, strategies as st

from airflow_provider_smsworks.api.text import estimate
from airflow_provider_smsworks.api.typography import replace_typography

TYPOGRAPHIC = "‘’‚“”„«»‹›´–—−‐\u2011•…\t\u00a0\u2009\u202f\u2028\v\u00ad\u200b\ufeff\u202a\u202c\u2068ﬁﬄ"
GSM = "aeoEOx 19£€\n'\"-.@é"
texts = st.one_of(
    st.lists(st.sampled_from([*TYPOGRAPHIC, *GSM * 3, "e\u0301", "o\u0300"]), max_size=300).map("".join),
    st.text(st.sampled_from(TYPOGRAPHIC + GSM * 3 + "\u0300\u0301😀ç½`"), max_size=20),
    st.text(st.sampled_from("…x"), min_size=60, max_size=150),
    st.text(max_size=200),
)


@pytest.mark.parametrize(
    ("content", "plain"),
    [
        ("It’s ‘fine’", "It's 'fine'"),
        ("“Yes”, «no», „so“, 5′10″", '"Yes", "no", "so", 5\'10"'),
        ("10–12 – now — \u22125, e\u2011mail", "10-12 - now - -5, e-mail"),
        ("Wait…", "Wait..."),
        ("1\u00a0000\u202f€\t5\u3000kg", "1 000 € 5 kg"),
        ("one\u2028two\vthree", "one\ntwo\nthree"),
        ("\ufeffso\u00adft\u200b", "soft"),
        ("call \u202a07700 900123\u202c", "call 07700 900123"),
        ("• one\n• two", "- one\n- two"),
        ("oﬃce ﬁle", "office file"),
        # An accent of its own, and the ohm and ångström signs, are the letters that the alphabet has.
        ("cafe\u0301 Man\u0303ana 5 \u2126 \u212b", "café Mañana 5 Ω Å"),
    ],
)
def test_what_reads_the_same_is_replaced(content, plain):
    replaced, names = replace_typography(content)
    assert replaced == plain
    assert estimate(replaced).encoding == "GSM-7"
    assert names


def test_the_caller_is_told_what_was_replaced_by_name():
    assert replace_typography("It’s Zoe\u0301’s – “now”…") == (
        "It's Zoé's - \"now\"...",
        {
            "U+2019 RIGHT SINGLE QUOTATION MARK": 2,
            "U+0301 COMBINING ACUTE ACCENT": 1,
            "U+2013 EN DASH": 1,
            "U+201C LEFT DOUBLE QUOTATION MARK": 1,
            "U+201D RIGHT DOUBLE QUOTATION MARK": 1,
            "U+2026 HORIZONTAL ELLIPSIS": 1,
        },
    )


@pytest.mark.parametrize(
    "character", [*"çêáłžªº½⅓²°©®™×·`ʼŉßéÇΩЖ中😀", "l·l", "a\u0301", "c\u0327", "\u202e", "\u200d❤\ufe0f"]
)
def test_letters_fractions_and_signs_that_say_something_are_left(character):
    assert replace_typography(f"5 {character} a") == (f"5 {character} a", {})


@pytest.mark.parametrize("other", ["😀", "ç", "½"])
def test_a_text_that_stays_ucs2_is_not_touched(other):
    assert replace_typography(f"It’s {other}…") == (f"It’s {other}…", {})


def test_a_text_that_would_grow_a_part_is_not_touched():
    # Seventy ellipses fit in one part of UCS-2; as 210 dots they are two parts.
    assert replace_typography("…" * 70) == ("…" * 70, {})
    assert replace_typography("…" * 53) == ("..." * 53, {"U+2026 HORIZONTAL ELLIPSIS": 53})


@given(st.text(st.sampled_from(GSM + "^{}[]~|\\\f\r"), max_size=300))
def test_a_gsm_text_is_never_touched(content):
    assert replace_typography(content) == (content, {})


@given(texts)
@example("…" * 70)
def test_it_never_costs_more_and_changes_only_to_gsm(content):
    plain, names = replace_typography(content)
    assert estimate(plain).parts <= estimate(content).parts
    assert (plain == content) == (not names)
    if names:
        assert estimate(plain).encoding == "GSM-7"
        assert estimate(content).encoding == "UCS-2"
    assert replace_typography(plain) == (plain, {})


@given(texts)
def test_letters_and_figures_stay_as_they_are(content):
    plain, names = replace_typography(content)
    assume(names)

    def words(text: str) -> str:
        return "".join(character for character in unicodedata.normalize("NFKC", text) if character.isalnum())

    assert words(plain) == words(content)


@given(texts)
def test_every_character_outside_the_alphabet_is_counted(content):
    _, names = replace_typography(content)
    assume(names)
    assert sum(names.values()) == sum(estimate(character).encoding == "UCS-2" for character in content)
