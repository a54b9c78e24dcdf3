"""`python -m tests.chaos.inbox`: texts come in while everything breaks, and a table of what watchers told."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.__main__ import SEED, _make_airflow_home

if TYPE_CHECKING:
    from tests.chaos.inbox.verdict import Outcome


def main(argv: Sequence[str] | None = None) -> int:
    """Run the campaign; the exit code is 1 if a text was lost, or told twice for no reason."""
    options = _parser().parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="smsworks-inbox-home-") as home:
        _make_airflow_home(home)
        if options.mutants is not None:
            from tests.chaos.inbox.mutants import run_mutants

            return run_mutants(options.mutants, seed=options.seed)
        return _campaign(options)


def _campaign(options: argparse.Namespace) -> int:
    import airflow_provider_smsworks
    from tests.chaos.inbox.campaign import Campaign
    from tests.chaos.inbox.stories import number_of
    from tests.chaos.inbox.table import markdown
    from tests.chaos.inbox.verdict import is_broken

    if options.package and options.package.resolve() not in Path(airflow_provider_smsworks.__file__).resolve().parents:
        print(f"This tried {airflow_provider_smsworks.__file__}, not what is in {options.package}", file=sys.stderr)
        return 2
    numbers = [*options.only, *map(number_of, options.named)] or range(options.stories)
    outcomes: list[Outcome] = []

    def told(number: int, outcome: Outcome) -> None:
        outcomes.append(outcome)
        if is_broken(outcome):
            wrong = "\n    ".join(outcome.wrong[:8])
            print(f"\nBROKEN: {outcome.row}: {outcome.story}\n    {wrong}\n", flush=True)
        elif options.verbose or options.only:
            print(f"{outcome.row}: all told after {outcome.settled:.1f} s", flush=True)

    began = time.monotonic()
    Campaign(options.seed, numbers, told).run(options.workers)
    seconds = time.monotonic() - began
    if options.json:
        options.json.write_text("".join(json.dumps(asdict(outcome)) + "\n" for outcome in outcomes))
    bad = sum(map(is_broken, outcomes))
    print(f"\n{markdown(outcomes)}\n\n{len(outcomes):,} stories in {seconds:.0f} s, seed {options.seed}: {bad} broken")
    return 1 if bad else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.inbox", description=__doc__)
    parser.add_argument("--stories", type=int, default=200, help="how many: the named ones first (default 200)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"other stories for each seed (default {SEED})")
    parser.add_argument("--workers", type=int, default=8, help="how many at the same time (default 8)")
    parser.add_argument(
        "--only", type=int, action="append", default=[], metavar="NUMBER", help="only this story; may be repeated"
    )
    parser.add_argument("--named", action="append", default=[], metavar="ROW", help="only this story; may be repeated")
    parser.add_argument("--package", type=Path, metavar="FOLDER", help="refuse to try a package that is not in there")
    parser.add_argument(
        "--mutants",
        nargs="*",
        metavar="NAME",
        help="take out each guard of the code in turn (or only those with such names), and see that it is noticed",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write each outcome there, as a line of JSON")
    parser.add_argument("--verbose", action="store_true", help="say of each story when it is over")
    return parser


if __name__ == "__main__":
    sys.exit(main())
