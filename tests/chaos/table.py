"""What a campaign found, added up by what was done to the sends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields


@dataclass
class Outcome:
    """
    What became of one logical send: one task, whatever it went through.

    :param row: of the table: what was done to it
    :param has_store: whether Airflow kept the task's state (3.3 and newer)
    :param kind: message, batch, otp, ...
    :param texts: how many messages the gateway truly accepted for it
    :param faults: how many of its calls the gateway spoilt
    :param kills: how many of its processes were killed
    :param adopted: 1 if it found the text of an earlier try and took it for its own
    :param unknown: 1 if it ended, visibly, with an outcome that is not known
    :param duplicates: messages beyond those that somebody asked for
    :param losses: phones without a text although the task says it sent it
    :param wrong: other promises that were broken, in words; never with a full phone number
    :param story: how to repeat it, and what happened
    """

    row: str
    has_store: bool
    kind: str
    texts: int = 0
    faults: int = 0
    kills: int = 0
    adopted: int = 0
    unknown: int = 0
    duplicates: int = 0
    losses: int = 0
    wrong: list[str] = field(default_factory=list)
    story: str = ""


COUNTS = [name.name for name in fields(Outcome) if name.type == "int"]
UNWINNABLE = frozenset(
    {
        "two live copies",
        "accepted after the retry delay",
        "search lag beyond the configured one",
        "other words, no store, no metadata",
    }
)
"""Rows of what no client can win: duplicates and losses there are counted, not refused."""


def broken(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return what must not be: a duplicate or a silent loss where it can be helped, or another broken promise."""
    return [
        outcome
        for outcome in outcomes
        if outcome.wrong or (outcome.row not in UNWINNABLE and (outcome.duplicates or outcome.losses))
    ]


def markdown(outcomes: Sequence[Outcome]) -> str:
    """Return the table: a line for each row with and without the store, in the order in which they were found."""
    lines: dict[tuple[str, bool], dict[str, int]] = defaultdict(lambda: dict.fromkeys(["sends", *COUNTS], 0))
    for outcome in sorted(outcomes, key=lambda one: (one.row in UNWINNABLE, one.row, not one.has_store)):
        for line in (lines[outcome.row, outcome.has_store], lines["all that can be won", True]):
            if line is lines["all that can be won", True] and outcome.row in UNWINNABLE:
                continue
            line["sends"] += 1
            for name in COUNTS:
                line[name] += asdict(outcome)[name]
    total = lines.pop(("all that can be won", True), None)
    rows = [[name, "yes" if has_store else "no", *map(str, line.values())] for (name, has_store), line in lines.items()]
    if total:
        rows.append(["**all that can be won**", "", *(f"{value:,}" for value in total.values())])
    head = ["what was done", "store", "sends", *COUNTS]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])
