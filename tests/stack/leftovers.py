"""Looks for processes of a stack, by another way than the scripts do."""

from __future__ import annotations

import time
from pathlib import Path

import psutil


def processes_of(home: str) -> list[str]:
    """Command lines of the living processes that have this directory anywhere in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(home in value for value in process.environ().values()):
                found.append(" ".join(process.cmdline()))
        except (psutil.Error, OSError):
            continue
    return found


def wait_until_gone(home: str, timeout: float) -> None:
    """Fail if a process of the stack or its directory is still there after some seconds."""
    deadline = time.monotonic() + timeout
    while (left := processes_of(home)) or Path(home).exists():
        assert time.monotonic() < deadline, f"left over: {left}, directory: {Path(home).exists()}"
        time.sleep(0.1)
