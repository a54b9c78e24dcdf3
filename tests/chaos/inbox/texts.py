"""What phones send in stories, and which of it fits a watcher: worked out here, not by the code under test."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any, Protocol

PHONES = [f"447700900{number}" for number in (101, 102, 103, 104)]
NUMBERS = ["447860000001", "447860000002"]
CONTENTS = [
    "Order 1234 please",
    "ORDER!",
    "order: two of them",
    "My order is late",
    "Stop",
    "code 4821",
    "4821",
    "Hello there",
    "",
    "Ordering 17",
    "Größe 42, bitte",
]
FILTERS: list[dict[str, str]] = [
    {},
    {"keyword": "order"},
    {"pattern": r"\b\d{4}\b"},
    {"to_number": "+44 7860 000001"},
    {"from_number": "07700 900101"},
    {"keyword": "ORDER", "to_number": "447860000002"},
    {"from_number": "447700900102", "pattern": "(?i)order"},
]


class Received(Protocol):
    """A text that came in."""

    phone: str
    to: str
    content: str


def text(number: int = 0, **more: Any) -> dict[str, Any]:
    """Return a text for the gateway to receive."""
    content = CONTENTS[number % len(CONTENTS)] or "?"
    return {
        "from": PHONES[number % len(PHONES)],
        "to": NUMBERS[number % len(NUMBERS)],
        "content": content,
        **more,
    }


def some(dice: random.Random, count: int, hidden: Sequence[float] = (0.0,)) -> list[dict[str, Any]]:
    """Return texts of any kind."""
    return [
        {
            "from": dice.choice(PHONES),
            "to": dice.choice(NUMBERS),
            "content": dice.choice(CONTENTS) or "?",
            "hidden": dice.choice(hidden),
        }
        for _ in range(count)
    ]


def fits(filters: dict[str, str], received: Received) -> bool:
    """Tell whether a watcher with these filters wants a text."""
    if "from_number" in filters and _digits(filters["from_number"]) != _digits(received.phone):
        return False
    if "to_number" in filters and _digits(filters["to_number"]) != _digits(received.to):
        return False
    if "keyword" in filters:
        words = re.split(r"\W+", received.content.strip("!?.,:; "))
        if words[0].lower() != filters["keyword"].lower():
            return False
    return "pattern" not in filters or re.search(filters["pattern"], received.content) is not None


def _digits(number: str) -> str:
    digits = re.sub(r"\D", "", number)
    return f"44{digits[1:]}" if digits.startswith("0") else digits
