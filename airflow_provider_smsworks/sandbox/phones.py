"""What the phones do: the numbers that Ofcom keeps for drama, and what their owners answer.

Every other number gets its text and does not reply.
"""

from __future__ import annotations

import re
from typing import Literal

Step = Literal["deliver", "fail", "miss", "expire", "reject", "unknown", "reply", "flood", "forget"]

_STEPS: dict[str, tuple[Step, ...]] = {
    "447700900001": ("fail",),  # the number does not exist
    "447700900002": ("miss", "expire"),  # the handset is off
    "447700900003": ("reject",),
    "447700900004": ("unknown",),  # the networks never report
    "447700900005": ("deliver", "reply"),
    "447700900006": ("deliver", "reply"),
    "447700900007": ("deliver", "reply"),
}
_WORDS = {"447700900005": "YES", "447700900006": "NO", "447700900007": "STOP"}

# A code has a digit and three or more characters: "YES within 30 minutes" asks for none.
_CODE = r"""[\s:'"“”<(\[-]+(?=[a-z0-9]{3})([a-z]*\d[a-z0-9]*)\b"""
_AFTER_WORD = r"\bWORD\b(?:\W+(?:or\W+)?(?:yes|no)\b)?" + _CODE
_AFTER_CODE = r"\bcode(?:\s+is)?\b" + _CODE
_ASKING = (_AFTER_WORD.replace("WORD", "(?:YES|NO)"), _AFTER_CODE)

# The codes of texts that ask for more than yes or no: digits and capitals in turn, such as 4F7 or 4F7K2.
_CODE_IN_TURN = r"(?<![\w-])(\d[A-Z]\d(?:[A-Z]\d)?)(?![\w-])"


def steps(destination: str) -> tuple[Step, ...]:
    """What will happen to a text sent to this number, in order; life.py says when."""
    return _STEPS.get(destination, ("deliver",))


def gets(destination: str) -> bool:
    """Whether a text to this number arrives, as far as its owner is concerned: networks may not report it."""
    return not {"deliver", "unknown"}.isdisjoint(steps(destination))


def reply(phone: str, content: str) -> str:
    """What the owner of a replying phone answers to a text, with the code that it asked for."""
    word = _WORDS[phone]
    code = _code_after(word, content) if word != "STOP" else None
    return f"{word} {code}" if code else word


def code_asked_for(content: str) -> str | None:
    """The code that a text asks for, with whatever words; the last one: how to reply comes after the question."""
    patterns = (*(re.compile(pattern, re.IGNORECASE) for pattern in _ASKING), re.compile(_CODE_IN_TURN))
    found = [match for pattern in patterns for match in pattern.finditer(content)]
    return max(found, key=lambda match: match.start(1))[1] if found else None


def _code_after(word: str, content: str) -> str | None:
    """The code in "YES 4821", "YES or NO: 4821" or "code 4821"; a code after the other word will do."""
    other = "NO" if word == "YES" else "YES"
    for pattern in (_AFTER_WORD.replace("WORD", word), _AFTER_WORD.replace("WORD", other), _AFTER_CODE):
        if found := re.search(pattern, content, re.IGNORECASE):
            return found[1]
    return None
