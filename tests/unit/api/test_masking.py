from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from airflow_provider_smsworks.api.masking import mask_number, mask_numbers, mask_secrets
from tests.unit.api.secrecy import API_SECRET, TOKEN


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("447400123456", "44********56"),
        (447400123456, "44********56"),
        ("+44 7400 123456", "44********56"),
        ("07400123456", "*********56"),
        ("1234567", "12***67"),
        ("123456", "***"),
        ("Parcels", "***"),
        ("", "***"),
        (None, "***"),
    ],
)
def test_a_masked_number_shows_country_and_last_two_digits(number, shown):
    assert mask_number(number) == shown


@given(st.from_regex(r"[0-9]{7,15}", fullmatch=True))
def test_a_masked_number_hides_all_but_four_digits(digits):
    shown = mask_number(digits)
    assert len(shown) == len(digits)
    assert shown[-2:] == digits[-2:]
    assert sum(character.isdigit() for character in shown) <= 4


@pytest.mark.parametrize(
    "number",
    [
        "447400123456",
        "+447400123456",
        "07400 123456",
        "07400-123-456",
        "07400.123.456",
        "07400/123456",
        "074 00 12 34 56",
        "+44 (0)7400 123456",
        "(07400) 123456",
        "(+44) 7400 123456",
        "+33 6 12 34 56 78",
        "06.12.34.56.78",
        "+1 (202) 555-0123",
        "07400\xa0123456",
        "07400 \u2013 123456",
        "44.7.40.0 123456",
        "2012-12-12 3456",
    ],
)
def test_a_number_in_a_sentence_is_masked_however_it_is_spaced(number):
    masked = mask_numbers(f"destination {number}, it is refused")
    assert re.fullmatch(r"destination \d{0,2}\*+\d\d, it is refused", masked)


@given(st.text(alphabet=st.sampled_from("0123456789 +-.()/ab\u0667\n")))
def test_no_masked_text_holds_seven_digits_in_a_row(text):
    assert re.search(r"\d{7,}", mask_numbers(text)) is None


@given(
    before=st.sampled_from(["", "to ", "number:", "(", "x"]),
    digits=st.from_regex(r"(0|44|\+44)7[0-9]{9}", fullmatch=True),
    gaps=st.lists(st.sampled_from(["", "", " ", "-", ".", " - ", "\xa0"]), min_size=13, max_size=13),
)
def test_a_spaced_number_never_comes_through(before, digits, gaps):
    spelled = "".join(digit + gap for digit, gap in zip(digits, gaps, strict=False)).rstrip(" -.\xa0")
    masked = mask_numbers(f"{before}{spelled} is no phone")
    assert sum(character.isdigit() for character in masked) <= 4


@pytest.mark.parametrize(
    "text",
    [
        "http://192.168.100.200:8025/v1",
        "invalid date 2026-01-31 09:30:00.000",
        "HTTP 400, code 4004",
        "67,108,864 bytes",
        "1280 characters, 9 parts",
        "",
    ],
)
def test_addresses_dates_codes_and_sizes_stay_readable(text):
    assert mask_numbers(text) == text


@pytest.mark.parametrize("quoted", [TOKEN, TOKEN.removeprefix("JWT "), API_SECRET, "eyJhbm90aGVy.dG9rZW4.c2ln"])
def test_a_quoted_secret_is_masked(quoted):
    assert mask_secrets(f"bad token {quoted}!", [TOKEN, API_SECRET]) in ("bad token ***!", "bad token JWT ***!")


@pytest.mark.parametrize(("secret", "shown"), [("abc12345", "***"), ("abc1234", "abc1234")])
def test_a_secret_has_eight_characters_at_least(secret, shown):
    assert mask_secrets(secret, [secret]) == shown


def test_a_sandbox_token_that_is_an_ordinary_word_leaves_sentences_alone():
    assert mask_secrets("the token is not valid", ["token"]) == "the token is not valid"
