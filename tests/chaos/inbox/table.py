"""What a campaign found, added up by what the stories were about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from tests.chaos.inbox.verdict import COUNTS, Outcome


def markdown(outcomes: Sequence[Outcome]) -> str:
    """Return the table."""
    lines: dict[str, dict[str, int]] = {}
    for outcome in sorted(outcomes, key=lambda one: one.row):
        for name in (outcome.row, "**all**"):
            line = lines.setdefault(name, dict.fromkeys(["stories", *COUNTS], 0))
            line["stories"] += 1
            for count in COUNTS:
                line[count] += asdict(outcome)[count]
    total = lines.pop("**all**", {})
    head = ["what happened", "stories", *(name.replace("_", " ") for name in COUNTS)]
    rows = [[name, *(f"{value:,}" for value in line.values())] for name, line in [*lines.items(), ("**all**", total)]]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])
