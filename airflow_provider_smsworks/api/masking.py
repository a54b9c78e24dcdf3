"""What may be shown of phone numbers (enough to recognise one's own, not enough to dial) and of secrets (nothing)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import cache
from urllib.parse import unquote

_GAP = r"[ \t\xa0+().\-/\u2010-\u2015]"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_NO_MORE_DIGITS = rf"(?!{_GAP}{{0,3}}\d(?!\d:))"
_ADDRESS = rf"(?<![\d.])(?:{_OCTET}\.){{3}}{_OCTET}{_NO_MORE_DIGITS}"
_DATE = rf"(?<![\d-])(?:19|20)\d\d-[01]\d-[0-3]\d{_NO_MORE_DIGITS}"
_SEVEN_DIGITS = r"[+(]{{0,2}}\d(?:{gap}\d){{6,}}"
_GAP_OF_PEOPLE = _GAP + "{0,3}"
_ANY_GAP = r"[\W_]{0,4}"
"""Whatever a program may put between digits."""

_WORD = re.compile(r"\w{4,}")
_CODED = re.compile(r"(?=[^\d\s]*\d)[\w+/=-]{40,}|\b(?=[a-f]*\d)[0-9a-f]{9,11}\b", re.IGNORECASE)
"""What a program wrote and nobody reads: it may be anything, and nine hexadecimal digits may be a number."""

_TOKEN = re.compile(r"eyJ[\w.=-]{5,}")


@cache
def _numbers(gap: str) -> re.Pattern[str]:
    """
    Return what finds seven digits and more with such gaps; IP addresses and ISO dates that stand alone are harmless.

    Made when it is first needed: every Dag file brings this module, and few of them mask anything.
    """
    return re.compile(f"(?P<harmless>{_ADDRESS}|{_DATE})|{_SEVEN_DIGITS.format(gap=gap)}")


def mask_number(number: object) -> str:
    """Return ``44********00`` for ``447700900000``: the last two digits, and the first two of a full number."""
    digits = "".join(character for character in str(number) if character.isdigit())
    if len(digits) < 7:
        return "***"
    shown = "" if digits.startswith("0") else digits[:2]
    return shown + "*" * (len(digits) - len(shown) - 2) + digits[-2:]


def mask_numbers(text: str) -> str:
    """Mask whatever in ``text`` could be a phone number: for messages that somebody else wrote."""
    return _numbers(_GAP_OF_PEOPLE).sub(lambda found: found["harmless"] or mask_number(found.group()), text)


def mask_secrets(text: str, secrets: Iterable[str]) -> str:
    """Mask the secrets, and whatever looks like a token: an answer may quote what it refuses."""
    for secret in secrets:
        # A shorter one is a sandbox's, and may be a part of ordinary words.
        if len(secret) >= 8:
            text = text.replace(secret.removeprefix("JWT "), "***")
    return _TOKEN.sub("***", text)


def mask_quotation(text: str, secrets: Iterable[str] = (), texts: Iterable[str] = ()) -> str:
    """
    Return in one line what a server says, without what it may quote: secrets, texts, and numbers in any spelling.

    :param texts: what was sent; words of three letters and less may be shown
    """
    texts = list(texts)
    secrets = [*secrets, *texts]
    text = html.unescape(unquote(unquote(mask_secrets(text, secrets))))
    # First: what nobody sees may stand between digits.
    text = "".join(character for character in " ".join(text.split()) if character.isprintable())
    text = _CODED.sub("***", mask_secrets(text, secrets))
    if sent := "\n".join(texts).casefold():
        text = _WORD.sub(lambda found: "***" if found[0].casefold() in sent else found[0], text)
    return _numbers(_ANY_GAP).sub(lambda found: found["harmless"] or mask_number(found.group()), text)
