"""What is printed: for people in lines that fit the terminal, for programs as JSON."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Mapping
from typing import Any

_WIDEST = 110


def print_json(data: Any) -> None:
    """Print JSON, and nothing else."""
    print(json.dumps(data, indent=2, ensure_ascii=False))


def print_rows(rows: Mapping[str, str]) -> None:
    """Print names and what they are, in two columns."""
    width = max(map(len, rows))
    for name, text in rows.items():
        print(wrapped(text, f"{name:<{width}}  "))


def wrapped(text: str, begins: str = "", hangs: int | None = None) -> str:
    """
    Return text in lines that fit the terminal.

    :param begins: what the first line begins with
    :param hangs: how far the other lines are indented; default: as far as the first one's text
    """
    width = min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST)
    indent = " " * (len(begins) if hangs is None else hangs)
    lines = [
        line
        for part in text.splitlines() or [""]
        for line in textwrap.wrap(part, max(width, 40) - len(indent), break_on_hyphens=False, break_long_words=False)
    ]
    return begins + f"\n{indent}".join(lines)
