"""`python -m tests.chaos`: thousands of sends, everything that can break breaks, and a table of what people got."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.chaos.table import Outcome

SHOWN = 5
PROGRESS = 5.0
"""Seconds between two lines of progress."""

SEED = 20_26


def main(argv: Sequence[str] | None = None) -> int:
    """Run the campaign; the exit code is 1 if somebody got a text twice, or none, where that can be helped."""
    options = _parser().parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="smsworks-chaos-home-") as home:
        _make_airflow_home(home)
        if options.mutants is not None:
            from tests.chaos.mutants import run_mutants

            return run_mutants(options.mutants, seed=options.seed, table=options.table)
        return _campaign(options)


def _make_airflow_home(home: str) -> None:
    """Let Airflow, which reads this when it is imported, know nothing of this machine's own."""
    os.environ["AIRFLOW_HOME"] = home
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    for name in [name for name in os.environ if name.startswith("AIRFLOW_CONN_")]:
        del os.environ[name]


def _campaign(options: argparse.Namespace) -> int:
    import airflow_provider_smsworks
    from tests.chaos.campaign import Campaign
    from tests.chaos.rows import ROWS
    from tests.chaos.table import broken, markdown

    if strange := set(options.rows) - set(ROWS):
        print(f"There is no row {', '.join(sorted(strange))}; there are: {'; '.join(ROWS)}", file=sys.stderr)
        return 2
    if options.package and options.package.resolve() not in Path(airflow_provider_smsworks.__file__).resolve().parents:
        print(f"This tried {airflow_provider_smsworks.__file__}, not what is in {options.package}", file=sys.stderr)
        return 2
    numbers = options.only or range(options.sends)
    began = shown = time.monotonic()
    outcomes: list[Outcome] = []
    bad: list[Outcome] = []

    def told(outcome: Outcome) -> bool:
        nonlocal shown
        outcomes.append(outcome)
        if broken([outcome]):
            bad.append(outcome)
            if len(bad) <= SHOWN:
                print(_told(outcome), flush=True)
        elif options.only:
            print(outcome.story)
        if time.monotonic() - shown > PROGRESS:
            shown = time.monotonic()
            print(f"{shown - began:6.0f} s  {len(outcomes):,} of {len(numbers):,} sends, {len(bad)} broken", flush=True)
        return not (options.until_broken and bad)

    campaign = Campaign(options.seed, numbers, options.rows, told)
    campaign.run(options.workers)
    seconds = time.monotonic() - began
    if options.json:
        lines = [json.dumps(asdict(outcome)) + "\n" for outcome in outcomes]
        options.json.write_text("".join(lines))
    table = markdown(outcomes)
    if options.table:
        options.table.write_text(table + "\n")
    if not options.only:
        print(f"\n{table}\n")
    anew = f", {campaign.begun_anew} of them begun anew because this machine was too slow" * bool(campaign.begun_anew)
    print(
        f"{len(outcomes):,} sends in {seconds:.0f} s with {options.workers} workers, seed {options.seed}{anew}:"
        f" {len(bad)} broken"
    )
    return 1 if bad else 0


def _told(outcome: Outcome) -> str:
    counts = f"{outcome.duplicates} duplicate(s), {outcome.losses} loss(es)"
    return f"\nBROKEN: {counts}, {'; '.join(outcome.wrong) or 'nothing else'}\n    {outcome.story}\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--sends", type=int, default=10_000, help="how many logical sends (default 10000)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"other stories for each seed (default {SEED})")
    parser.add_argument("--workers", type=int, default=8, help="how many at the same time (default 8)")
    parser.add_argument("--only", type=int, action="append", metavar="NUMBER", help="only this send; may be repeated")
    parser.add_argument("--rows", action="append", default=[], help="only this row of the table; may be repeated")
    parser.add_argument("--until-broken", action="store_true", help="end at the first send that is broken")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write each outcome there, as a line of JSON")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write the table there, as Markdown")
    parser.add_argument("--package", type=Path, metavar="FOLDER", help="refuse to try a package that is not in there")
    parser.add_argument(
        "--mutants",
        nargs="*",
        metavar="NAME",
        help="take out each guard of the code in turn (or only those with such names), and see that it is noticed",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
