"""
Thousands of tasks that wait for delivery, in one real triggerer: what they cost, and how soon they go on.

    python -m benchmarks.waits --waits 1000 10000 --interval 5 --seconds 30 --json FILE

Measured against the HTTP provider's deferrable sensor, a poll for each task, and against triggers that only sleep: what
Airflow itself takes for as many waiting tasks.

The task instances and triggers are written to Airflow's database, as if tasks had deferred; the triggerer, its
database and the gateway are real processes. Ours wait for messages that nothing tells from messages that were sent one
by one. The HTTP provider's sensor can wait, deferred, for nothing but an address that is not 404 any more; it waits
for a batch to become visible, which costs the gateway no less than a report.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.rows import OURS, Options
from benchmarks.table import as_table
from benchmarks.waits_gateway import Gateway
from benchmarks.waits_stage import WAITS_DAG, Stage, environment_of_gateway

HTTP = "HTTP provider"
SLEEPING = "asleep"
_SETTLE = 10.0
MOST_CALLS, MOST_CPU, MOST_MEMORY = 12, 5.0, 1.3

Trigger = tuple[str, Mapping[str, Any]]


def rows(options: Options) -> Iterator[Mapping[str, Any]]:
    """Yield rows for the table of all benchmarks."""
    counts = [options.waits] if options.quick else sorted({options.waits, 10_000})
    yield from measure(counts, seconds=15 if options.quick else 30, say=options.say)


def measure(
    counts: Sequence[int],
    *,
    interval: float = 5.0,
    seconds: float = 30.0,
    most_http: int = 1000,
    foreign: int = 0,
    delay: float = 0.0,
    settings: Mapping[str, Any] | None = None,
    say: Any = lambda line: None,
) -> Iterator[dict[str, Any]]:
    """
    Measure, and yield a row for each number of waits and each who waits.

    :param counts: how many wait at once
    :param interval: seconds between two looks, at the beginning of a wait
    :param seconds: how long to look at them
    :param most_http: more than so many are not measured with the HTTP provider
    :param foreign: how many messages of other systems are on the account
    :param delay: seconds that the gateway takes to answer
    :param settings: of the sandbox
    """
    for count in counts:
        asleep = None
        for who in (SLEEPING, OURS, HTTP):
            problem = _why_not(who, count, most_http)
            row: dict[str, Any] = {"part": "waits", "what": f"{count:,} tasks wait", "who": who}
            if problem:
                yield {**row, "note": problem}
                continue
            say(f"waits: {count:,}, {who}")
            with Gateway(settings or {}, delay) as gateway:
                found = _measure(gateway, who, count, interval, seconds, foreign, say)
            asleep = found if who == SLEEPING else asleep
            yield row | _judged(found, who, asleep)


def _measure(
    gateway: Gateway, who: str, count: int, interval: float, seconds: float, foreign: int, say: Any
) -> dict[str, Any]:
    triggers = list(_triggers(gateway, who, count, interval, foreign))
    with Stage(WAITS_DAG, count + 100, environment_of_gateway(gateway.url), say) as stage:
        stage.insert(triggers)
        gateway.limit()
        stage.start_triggerer()
        loaded = stage.wait_until_loaded(count, timeout=120 + count / 25)
        # What comes with the loading is over then, and waits have their rhythm.
        stage.measure(_SETTLE)
        loading = gateway.reads()
        say(f"  loaded in {loaded:.0f} s, {loading} calls by then")
        cost = stage.measure(seconds)
        calls = gateway.reads() - loading
        stage.check_that_all_run(count)
        figures = {
            "calls an interval": round(calls / (seconds / interval), 1),
            "calls while loading": loading,
            "CPU %": cost.runner_cpu,
            "RSS MB": cost.runner_rss,
            "PSS MB": cost.runner_pss,
            "supervisor CPU %": cost.supervisor_cpu,
            "supervisor RSS MB": cost.supervisor_rss,
            "loaded in s": round(loaded),
            "database": stage.database,
        }
        if who != SLEEPING:
            gateway.deliver()
            figures |= _resumed(stage, count, time.monotonic())
    return {name: value for name, value in figures.items() if value is not None}


def _resumed(stage: Stage, count: int, began: float) -> dict[str, Any]:
    """Wait until all tasks were resumed, and tell how long that took."""
    wanted = {"half resumed in s": count / 2, "95 % resumed in s": count * 0.95, "all resumed in s": count}
    took: dict[str, Any] = {}
    while len(took) < len(wanted) and time.monotonic() - began < 120 + count / 25:
        done = count - stage.count("SELECT count(*) FROM task_instance WHERE state = 'deferred'")
        for name, enough in wanted.items():
            if done >= enough and name not in took:
                took[name] = round(time.monotonic() - began, 1)
        time.sleep(0.2)
    return took if len(took) == len(wanted) else {**took, "resumed": f"{done:,} of {count:,}"}


def _triggers(gateway: Gateway, who: str, count: int, interval: float, foreign: int) -> Iterator[Trigger]:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    if who == SLEEPING:
        for _ in range(count):
            arguments = {"moment": later.isoformat(), "end_from_trigger": False}
            yield "airflow.providers.standard.triggers.temporal.DateTimeTrigger", arguments
    elif who == OURS:
        for message_id in gateway.send(count, foreign=foreign):
            arguments = {"message_id": message_id, "deadline": later.isoformat(), "poll_interval": interval}
            yield "airflow_provider_smsworks.triggers.delivery.SmsWorksDeliveryTrigger", arguments
    else:
        for batch_id in gateway.batches(count):
            arguments = {"endpoint": f"v1/batch/{batch_id}", "poke_interval": interval}
            yield "airflow.providers.http.triggers.http.HttpSensorTrigger", arguments


def _why_not(who: str, count: int, most_http: int) -> str | None:
    if who != HTTP:
        return None
    try:
        import airflow.providers.http  # noqa: F401
    except ImportError:
        return "not installed: pip install apache-airflow-providers-http"
    return f"not measured with more than {most_http:,}" if count > most_http else None


def _judged(found: dict[str, Any], who: str, asleep: Mapping[str, Any] | None) -> dict[str, Any]:
    if who != OURS:
        return found
    assert asleep is not None
    memory = round(found["RSS MB"] / asleep["RSS MB"], 2)
    reached = found["calls an interval"] <= MOST_CALLS and found["CPU %"] < MOST_CPU and memory <= MOST_MEMORY
    aim = f"at most {MOST_CALLS} calls an interval, CPU < {MOST_CPU:g} %, memory at most {MOST_MEMORY} of asleep"
    # Ten thousand triggers that do nothing take Airflow some per cent, too.
    more = {"CPU % more than asleep": round(found["CPU %"] - asleep["CPU %"], 1)}
    return found | more | {"ratio": memory, "against": f"memory, {SLEEPING}", "aim": aim, "reached": reached}


def main() -> int:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waits", description=__doc__.splitlines()[1])
    parser.add_argument("--waits", type=int, nargs="+", default=[1000, 10_000], help="how many wait at once")
    parser.add_argument("--interval", type=float, default=5.0, help="seconds between two looks")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long to look at them")
    parser.add_argument("--most-http", type=int, default=1000, help="measure the HTTP provider up to so many")
    parser.add_argument("--foreign", type=int, default=0, help="messages of other systems on the account")
    parser.add_argument("--metadata-search", choices=["filters", "ignored"], default="filters")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that the gateway takes to answer")
    parser.add_argument("--calls-per-minute", type=int, help="the gateway's limit; more are answered with 429")
    parser.add_argument("--json", type=Path, help="where to write the rows to")
    chosen = parser.parse_args()
    settings: dict[str, Any] = {"metadata_search": chosen.metadata_search}
    if chosen.calls_per_minute:
        settings["calls_per_minute"] = chosen.calls_per_minute
    measured = []
    for row in measure(
        chosen.waits,
        interval=chosen.interval,
        seconds=chosen.seconds,
        most_http=chosen.most_http,
        foreign=chosen.foreign,
        delay=chosen.delay,
        settings=settings,
        say=lambda line: print(line, file=sys.stderr, flush=True),
    ):
        measured.append(row)
        print(row, file=sys.stderr, flush=True)
    print_and_write("waits", measured, chosen.json)
    return 0


def print_and_write(part: str, measured: Sequence[Mapping[str, Any]], file: Path | None) -> None:
    """Print rows as a table, and write them as JSON."""
    from benchmarks.rows import Row

    print(as_table([Row.of(part, row) for row in measured]))
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps([dict(row) for row in measured], indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
