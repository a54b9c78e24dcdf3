"""
Codes such as ``4F7``: a reply that repeats one says which question it answers.

A code begins and ends with a digit, and digits and letters take turns: so letters next to it cannot be a part of
another code, and people may type ``YES4F7``. A digit next to it can: of ``4F7K2`` or ``24F7`` nobody knows.
"""

from __future__ import annotations

import re

from airflow_provider_smsworks.sending.identity import blind

_DIGITS = "23456789"
# None that looks like another one or like a digit.
_LETTERS = "ACDEFHJKMNPRTUVWXY"

_ANY_CODE = re.compile("D(?:LD){1,2}".replace("D", f"[{_DIGITS}]").replace("L", f"[{_LETTERS}{_LETTERS.lower()}]"))

_LETTER_OR_DIGIT = r"[^\W_]"
_LETTER = r"[^\W\d_]"
_BEGINS = f"(?<!{_LETTER_OR_DIGIT})"
_ENDS = f"(?!{_LETTER_OR_DIGIT})"
_WORD = re.compile(f"{_BEGINS}{_ANY_CODE.pattern}{_ENDS}")

_AT_THE_END = re.compile(f"{_BEGINS}({_ANY_CODE.pattern})\\W*$")

# Quotes, dashes and dots as they are on the keys, and as phones make them nicer.
_BEFORE = "[\\s.,;:!?\u2026_/|=\u2013\u2014\u2212-]*[(\\[{<'\"\u2018\u201c\u00ab*#]*"
# Not the minus of -3, and not the point of .5: then the answer would be another number.
_AFTER = "[)\\]}>'\"\u2019\u201d\u00bb*]*(?:[\\s;:!?\u2026_/|=\u2014]|[-\u2212\u2013.,](?!\\d))*"


def code_of(secret: str, key: str, number: int, *, long: bool = False) -> str:
    """
    Return a code of a send: nobody without the account's secret can foretell it.

    :param key: of the send
    :param number: which of its codes
    :param long: of 5 characters (166,000 codes) and not of 3 (1,152)
    """
    left = int(blind(secret, "code", key, str(number)), 16)
    code = ""
    for characters in (_DIGITS, _LETTERS, _DIGITS, _LETTERS, _DIGITS)[: 5 if long else 3]:
        left, place = divmod(left, len(characters))
        code += characters[place]
    return code


def codes_in(text: str) -> frozenset[str]:
    """Return the codes that stand in a text as words of their own."""
    return frozenset(code.upper() for code in _WORD.findall(text))


def code_asked_for(text: str) -> str | None:
    """Return the code that a question asks for: it ends with it. Anything else in it only looks like one."""
    found = _AT_THE_END.search(text)
    return found and found[1]


def may_hold_code(text: str) -> bool:
    """Tell whether anything in a text looks like a code, also within a word."""
    return _ANY_CODE.search(text) is not None


def without_code(text: str, code: str) -> str | None:
    """Return a text without a code and what parts the two, or None if the code is not there."""
    # Most codes of a long conversation are not in the text, and making a pattern of each would take long.
    if code not in text.upper():
        return None
    left, count = _with_surroundings(code).subn(lambda found: f"{found['before'] or ''} {found['after'] or ''}", text)
    return left.strip() if count else None


def _with_surroundings(code: str) -> re.Pattern[str]:
    spelled = "".join(f"[{character}{character.lower()}]" for character in code)
    return re.compile(
        f"(?:{_BEGINS}(?P<before>{_LETTER}+)|{_BEFORE}{_BEGINS})"
        f"{spelled}"
        f"(?:(?P<after>{_LETTER}+){_ENDS}|{_ENDS}{_AFTER})"
    )
