"""The rows as a table for people, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.rows import Row

_TITLES = ("part", "what", "who", "figures", "ours / theirs", "aim", "reached")


def as_table(rows: Sequence[Row]) -> str:
    """Return a table in Markdown, its columns aligned."""
    lines = [_TITLES, *map(_cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_TITLES))]
    aligned = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    aligned.insert(1, ["-" * width for width in widths])
    return "\n".join(f"| {' | '.join(line)} |" for line in aligned)


def as_json(rows: Sequence[Row], machine: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return all of it as JSON can hold it."""
    return {"machine": dict(machine), "options": dict(options), "rows": [asdict(row) for row in rows]}


def _cells(row: Row) -> tuple[str, ...]:
    figures = ", ".join(f"{name} {_number(value)}" for name, value in row.figures.items())
    against = f" ({row.against})" if row.against else ""
    return (
        row.part,
        row.what,
        row.who,
        f"FAILED: {row.problem}" if row.problem else figures,
        "" if row.ratio is None else f"{_number(row.ratio)}{against}",
        row.aim or "",
        "" if row.reached is None else ("yes" if row.reached else "NO"),
    )


def _number(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 or float(value).is_integer() else f"{value:.3g}"
