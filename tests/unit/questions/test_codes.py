from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, strategies as st

from airflow_provider_smsworks.questions.codes import code_of, codes_in, may_hold_code, without_code

short_codes = st.from_regex("[2-9][ACDEFHJKMNPRTUVWXY][2-9]", fullmatch=True)
long_codes = st.from_regex("[2-9][ACDEFHJKMNPRTUVWXY][2-9][ACDEFHJKMNPRTUVWXY][2-9]", fullmatch=True)
codes = short_codes | long_codes
texts = st.text() | st.text("yesno47F7f2K, .!?()'\u2019-_\u0301é")


@given(st.text(), st.text(), st.integers(0, 99), st.booleans())
def test_a_code_has_its_form_and_is_found_as_a_word(secret, key, number, is_long):
    code = code_of(secret, key, number, long=is_long)
    assert len(code) == (5 if is_long else 3)
    assert codes_in(f"Reply YES {code} or NO {code}.") == {code}


def test_a_code_is_the_same_in_every_process_and_another_one_with_another_secret_key_or_number():
    assert code_of("secret", "key", 0, long=True) == code_of("secret", "key", 0, long=True)
    given = [("secret", "key", 0), ("other", "key", 0), ("secret", "other", 0), ("secret", "key", 1)]
    assert len({code_of(*each, long=True) for each in given}) == 4


def test_all_codes_are_given_about_as_often():
    found = [code_of("secret", "key", number) for number in range(20_000)]
    assert len(set(found)) == 8 * 18 * 8
    assert max(map(found.count, set(found))) < 50


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("yes 4f7.", {"4F7"}),
        ("(4F7), 5k2!", {"4F7", "5K2"}),
        ("4F7K2", {"4F7K2"}),
        ("4f7k2 and 4f7", {"4F7K2", "4F7"}),
        ("yes_4F7", {"4F7"}),
        ("é4F7 4F7é YES4F7 24F7 4F72 4F7K 4F7K2C 4F7K2C3", set()),
        ("1F7 4B7 4F0 4 F 7 4-F-7 4\u212a7 07700 900123", set()),
        ("", set()),
    ],
)
def test_codes_are_found_as_words_only(text, found):
    assert codes_in(text) == found


@pytest.mark.parametrize(
    "text",
    [
        *("yes 4F7", "Yes 4f7.", "YES4F7", "4f7yes", "4F7 yes", "Yes (4F7)", "yes, 4F7!", "(4F7) yes", "4F7: yes"),
        *("yes,4F7", "yes-4F7", "yes_4F7", "'4F7' yes", "yes \u201c4F7\u201d.", "yes\n4F7\n", "4F7 - yes"),
        *("yes 4F7 4f7", "4F7, yes, 4F7", "[4F7]: yes", "#4F7 yes", "yes\u00a04F7", "4F7 \u2013 yes", "*4F7* yes"),
    ],
)
def test_a_code_is_taken_out_however_people_type_it(text):
    assert without_code(text, "4F7").lower() == "yes"


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "4F7K2",
        "yes 2K4F7",
        "24F7",
        "4F72",
        "4F7yes2",
        "1yes4F7",
        "4F7yes5K2",
        "4F7yes4F7",
        "4 F 7",
        "yes 4F",
        "4F74F7",
    ],
)
def test_a_code_is_not_found_in_what_may_be_another_one(text):
    assert without_code(text, "4F7") is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("yes 4F7 please", "yes please"),
        ("YES4F7please", "YES please"),
        ("4F7", ""),
        ("(4F7).", ""),
        ("4F7 -3", "-3"),
        ("4F7: \u22123", "\u22123"),
        ("4F7 .5", ".5"),
        ("4F7 - 3", "3"),
        ("5% 4F7", "5%"),
        ("late (sorry) 4F7", "late (sorry)"),
        ("4F7 (sorry) late", "(sorry) late"),
        ('4F7 "late"', '"late"'),
        ("4F7 One.\nTwo.", "One.\nTwo."),
        ("caf\u0301e 4F7", "caf\u0301e"),
    ],
)
def test_what_is_left_is_what_was_meant(text, left):
    assert without_code(text, "4F7") == left


@given(texts)
def test_a_code_that_is_a_word_is_also_taken_out(text):
    for code in codes_in(text):
        assert codes_in(without_code(text, code)).isdisjoint({code})


@given(texts, texts, codes)
def test_taking_a_code_out_loses_no_letter_or_digit(before, after, code):
    text = f"{before}{code}{after}"
    left = without_code(text, code)
    if left is not None:
        kept = re.sub(code, "", text, flags=re.IGNORECASE | re.ASCII)
        assert re.sub(r"[\W_]", "", left) == re.sub(r"[\W_]", "", kept)


@given(texts, codes, st.sampled_from([" ", ", ", "\n", " ("]))
def test_a_code_is_found_behind_any_words(text, code, between):
    assume(not may_hold_code(text))
    assert without_code(f"{text}{between}{code.lower()}", code) is not None


@given(codes, codes, st.sampled_from(["{}", "yes {}", "yes{}", "{}yes", "({})!"]))
def test_no_text_with_one_code_has_another_one(code, other, form):
    assume(code != other)
    assert without_code(form.format(code), other) is None
