"""Compared with a packer that shares nothing with the code: it deals out characters, and knows the alphabet."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from airflow_provider_smsworks.api.text import count_parts

# 3GPP TS 23.038, 6.2.1 and 6.2.1.1
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = "^{}\\[~]|€\f"

gsm_texts = st.text(alphabet=st.sampled_from(BASIC + EXTENDED * 4), max_size=700)


def cost(character: str, gsm: bool) -> int:
    if gsm:
        return 2 if character in EXTENDED else 1
    return len(character.encode("utf-16-le", "surrogatepass")) // 2


def naive_parts(content: str) -> int:
    gsm = all(character in BASIC + EXTENDED for character in content)
    single, part = (160, 153) if gsm else (70, 67)
    if sum(cost(character, gsm) for character in content) <= single:
        return 1
    dealt: list[str] = []
    rest = content
    while rest:
        taken = ""
        while rest and sum(cost(character, gsm) for character in taken + rest[0]) <= part:
            taken, rest = taken + rest[0], rest[1:]
        dealt.append(taken)
    assert "".join(dealt) == content
    return len(dealt)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("x" * 1280, 9),
        ("£" * 160, 1),
        ("\n" * 160, 1),
        ("€" * 80, 1),
        ("€" * 80 + "x", 2),
        ("ç" * 70, 1),
        ("ç" * 71, 2),
        ("ç" * 134, 2),
        ("ç" * 135, 3),
        ("x" * 70 + "\u2019", 2),
        ("\uffff" * 70, 1),
        ("\U00010000" * 36, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 66, 2),
        # 33 of them fill 66 of 67 units; the 67th holds no half of one.
        ("😀" * 67, 3),
        # Two septets do not straddle: 152 and a euro are 154, so the euro goes on.
        ("x" * 152 + "€" + "x" * 151, 2),
        ("x" * 152 + "€" + "x" * 152, 3),
        # The alphabet's escape is no character: followed by an e it would be a euro.
        ("\x1be" * 35, 1),
        ("\x1be" * 36, 2),
    ],
)
def test_how_many_parts_a_text_takes(content, parts):
    assert count_parts(content) == parts
    assert naive_parts(content) == parts


@pytest.mark.parametrize("character", sorted(BASIC))
def test_a_basic_character_takes_one_septet(character):
    assert count_parts(character * 160) == 1
    assert count_parts(character * 161) == 2


@pytest.mark.parametrize("character", sorted(EXTENDED))
def test_an_extended_character_takes_two_septets(character):
    assert count_parts(character * 80) == 1
    assert count_parts(character * 81) == 2


@given(gsm_texts)
def test_a_gsm_text_is_packed_as_the_naive_packer_does_and_never_below_its_septets(content):
    parts = count_parts(content)
    septets = sum(2 if character in EXTENDED else 1 for character in content)
    assert parts == naive_parts(content)
    if septets > 160:
        assert parts >= math.ceil(septets / 153)


@given(st.text(max_size=300))
def test_any_text_is_packed_as_the_naive_packer_does(content):
    assert count_parts(content) == naive_parts(content)


@given(gsm_texts, st.sampled_from("çê\u2019\u2013😀\u200b"))
def test_one_other_character_makes_the_whole_text_ucs2(content, other):
    units = len((content + other).encode("utf-16-le")) // 2
    assert count_parts(content + other) == (1 if units <= 70 else naive_parts(content + other))
    assert count_parts(content + other) >= math.ceil(units / 70)
