"""
Run the benchmark, or parts of it, and print one table.

    python -m benchmarks --only imports,sends --sizes 10000,100000 --waits 1000 --json FILE

Ratios are the claim: seconds are those of the machine that the table names. The exit code is 1 if a part could not
be measured; an aim that is not reached is said in its row.
"""

from __future__ import annotations

import argparse
import importlib
import json
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from benchmarks.machine import machine
from benchmarks.rows import Options, Row
from benchmarks.table import as_json, as_table

# Each is a module here with ``rows(options)``, which yields rows, or mappings as of a JSON file.
PARTS = ("imports", "sends", "bulk", "waits", "watchers")
JSON = Path("build/bench.json")


def main() -> int:
    """Measure, print, write; return the exit code."""
    arguments = _parse()
    small = arguments.quick
    options = Options(
        sizes=arguments.sizes or ((1000,) if small else Options.sizes),
        waits=arguments.waits or (100 if small else Options.waits),
        sends=arguments.sends or (5 if small else Options.sends),
        rounds=arguments.rounds or (3 if small else Options.rounds),
        quick=small,
        say=lambda line: print(line, file=sys.stderr, flush=True),
    )
    found = machine()
    started = time.monotonic()
    rows: list[Row] = []
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        for part in arguments.only:
            rows += measure(part, options)
    except KeyboardInterrupt:
        print("Interrupted: what follows was measured before.", file=sys.stderr)
        rows.append(Row("", "interrupted", "", problem="not all was measured"))
    found["took"] = f"{time.monotonic() - started:.0f} s"
    print(", ".join(f"{name} {value}" for name, value in found.items()))
    print()
    print(as_table(rows))
    # What a part's options are is a matter of this program, not of its results.
    chosen = {name: value for name, value in vars(options).items() if name != "say"}
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(as_json(rows, found, chosen), indent=2, default=str) + "\n", encoding="utf-8")
    print(f"\nAs JSON: {arguments.json}")
    return 1 if any(row.problem for row in rows) else 0


def measure(part: str, options: Options) -> list[Row]:
    """Return a part's rows; if it cannot go on, those that it has, and one that says why."""
    rows: list[Row] = []
    try:
        # Not at the top: a part may need what another does without.
        module = importlib.import_module(f"benchmarks.{part}")
        for row in module.rows(options):
            # One by one: what there is counts, also if the next one fails.
            rows.append(Row.of(part, row))
    except Exception as error:
        said = str(error).strip().splitlines() or [""]
        rows.append(Row(part, "", "", problem=f"{type(error).__name__}: {said[0]}"))
        print(f"{part}: {type(error).__name__}: {error}", file=sys.stderr)
    return rows


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What the provider costs, side by side.")
    parser.add_argument("--only", type=_parts, default=PARTS, help=f"some of {','.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="a small run of everything, within about 3 minutes")
    parser.add_argument("--sizes", type=_numbers, help="rows of the lists that are sent to, such as 10000,100000")
    parser.add_argument("--waits", type=int, help="tasks that wait at once")
    parser.add_argument("--sends", type=int, help="single sends, of each")
    parser.add_argument("--rounds", type=int, help="repetitions of what is quick")
    parser.add_argument("--json", type=Path, default=JSON, help=f"where to write the results to; default: {JSON}")
    return parser.parse_args()


def _parts(text: str) -> Sequence[str]:
    parts = text.split(",")
    if unknown := set(parts) - set(PARTS):
        raise argparse.ArgumentTypeError(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return parts


def _numbers(text: str) -> Sequence[int]:
    return tuple(int(number.replace("_", "")) for number in text.split(","))


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
