"""
What a Dag file pays for naming an operator: import time over ``from airflow.sdk import BaseOperator``.

Each measurement is a Python process of its own, which imports Airflow's part first and then, timed, what an operator
adds. In each round everybody has one turn, so that a machine that is busy for a while is busy for all. A first round
that does not count writes the bytecode and warms the disk's cache.
"""

from __future__ import annotations

import json
import os
import pkgutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from benchmarks.rows import OURS, Options, Row, middle, significant, spread

WHAT = "import"
FLOOR = "Airflow alone (BaseOperator)"
HTTP = "HTTP provider"
MOST_MS = 25.0
MOST_OF_HTTP = 0.1

# What each brings in the file that a Dag would import.
OTHERS = {
    HTTP: ["airflow.providers.http.operators.http"],
    "Slack provider": ["airflow.providers.slack.operators.slack_webhook"],
    "Discord provider": ["airflow.providers.discord.operators.discord_webhook"],
    "Amazon provider (SNS)": ["airflow.providers.amazon.aws.operators.sns"],
}
HITL = "Airflow's own approval (HITL)"
APPROVAL = f"{OURS}, its approval over Airflow's own"
_HITL_MODULE = "airflow.providers.standard.operators.hitl"
_APPROVAL_MODULE = "airflow_provider_smsworks.operators.approval"

_CHILD = """
import json, sys, time
started = time.perf_counter(), time.process_time()
from airflow.sdk import BaseOperator
between = time.perf_counter(), time.process_time()
loaded = len(sys.modules)
import {first}
before = time.perf_counter(), time.process_time(), len(sys.modules)
import {modules}
ended = time.perf_counter(), time.process_time()
print(json.dumps({{
    "floor": (between[0] - started[0]) * 1000,
    "wall": (ended[0] - before[0]) * 1000,
    "cpu": (ended[1] - before[1]) * 1000,
    "modules": len(sys.modules) - before[2],
}}))
"""


def own_modules() -> list[str]:
    """Return every module of ours with operators, but for the approval's, which loads Airflow's own operator."""
    found = []
    for package in ("airflow_provider_smsworks.operators", "airflow_provider_smsworks.transfers"):
        spec = find_spec(package)
        if spec is None:
            continue
        locations = spec.submodule_search_locations or []
        found += [f"{package}.{module.name}" for module in pkgutil.iter_modules(locations)]
    return [name for name in found if name != _APPROVAL_MODULE]


def measure(modules: Sequence[str], folder: str, *, first: str = "airflow.sdk") -> Mapping[str, float]:
    """
    Import modules in a process of their own.

    :param folder: where Airflow may write its settings
    :param first: a module that does not count
    :return: ``wall`` and ``cpu`` of the modules and ``floor`` of Airflow's part, in ms; ``modules`` that came with them
    :raises RuntimeError: they cannot be imported
    """
    # People's Airflow writes bytecode, and imports what is installed: not the files around here.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AIRFLOW_"))}
    run = subprocess.run(
        [sys.executable, "-c", _CHILD.format(modules=", ".join(modules), first=first)],
        env={**environment, "AIRFLOW_HOME": folder},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if run.returncode != 0:
        said = run.stderr.strip().splitlines()
        raise RuntimeError(said[-1] if said else f"exit code {run.returncode}")
    return dict(json.loads(run.stdout.splitlines()[-1]))


def rows(options: Options) -> Iterator[Row]:
    """Measure everybody, and yield a row for each."""
    subjects: dict[str, tuple[str, Sequence[str]]] = {OURS: ("airflow.sdk", own_modules())}
    subjects |= {who: ("airflow.sdk", modules) for who, modules in OTHERS.items()}
    subjects[HITL] = ("airflow.sdk", [_HITL_MODULE])
    subjects[APPROVAL] = (_HITL_MODULE, [_APPROVAL_MODULE])
    measured: dict[str, list[Mapping[str, float]]] = {who: [] for who in subjects}
    broken: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="bench-imports-") as folder:
        for number in range(options.rounds + 1):
            options.say(f"imports: round {number} of {options.rounds}")
            for who, (first, modules) in subjects.items():
                if who in broken:
                    continue
                try:
                    found = measure(modules, folder, first=first)
                except (RuntimeError, subprocess.TimeoutExpired) as error:
                    broken[who] = str(error)
                    continue
                if number:
                    measured[who].append(found)
    floors = [found["floor"] for every in measured.values() for found in every]
    if floors:
        yield Row("imports", WHAT, FLOOR, {"wall ms": middle(floors), "spread": spread(floors)})
    ours = measured[OURS]
    for who in subjects:
        if who in broken:
            yield Row("imports", WHAT, who, problem=broken[who])
            continue
        figures = _figures(measured[who])
        if who == OURS:
            reached = figures["wall ms"] <= MOST_MS
            what = f"{WHAT} of all {len(subjects[OURS][1])} modules with operators"
            yield Row("imports", what, who, figures, aim=f"at most {MOST_MS:g} ms", reached=reached)
        elif who in OTHERS and OURS not in broken:
            # Of the same round each: both had the same machine.
            both = zip(ours, measured[who], strict=True)
            ratio = middle([mine["wall"] / theirs["wall"] for mine, theirs in both])
            aim = f"at most {MOST_OF_HTTP:g}" if who == HTTP else None
            yield Row("imports", WHAT, who, figures, ratio, who, aim, ratio <= MOST_OF_HTTP if aim else None)
        else:
            yield Row("imports", WHAT, who, figures)


def _figures(found: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    wall = [each["wall"] for each in found]
    return {
        "wall ms": middle(wall),
        "spread": spread(wall),
        "CPU ms": middle([each["cpu"] for each in found]),
        "modules": significant(found[-1]["modules"]),
    }
