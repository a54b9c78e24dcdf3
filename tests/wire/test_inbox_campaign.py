"""A small piece of the campaign of incoming texts (`python -m tests.chaos.inbox`), and whether it notices anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.sandbox_process import ROOT
from tests.versions import needs_shared_streams

pytestmark = needs_shared_streams

# It forks, which a process of pytest, with its threads, must not.
CAMPAIGN = [sys.executable, "-m", "tests.chaos.inbox", "--workers", "10"]
# The others of `python -m tests.chaos.inbox` take long, or differ from one of these in little.
STORIES = [
    "5,000 at once, and kills",
    "killed while idle",
    "killed: before a look",
    "killed: between look and yield",
    "killed: between yield and persist",
    "killed: between persist and confirm",
    "killed: between confirm and cursor write",
    "killed: before a cursor write",
    "killed: in a cursor write",
    "killed some seconds after the last text",
    "no triggerer for a while",
    "two triggerers, killed in turn",
    "gateway fails now and then",
    "gateway away at the first look",
    "gateway restarted",
    "no store while much comes at once",
    "clock behind",
    "clock goes wrong and right again",
    "texts appear late",
    "texts vanish for a while",
    "search lag",
    "small pages, the newest first",
    "a watcher is added",
    "idle, 12 watcher(s)",
]
DRAWN = [100, 101, 102, 103]


def run(*arguments):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_CONN_")}
    return subprocess.run(
        [*CAMPAIGN, *map(str, arguments)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    file = tmp_path_factory.mktemp("campaign") / "outcomes"
    named = [argument for name in STORIES for argument in ("--named", name)]
    drawn = [argument for number in DRAWN for argument in ("--only", number)]
    done = run(*named, *drawn, "--json", file)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_no_text_is_lost_and_none_is_told_twice_for_no_reason(outcomes):
    assert len(outcomes) == len(STORIES) + len(DRAWN)
    assert not [outcome["story"] for outcome in outcomes if outcome["wrong"] or outcome["lost"] or outcome["twice"]]


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ("killed: between persist and confirm", {"kills", "after_kill"}),
        ("killed: between confirm and cursor write", {"kills", "after_kill"}),
        ("killed: in a cursor write", {"kills", "after_kill"}),
        ("killed while idle", {"kills"}),
        ("texts appear late", {"kills", "told"}),
        ("two triggerers", {"by_two"}),
        ("gateway", {"faults"}),
        ("5,000 at once", {"kills", "after_kill"}),
        ("random", {"kills", "faults"}),
    ],
)
def test_what_shall_happen_happens(outcomes, rows, counts):
    told = [outcome for outcome in outcomes if outcome["row"].startswith(rows)]
    assert told
    assert counts <= {name for outcome in told for name in counts if outcome[name]}


def test_each_watcher_tells_what_fits_it(outcomes):
    assert all(outcome["told"] for outcome in outcomes if outcome["texts"])
    [burst] = [outcome for outcome in outcomes if outcome["row"].startswith("5,000 at once")]
    assert burst["texts"] == 5_000
    assert burst["told"] == 2 * 5_000 + burst["after_kill"]


def test_that_a_cursor_is_written_late_is_noticed():
    done = run("--mutants", "told is written down at once")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 guards, 0 not noticed" in done.stdout
