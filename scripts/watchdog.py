"""Ends every process of a stack as soon as the process that started the stack is gone, however it went.

Airflow's tasks make sessions of their own, and a parent that is killed with SIGKILL cannot clean up. So each
process of a stack carries a marker in its environment, which its children inherit, and this small process
waits until its parent is gone and then ends whatever carries the marker. (`PR_SET_PDEATHSIG` would be less:
it reaches direct children only, follows the thread instead of the process, and exists on Linux only.)

Run as a file: `python watchdog.py PARENT_PID MARKER DIRECTORY_TO_REMOVE`.
"""

from __future__ import annotations

import os
import shutil
import sys
import time

import psutil  # type: ignore[import-untyped]

MARKER_NAME = "SMSWORKS_LOCAL_STACK"


def members(marker: str) -> list[psutil.Process]:
    """Return the living processes whose environment carries this marker."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARKER_NAME) == marker and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue  # gone in the meantime, or somebody else's
    return found


def kill_members(marker: str, timeout: float = 10.0) -> list[psutil.Process]:
    """Kill all processes that carry the marker, also those they fork meanwhile; return what is left."""
    deadline = time.monotonic() + timeout
    quiet = 0
    while True:
        found = members(marker)
        # A child between fork and exec does not carry the marker yet, hence a second look.
        quiet = 0 if found else quiet + 1
        if quiet == 2 or time.monotonic() > deadline:
            return found
        for process in found:
            try:
                process.kill()
            except psutil.Error:
                continue
        if found:
            psutil.wait_procs(found, timeout=1)
        else:
            time.sleep(0.05)


def watch(parent: int, marker: str, directory: str) -> None:
    """Wait for the end of the parent, then clean up."""
    while os.getppid() == parent:
        time.sleep(0.2)
    kill_members(marker)
    if directory:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    watch(int(sys.argv[1]), sys.argv[2], sys.argv[3])
