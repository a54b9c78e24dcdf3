"""
Many personalised texts: from a table of PostgreSQL and from Parquet, as a real task, with the state store on.

Against two others, each a process of its own: bodies that lie ready, posted by bare httpx (faster nobody can be), and
one request for each text through the HTTP provider's hook (what people write today). All of them text through the
sandbox; its ledger tells whether everybody got one text. What a gateway that is slow, limits or fails makes of it, the
options say: `python -m benchmarks.bulk --help`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]

from benchmarks.bulk_tables import BODIES, make_bodies, make_parquet, make_table
from benchmarks.rows import OURS, Options, Row, significant
from scripts.local_airflow import LocalAirflow
from scripts.postgres import start_postgres
from scripts.processes import Family
from scripts.sandbox_process import SandboxProcess

AT_ONCE = 4
"""Calls at the same time: the operators' default, and the same for bare httpx."""

ONE_BY_ONE = 500
"""So many texts tell how long one request for each takes."""

DAGS = Path(__file__).parent / "dags" / "bulk"
MIB = 2**20


@dataclass(frozen=True)
class Gateway:
    """
    How the gateway is.

    :param delay: seconds that each answer takes
    :param calls_per_minute: beyond that it answers 429
    :param failing: the fraction of calls whose answer is an error, half of them accepted
    """

    delay: float = 0.0
    calls_per_minute: int | None = None
    failing: float = 0.0

    @property
    def name(self) -> str:
        """What is unusual about it."""
        unusual = [f"{self.delay:g} s an answer"] if self.delay else []
        unusual += [f"{self.calls_per_minute} calls a minute"] if self.calls_per_minute else []
        unusual += [f"{self.failing:.0%} of calls fail"] if self.failing else []
        return ", ".join(unusual)


def rows(options: Options, gateway: Gateway | None = None) -> Iterator[Row]:
    """Send lists of each size, and yield a row for each way."""
    gateway = gateway or Gateway()
    peaks: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-bulk-") as name:
        family = Family("bench-bulk")
        try:
            database = start_postgres(family)
            folder = Path(name)
            # They move from sandbox to sandbox, each of which is new.
            port_file = folder / "url"
            env = {
                "AIRFLOW_CONN_WAREHOUSE": database.replace("postgresql+psycopg2", "postgres"),
                "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": "1",
                "BENCH_URL": str(port_file),
            }
            for size in options.sizes:
                options.say(f"bulk: making {size:,} rows")
                make_table(database, size)
                make_parquet(folder / f"rows_{size}.parquet", size)
                yield from _of_size(options, gateway, size, folder, env, peaks)
                (folder / f"rows_{size}.parquet").unlink()
        finally:
            family.end()
    for way, found in peaks.items():
        if len(found) > 1:
            grown = found[-1] - found[0]
            yield Row(
                "bulk",
                f"memory, {options.sizes[0]:,} to {options.sizes[-1]:,} rows, {way}",
                OURS,
                {"grows by MiB": significant(grown)},
                aim="at most 100 MiB",
                reached=grown <= 100,
            )


def _of_size(
    options: Options, gateway: Gateway, size: int, folder: Path, env: Mapping[str, str], peaks: dict[str, list[float]]
) -> Iterator[Row]:
    what = f"{size:,} texts" + (f" ({gateway.name})" if gateway.name else "")
    one_by_one = _one_by_one(options, gateway, min(size, ONE_BY_ONE), folder)
    bare = _bare(options, gateway, size, folder)
    yield Row("bulk", what, "bare httpx, ready-made bodies", {"texts/s": bare})
    yield Row("bulk", what, "HTTP provider, one request each", {"texts/s": one_by_one})
    for way, dag_id, conf in (
        ("PostgreSQL", "bulk_sql", {"table": f"rows_{size}"}),
        ("Parquet", "bulk_parquet", {"path": str(folder / f"rows_{size}.parquet")}),
    ):
        found = _as_a_task(options, gateway, size, env, dag_id, conf)
        peaks.setdefault(way, []).append(found["peak MiB"])
        pace = found["texts/s"]
        yield Row(
            "bulk",
            what,
            f"{OURS}, {way}",
            found,
            ratio=significant(pace / bare),
            against="bare httpx",
            aim="at least 0.5",
            reached=pace / bare >= 0.5,
        )
        yield Row(
            "bulk",
            what,
            f"{OURS}, {way}",
            {},
            ratio=significant(pace / one_by_one),
            against="HTTP provider",
            aim="at least 50",
            reached=pace / one_by_one >= 50,
        )


def _sandbox(sandbox: SandboxProcess, gateway: Gateway) -> None:
    settings = {
        "credits": 1e9,
        # What becomes of a text later is not what is measured.
        "delivery_delay": 86_400.0,
        "answer_delay": gateway.delay,
        "calls_per_minute": gateway.calls_per_minute,
    }
    _post(sandbox.url, "settings", settings)
    if gateway.failing:
        each = {"operation": "POST /batch/any", "kind": "status", "status": 503, "times": None}
        either = [{**each, "when": when, "probability": gateway.failing / 2} for when in ("before", "after")]
        _post(sandbox.url, "faults", either)


def _post(url: str, what: str, body: Any) -> None:
    httpx.post(f"{url}/sandbox/{what}", json=body, trust_env=False, timeout=60).raise_for_status()


def _check(sandbox: SandboxProcess, size: int) -> None:
    summary = httpx.get(f"{sandbox.url}/sandbox/ledger/summary", trust_env=False, timeout=120).json()
    if (summary["messages"], summary["recipients"]) != (size, size):
        raise RuntimeError(f"of {size:,} people {summary['recipients']:,} got {summary['messages']:,} texts")


def _bare(options: Options, gateway: Gateway, size: int, folder: Path) -> float:
    options.say(f"bulk: {size:,} texts, bare httpx")
    make_bodies(folder / BODIES, size)
    with SandboxProcess() as sandbox:
        _sandbox(sandbox, replace(gateway, failing=0.0))
        seconds = _baseline("bare", sandbox.url, str(folder / BODIES), str(AT_ONCE))
        _check(sandbox, size)
    (folder / BODIES).unlink()
    return significant(size / seconds)


def _one_by_one(options: Options, gateway: Gateway, size: int, folder: Path) -> float:
    options.say(f"bulk: {size:,} texts, one request each")
    with SandboxProcess() as sandbox:
        _sandbox(sandbox, Gateway(gateway.delay))
        seconds = _baseline("one_by_one", sandbox.url, str(size))
        _check(sandbox, size)
    return significant(size / seconds)


def _baseline(*arguments: str) -> float:
    command = [sys.executable, "-m", "benchmarks.bulk_baselines", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return float(done.stdout.strip().splitlines()[-1])


def _as_a_task(
    options: Options, gateway: Gateway, size: int, env: Mapping[str, str], dag_id: str, conf: Mapping[str, str]
) -> dict[str, Any]:
    options.say(f"bulk: {size:,} texts, {dag_id}")
    with SandboxProcess() as sandbox:
        _sandbox(sandbox, gateway)
        connection = {
            "conn_type": "smsworks",
            "host": sandbox.url,
            "password": "bench",
            "extra": {"sender": "Depot", "search_lag": 1},
        }
        env = {**env, "AIRFLOW_CONN_SMSWORKS_DEFAULT": json.dumps(connection)}
        with LocalAirflow(DAGS, env, database="postgresql", say=options.say) as airflow:
            airflow.find_dag(dag_id)
            watch = Memory(airflow.all_pids())
            run_id = airflow.trigger(dag_id, dict(conf))
            began = time.monotonic()
            run = airflow.wait_for(dag_id, run_id, timeout=3600, on_poll=lambda: watch.look(airflow.all_pids()))
            [task] = airflow.task_instances(dag_id, run_id)
            if run["state"] != "success":
                raise RuntimeError(f"{dag_id} failed: {list(airflow.log_lines(dag_id, run_id))[-5:]}")
            seconds = task["duration"] if task["try_number"] == 1 else time.monotonic() - began
            result = airflow.xcom(dag_id, run_id, "send")
        if (result["recipients"], result["failed"]) != (size, 0):
            raise RuntimeError(f"{dag_id} says that {result['recipients']:,} were texted")
        _check(sandbox, size)
        calls = httpx.get(f"{sandbox.url}/sandbox/requests", trust_env=False).json()
    return {
        "texts/s": significant(size / seconds),
        "task s": significant(seconds),
        "tries": task["try_number"],
        "peak MiB": significant(watch.peak / MIB),
        "calls": sum(calls.values()),
    }


class Memory:
    """The most memory that a process took which was not there before; read from outside."""

    def __init__(self, before: Sequence[int]) -> None:
        self._before = frozenset(before)
        self.peak = 0

    def look(self, pids: Sequence[int]) -> None:
        """Look once."""
        for pid in set(pids) - self._before:
            try:
                self.peak = max(self.peak, psutil.Process(pid).memory_info().rss)
            except psutil.NoSuchProcess:
                continue


def main() -> int:
    """Measure and print."""
    from benchmarks.table import as_table

    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000])
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that each answer of the gateway takes")
    parser.add_argument("--calls-per-minute", type=int, help="beyond that the gateway answers 429")
    parser.add_argument("--failing", type=float, default=0.0, help="the fraction of calls that fail: 0.1")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    options = Options(sizes=given.sizes, say=lambda line: print(line, file=sys.stderr, flush=True))
    found = list(rows(options, Gateway(given.delay, given.calls_per_minute, given.failing)))
    print(as_table(found))
    if given.json:
        given.json.write_text(json.dumps([vars(row) for row in found], indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
