"""The pages of the documentation, for the tests that read them."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
SNIPPETS = ROOT / "docs" / "snippets"
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted(ROOT.glob("docs/*.md"))]

_FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_REGION = re.compile(r"^[ ]*# \[START (\w+)\]\n(.*?)^[ ]*# \[END \1\]$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """What stands between fences; ``kind`` is what stands behind the first."""

    page: str
    kind: str
    text: str


def blocks(*pages: Path) -> list[Block]:
    """Return all blocks of some pages, or of all."""
    return [
        Block(page.name, found["kind"].strip(), found["text"])
        for page in pages or PAGES
        for found in _FENCE.finditer(page.read_text(encoding="utf-8"))
    ]


def regions(source: Path) -> dict[str, str]:
    """Return what stands between the markers of a source file, as a page shows it."""
    found = _REGION.findall(source.read_text(encoding="utf-8"))
    return {name: textwrap.dedent(text).strip("\n") for name, text in found}


def commands() -> list[tuple[str, str]]:
    """Return what the pages tell people to type, each with its page: blocks of bash, and lines behind a prompt."""
    typed = []
    for block in blocks():
        lines = re.sub(r"\\\n\s*", "", block.text).splitlines()
        if block.kind == "":
            lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        elif block.kind != "bash":
            lines = []
        typed += [(block.page, line) for line in lines if line]
    return typed
