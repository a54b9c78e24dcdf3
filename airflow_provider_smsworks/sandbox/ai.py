"""A stand-in for the gateway's "AI Optimiser", which may rewrite a text that is just over 1 or 2 credits.

How the real one does it is unknown. What matters to a client is that the phone then gets other words than
were submitted, so here the text just loses some vowels: the same text always becomes the same other text.
"""

from __future__ import annotations

import re

from airflow_provider_smsworks.sandbox.parts import Billing, count_parts

MOST_LEFT_OUT = 16  # characters; more is not "just longer than the 1 or 2 credit boundary"
_VOWEL = re.compile(r"(?<=[a-z])[aeiou](?=[a-z])")  # within a word; capitals and codes with digits stay


def optimised(content: str, billing: Billing) -> str:
    """The text, shorter by as little as saves a credit, or as it was if that cannot be done."""
    parts = count_parts(content, billing)
    if parts not in (2, 3):
        return content
    shorter = content
    for _ in range(MOST_LEFT_OUT):
        shorter = _VOWEL.sub("", shorter, count=1)
        if count_parts(shorter, billing) < parts:
            return shorter
    return content
