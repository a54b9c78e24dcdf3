"""Long lists: memory does not grow with them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.versions import needs_state_store

ROOT = Path(__file__).parents[2]


def peak(url, rows):
    """Return the most memory that a task took which texts so many people, in MiB."""
    command = [sys.executable, "-m", "tests.wire.long_list_in_child", url, str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return float(done.stdout.splitlines()[-1])


@needs_state_store
def test_memory_does_not_grow_with_the_list(connected):
    connected.set(credits=1e6, delivery_delay=3600)
    few, many = peak(connected.url, 3_000), peak(connected.url, 60_000)
    summary = connected.summary()
    assert summary["messages"] == summary["distinct_keys"] == 63_000
    assert summary["most_to_one"] == 2
    # 57,000 entries as objects would be some 60 MiB.
    assert many - few < 45, f"{few:.0f} MiB, then {many:.0f} MiB"
