"""Takes each guard out in turn, in a copy of the project, and sees whether a story notices."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.chaos.guards import Guard
from tests.chaos.inbox.guards import GUARDS
from tests.chaos.mutants import PACKAGE, mutated
from tests.sandbox_process import ROOT

AT_A_TIME = 4
LONGEST = 200
"""Seconds that a run without one guard may take."""


def run_mutants(names: Sequence[str], *, seed: int) -> int:
    """
    Take each guard out in turn; return 1 if that of one is not noticed.

    :param names: only guards whose name has one of these in it; empty means all
    """
    guards = [guard for guard in GUARDS if not names or any(name in guard.name for name in names)]
    for guard in guards:
        mutated(guard)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        found = list(pool.map(lambda guard: _notice(guard, seed), guards))
    print("| guard taken out | noticed as |\n| --- | --- |")
    for guard, what in zip(guards, found, strict=True):
        print(f"| {guard.name} | {what or '**nobody noticed**'} |")
    missed = [guard.name for guard, what in zip(guards, found, strict=True) if not what]
    print(f"\n{len(guards)} guards, {len(missed)} not noticed")
    return 1 if missed or not guards else 0


def _notice(guard: Guard, seed: int) -> str:
    """Return what the stories that are about a guard say without it."""
    with tempfile.TemporaryDirectory(prefix="smsworks-mutant-") as folder:
        copy = Path(folder)
        for name in (PACKAGE, "tests", "scripts"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / PACKAGE / guard.file).write_text(mutated(guard))
        rows = [argument for row in guard.rows for argument in ("--named", row)]
        command = [sys.executable, "-m", "tests.chaos.inbox", "--seed", str(seed), "--package", str(copy), *rows]
        # The copy's package, also where another one is installed.
        environment = {**os.environ, "PYTHONPATH": str(copy)}
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False
        )
    if done.returncode == 0:
        return ""
    lines = done.stdout.splitlines()
    broken = [place for place, line in enumerate(lines) if line.startswith("BROKEN: ")]
    if done.returncode != 1 or not broken:
        raise RuntimeError(f"The campaign without {guard.name!r} failed:\n{done.stdout[-2000:]}{done.stderr[-3000:]}")
    row = lines[broken[0]].split(": python", 1)[0].removeprefix("BROKEN: ")
    return f"{row}: {lines[broken[0] + 1].strip()[:60]}"
