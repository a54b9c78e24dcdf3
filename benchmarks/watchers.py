"""
Many watchers at the inbox, in one real triggerer: how often they call the gateway.

    python -m benchmarks.watchers --watchers 1 50 500 --interval 5 --seconds 30 --json FILE

Each watches an asset of its own with a filter of its own, as Dags do that a text starts.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.rows import OURS, Options
from benchmarks.waits import print_and_write
from benchmarks.waits_gateway import Gateway
from benchmarks.waits_stage import Stage, environment_of_gateway

_DAG = """
from __future__ import annotations

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset, AssetWatcher

from airflow_provider_smsworks.triggers.inbox import SmsWorksInboxTrigger

assets = [
    Asset(
        f"texts_{{number}}",
        watchers=[
            AssetWatcher(
                name=f"watcher_{{number}}",
                trigger=SmsWorksInboxTrigger(keyword=f"word{{number}}", poll_interval={interval}),
            )
        ],
    )
    for number in range({count})
]

with DAG("watchers", schedule=assets):
    EmptyOperator(task_id="nothing")
"""
_WARM_UP = 15.0
# Assets of a paused Dag are not watched.
_UNPAUSED = {"AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False"}


def rows(options: Options) -> Iterator[Mapping[str, Any]]:
    """Yield rows for the table of all benchmarks."""
    yield from measure([1, 50] if options.quick else [1, 50, 500], seconds=15 if options.quick else 30, say=options.say)


def measure(
    counts: Sequence[int],
    *,
    interval: float = 5.0,
    seconds: float = 30.0,
    delay: float = 0.0,
    settings: Mapping[str, Any] | None = None,
    say: Any = lambda line: None,
) -> Iterator[dict[str, Any]]:
    """
    Measure, and yield a row for each number of watchers.

    :param interval: seconds between two looks
    :param seconds: how long to look at them
    :param delay: seconds that the gateway takes to answer
    :param settings: of the sandbox
    """
    for count in counts:
        say(f"watchers: {count}")
        dag = _DAG.format(count=count, interval=interval)
        with (
            Gateway(settings or {}, delay) as gateway,
            Stage(dag, count + 100, environment_of_gateway(gateway.url) | _UNPAUSED, say) as stage,
        ):
            gateway.limit()
            stage.start_triggerer()
            stage.wait_until_loaded(count, timeout=180)
            # Watchers wait a while for each other before the first look.
            stage.measure(_WARM_UP)
            before = gateway.reads()
            cost = stage.measure(seconds)
            stage.check_that_all_run(count)
            an_interval = round((gateway.reads() - before) / (seconds / interval), 1)
        yield {
            "part": "watchers",
            "what": f"{count} watcher{'s' if count > 1 else ''} of the inbox",
            "who": OURS,
            "calls an interval": an_interval,
            "CPU %": cost.runner_cpu,
            "RSS MB": cost.runner_rss,
            "supervisor CPU %": cost.supervisor_cpu,
            "database": stage.database,
            "aim": "one call an interval",
            # A window of some intervals has one look more or less at its ends.
            "reached": 0 < an_interval <= 1 + interval / seconds,
        }


def main() -> int:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watchers", description=__doc__.splitlines()[1])
    parser.add_argument("--watchers", type=int, nargs="+", default=[1, 50, 500], help="how many watch at once")
    parser.add_argument("--interval", type=float, default=5.0, help="seconds between two looks")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long to look at them")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that the gateway takes to answer")
    parser.add_argument("--calls-per-minute", type=int, help="the gateway's limit; more are answered with 429")
    parser.add_argument("--json", type=Path, help="where to write the rows to")
    chosen = parser.parse_args()
    settings = {"calls_per_minute": chosen.calls_per_minute} if chosen.calls_per_minute else {}
    measured = list(
        measure(
            chosen.watchers,
            interval=chosen.interval,
            seconds=chosen.seconds,
            delay=chosen.delay,
            settings=settings,
            say=lambda line: print(line, file=sys.stderr, flush=True),
        )
    )
    print_and_write("watchers", measured, chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
