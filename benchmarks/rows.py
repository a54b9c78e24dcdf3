"""What a part of the benchmark is asked, and what it answers: rows of one table."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

OURS = "this provider"


@dataclass(frozen=True)
class Options:
    """
    How much is done.

    :param sizes: of lists that are sent to, in rows
    :param waits: how many tasks wait at once
    :param sends: how many single sends there are, of each
    :param rounds: how often what takes a second is repeated; each round measures everybody once
    :param quick: whether all of it shall be over within minutes, for a look
    :param say: called with a line about what is going on
    """

    sizes: Sequence[int] = (10_000, 100_000)
    waits: int = 1000
    sends: int = 30
    rounds: int = 15
    quick: bool = False
    say: Callable[[str], None] = lambda line: None


@dataclass(frozen=True)
class Row:
    """
    One line of the table.

    :param figures: names with their units, such as ``wall ms``, and numbers or words
    :param ratio: ours divided by that of ``against``, of the figure that the aim is about
    :param aim: in words
    :param reached: whether ``aim`` is; None if there is none
    :param problem: why there are no figures
    """

    part: str
    what: str
    who: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    ratio: float | None = None
    against: str | None = None
    aim: str | None = None
    reached: bool | None = None
    problem: str | None = None

    @classmethod
    def of(cls, part: str, found: Row | Mapping[str, Any]) -> Row:
        """Return what a part found, also a plain mapping: what is no field of a row is a figure."""
        if isinstance(found, Row):
            return found
        names = {each.name for each in fields(cls)}
        named = {name: value for name, value in found.items() if name in names}
        others = {name: value for name, value in found.items() if name not in names and value is not None}
        return cls(**{"part": part, "what": "", "who": "", **named, "figures": {**named.get("figures", {}), **others}})


def middle(values: Sequence[float]) -> float:
    """Return the median, in 3 significant digits."""
    return significant(statistics.median(values))


def spread(values: Sequence[float]) -> str:
    """Return where the middle half of the values lies, ``12.1-14.9``; of few values, where all lie."""
    if len(values) < 4:
        return f"{significant(min(values)):g}-{significant(max(values)):g}"
    low, _, high = statistics.quantiles(values, n=4)
    return f"{significant(low):g}-{significant(high):g}"


def significant(value: float) -> float:
    """Round to 3 significant digits: more of them would be noise."""
    return float(f"{value:.3g}")
