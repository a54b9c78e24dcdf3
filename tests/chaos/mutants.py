"""Takes each guard out in turn, in a copy of the project, and sees whether the campaign notices."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.guards import GUARDS, Guard
from tests.sandbox_process import ROOT

PACKAGE = "airflow_provider_smsworks"
MOST_SENDS = 600
LONGEST = 400
"""Seconds that the campaign may take with one guard out."""

AT_A_TIME, WORKERS = 3, 3


class StaleGuard(Exception):
    """The code has changed, and the table of guards has not."""


@dataclass
class Noticed:
    """
    What the campaign said with one guard out.

    :param row: of the first story that was broken; empty: nobody noticed
    :param sends: how many sends that took
    """

    guard: Guard
    row: str
    what: str
    sends: int
    seconds: float
    story: str = ""


def run_mutants(names: Sequence[str], *, seed: int, table: Path | None) -> int:
    """
    Take each guard out in turn; return 1 if that of one is not noticed.

    :param names: only guards whose name has one of these in it; empty means all
    """
    guards = [guard for guard in GUARDS if not names or any(name in guard.name for name in names)]
    for guard in guards:
        mutated(guard)
    began = time.monotonic()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        found = list(pool.map(lambda guard: _told(notice(guard, seed)), guards))
    lines = ["| guard taken out | noticed by | as | after sends | seconds |", "| --- | --- | --- | --- | --- |"]
    for one in found:
        told = one.row or "**nobody**"
        lines.append(f"| {one.guard.name} | {told} | {one.what} | {one.sends} | {one.seconds:.0f} |")
    print("\n" + "\n".join(lines))
    if table:
        table.write_text("\n".join(lines) + "\n")
    missed = [one.guard.name for one in found if not one.row]
    print(f"\n{len(found)} guards in {time.monotonic() - began:.0f} s, {len(missed)} not noticed{': ' * bool(missed)}")
    print("\n".join(missed))
    return 1 if missed or not found else 0


def mutated(guard: Guard) -> str:
    """
    Return the file of a guard without it.

    :raises StaleGuard: its text is not there exactly once
    """
    code = (ROOT / PACKAGE / guard.file).read_text()
    if (count := code.count(guard.text)) != 1:
        raise StaleGuard(f"{guard.file} has the text of the guard {guard.name!r} {count} times, not once")
    return code.replace(guard.text, guard.by)


def notice(guard: Guard, seed: int) -> Noticed:
    """Run the campaign without one guard, until it notices."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="smsworks-mutant-") as folder:
        copy = Path(folder)
        for name in (PACKAGE, "tests", "scripts"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / PACKAGE / guard.file).write_text(mutated(guard))
        rows = [argument for row in guard.rows for argument in ("--rows", row)]
        command = [
            sys.executable,
            "-m",
            "tests.chaos",
            "--sends",
            str(MOST_SENDS),
            "--until-broken",
            "--seed",
            str(seed),
        ]
        command += ["--workers", str(WORKERS), "--json", str(copy / "outcomes"), "--package", str(copy), *rows]
        # The copy's package, also where another one is installed.
        environment = {**os.environ, "PYTHONPATH": str(copy)}
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False
        )
        if done.returncode not in (0, 1) or not (copy / "outcomes").exists():
            raise RuntimeError(
                f"The campaign without {guard.name!r} failed:\n{done.stdout[-2000:]}{done.stderr[-3000:]}"
            )
        outcomes = [json.loads(line) for line in (copy / "outcomes").read_text().splitlines()]
    seconds = time.monotonic() - began
    if done.returncode == 0:
        return Noticed(guard, "", "", len(outcomes), seconds)
    last = outcomes[-1]
    if any(one.startswith("this machine is too slow") for one in last["wrong"]):
        raise RuntimeError(f"This machine is too slow to say anything of {guard.name!r}; use it when it has less to do")
    what = [f"{last[name]} {name}" for name in ("duplicates", "losses") if last[name]]
    what += [one[:70] for one in last["wrong"]]
    return Noticed(guard, last["row"], ", ".join(what), len(outcomes), seconds, last["story"].splitlines()[0])


def _told(one: Noticed) -> Noticed:
    print(f"{one.seconds:5.0f} s  {one.guard.name}: {one.row or 'NOT NOTICED'} ({one.what})", flush=True)
    if one.story:
        print(f"         {one.story}", flush=True)
    return one
