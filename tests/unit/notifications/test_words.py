"""As many words as fit, by every reading of what a part costs."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from airflow_provider_smsworks.api.text import estimate
from airflow_provider_smsworks.notifications.words import fit

HEADLINE = "Failed: load_orders.fetch, try 2 of 3, run 2026-11-22 06:00 UTC"
SOME = st.text(st.one_of(st.characters(codec="ascii"), st.sampled_from("£€{}\n\u2019éłЖ😀")), max_size=400)


@given(SOME, SOME, st.integers(1, 3))
def test_never_costs_more_than_it_may(headline, details, parts):
    assert estimate(fit(headline, details, parts)).most_credits <= parts


@given(SOME, SOME)
def test_what_fits_is_not_cut(headline, details):
    text = fit(headline, details, 8)
    assert "..." not in text or "..." in headline + details


def test_details_are_cut_first_from_their_end():
    text = fit(HEADLINE, "ValueError: " + "no such table " * 20, 1)
    assert text.startswith(f"{HEADLINE}. ValueError: no such table no such")
    assert text.endswith("...")
    assert 155 <= len(text) <= 160


def test_a_long_headline_goes_without_details_and_is_cut():
    text = fit("Failed: " + "a_long_dag_name_" * 20, "ValueError: x", 1)
    assert len(text) == 160
    assert text.endswith("...")
    assert "ValueError" not in text


def test_a_web_address_is_not_cut_in_the_middle():
    text = fit(HEADLINE, "see the log at https://airflow.example.com/dags/" + "x" * 100, 1)
    assert text == f"{HEADLINE}. see the log at..."


def test_a_text_of_a_million_characters_takes_no_time():
    text = fit("".join(map(chr, range(0x4E00, 0x9FFF))) * 50, "".join(map(chr, range(0x4E00, 0x9FFF))) * 50, 1)
    assert len(text) == 70


def test_details_of_which_nothing_can_be_read_are_left_out():
    headline = "x" * 150
    assert fit(headline, "ValueError: no such table", 1) == headline


@pytest.mark.parametrize("character", ["\u2019", "…", "\u2013"])
def test_typography_does_not_more_than_double_the_price(character):
    text = fit(f"It{character}s late", f"It{character}s a pity", 1)
    assert estimate(text).encoding == "GSM-7"
    assert "?" not in text


def test_details_in_another_alphabet_do_not_more_than_double_the_price():
    assert fit("Failed: load", "KeyError: 'Łódź 東京'", 1) == "Failed: load. KeyError: '?odz ??'"


def test_an_author_who_writes_in_another_alphabet_is_left_alone():
    assert fit("Сбой: заказы", "ключ 東京", 1) == "Сбой: заказы. ключ 東京"


@pytest.mark.parametrize(
    ("headline", "details", "text"),
    [("Failed", "x", "Failed. x"), ("Failed!", "x", "Failed! x"), ("Failed", "", "Failed"), ("", "x", "x")],
)
def test_headline_and_details_are_sentences(headline, details, text):
    assert fit(headline, details, 1) == text


def test_names_of_fields_stay_readable():
    assert fit("Failed: load", "`content` is empty", 1) == "Failed: load. 'content' is empty"
