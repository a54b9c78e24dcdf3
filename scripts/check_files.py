"""
What no file of the project may hold: paths of a machine, package registries, pins that pip would not take, stray space.

A part of `make lint`: `python -m scripts.check_files FILES` prints what is wrong and where.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

FORBIDDEN = {
    "a path of somebody's machine": re.compile(r"(?<![\w.~/*-])/(?:home|Users|root)/\w"),
    # Where packages come from is the business of whoever installs them: their mirror, their cache.
    "a package registry": re.compile(r"\b(?:py[p]i|python[h]osted|np[m]js)\.(?:org|com|io)\b|--(?:extra-)?inde[x]-url"),
    "a mark of a merge": re.compile(r"^(?:<{7}|>{7}) "),
    "space at the end of the line": re.compile(r"[ \t]+$"),
}
PIN = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*==[\w.!+]+")


def wrong_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the number of each line that holds what it may not, and what that is."""
    for number, line in enumerate(text.splitlines(), start=1):
        for what, pattern in FORBIDDEN.items():
            if pattern.search(line):
                yield number, what
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "no end of the last line"


def wrong_pins(text: str) -> Iterator[tuple[int, str]]:
    """Yield the number of each line that is no pin, or is not in its place, and what is wrong with it."""
    before = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not PIN.fullmatch(line):
            yield number, "no pin like `name==version`"
        elif line <= before:
            yield number, "not sorted, or twice"
        before = line


def check(path: Path) -> list[str]:
    """Return what is wrong with a file, a line for each."""
    text = path.read_text(encoding="utf-8")
    found = list(wrong_lines(text))
    if path.parent.name == "constraints":
        found += wrong_pins(text)
    return [f"{path}:{number}: {what}" for number, what in found]


def main() -> int:
    """Check the files that are named; return 1 if something is wrong with one."""
    wrong = [line for name in sys.argv[1:] for line in check(Path(name))]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
