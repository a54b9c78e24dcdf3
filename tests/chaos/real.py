"""
A campaign in a real Airflow: every fault that a site knows, sends of every kind, and who got which texts.

    python -m tests.chaos.real --database sqlite|postgresql [--seed N] [--json FILE]

Exit codes: 0, every promise was kept; 1, one was broken; 3, it could not be run, and the reason is printed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from scripts.local_airflow import LocalAirflow
from scripts.processes import StackError
from tests.chaos.real_clears import backfill, clears
from tests.chaos.real_gates import Gates
from tests.chaos.real_outages import OUTAGES
from tests.chaos.real_scenarios import (
    GATES,
    Scenario,
    gateway_faults,
    killed_at_steps,
    killed_during_the_call,
    two_live_copies,
    workers_lost,
)
from tests.chaos.real_stage import SETTINGS, Stage, Stuck
from tests.chaos.real_verdict import judge
from tests.chaos.table import UNWINNABLE, Outcome, broken, markdown

DAGS = Path(__file__).with_name("dags")
CANNOT_RUN = 3
SEARCH_LAG = 0.4
Say = Callable[[str], None]


def main() -> int:
    """Run the campaign and return its exit code."""
    options = _options()
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {line}", flush=True)

    try:
        outcomes = campaign(options.database, options.seed, say, keep=options.keep)
    except StackError as error:
        print(f"The campaign could not be run: {error}", file=sys.stderr)
        return CANNOT_RUN
    seconds = time.monotonic() - began
    if options.json:
        options.json.write_text(json.dumps([asdict(outcome) for outcome in outcomes], indent=1), encoding="utf-8")
    for outcome in outcomes:
        if outcome.row in UNWINNABLE:
            print(f"{outcome.row}: {outcome.story}")
    print("", markdown(outcomes), "", sep="\n")
    bad = broken(outcomes)
    for outcome in bad:
        told = [f"{outcome.duplicates} duplicates"] * (outcome.duplicates > 0)
        told += [f"{outcome.losses} losses"] * (outcome.losses > 0)
        print(f"BROKEN  {outcome.story}: {'; '.join([*told, *outcome.wrong])}")
    print(f"{len(outcomes)} sends, {len(bad)} broken, {options.database}, seed {options.seed}, {seconds:.0f} s")
    return int(bool(bad))


def campaign(database: str, seed: int, say: Say, *, keep: bool = False) -> list[Outcome]:
    """Play all scenarios in an Airflow of their own and return what became of the sends."""
    with Gates(GATES) as gates:
        for name in GATES:
            gates[name].set(search_lag=SEARCH_LAG)
        env = {**SETTINGS, **gates.connections(), "CHAOS_NOTES": str(gates.notes)}
        with LocalAirflow(DAGS, env, database=database, separate_api=True, keep=keep, say=say) as airflow:
            if keep:
                say(f"its home stays: {airflow.home}")
            airflow.find_dag("chaos_daily_resend")
            airflow.find_dag("chaos_message")
            stage = Stage(airflow, gates, seed)
            try:
                _play(stage, say)
                return judge(stage, database, seed)
            finally:
                stage.close()


def _play(stage: Stage, say: Say) -> None:
    say("faults, kills and Clears, all at once")
    scenarios = list(_scenarios(stage))
    stage.rng.shuffle(scenarios)
    with ThreadPoolExecutor(len(scenarios)) as pool:
        for done in [pool.submit(scenario) for scenario in scenarios]:
            done.result()
    stage.until_ended(stage.sends)
    for scene in (backfill, *OUTAGES):
        count = len(stage.sends)
        say(f"{count} sends; now: {scene.__name__.replace('_', ' ')}")
        try:
            scene(stage)
        except Stuck as error:
            if count == len(stage.sends):
                raise StackError(str(error)) from error
            stage.sends[-1].wrong.append(str(error))
    say("the verdict")


def _scenarios(stage: Stage) -> Iterator[Scenario]:
    yield lambda: killed_at_steps(stage)
    yield lambda: gateway_faults(stage)
    yield lambda: workers_lost(stage)
    yield from killed_during_the_call(stage)
    yield from two_live_copies(stage)
    yield from clears(stage)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.real", description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all outcomes there")
    parser.add_argument("--keep", action="store_true", help="leave Airflow's home, with all logs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
