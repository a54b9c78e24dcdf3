"""A small piece of the campaign (`python -m tests.chaos`): every row of its table, and whether it notices anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.sandbox_process import ROOT
from tests.versions import needs_state_store

pytestmark = needs_state_store

# It forks, which a process of pytest, with its threads, must not.
CAMPAIGN = [sys.executable, "-m", "tests.chaos", "--workers", "3"]


def run(*arguments):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_CONN_")}
    return subprocess.run(
        [*CAMPAIGN, *map(str, arguments)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    file = tmp_path_factory.mktemp("campaign") / "outcomes"
    done = run("--sends", 150, "--seed", 1, "--json", file)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_each_text_goes_out_once(outcomes):
    assert len(outcomes) == 150
    assert not [outcome["story"] for outcome in outcomes if outcome["wrong"]]
    assert {outcome["kind"] for outcome in outcomes} > {"message", "schedule", "batch", "collection", "otp"}
    assert {outcome["has_store"] for outcome in outcomes} == {True, False}


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ("after: ", {"faults", "adopted", "texts"}),
        ("before: ", {"faults", "texts"}),
        ("late: ", {"faults", "adopted", "texts"}),
        ("killed ", {"kills", "adopted", "texts"}),
        ("several at once", {"kills", "faults", "texts"}),
        ("Clear of", {"texts"}),
        ("accepted after the retry delay, on_unknown=fail", {"faults", "adopted"}),
    ],
)
def test_what_shall_happen_happens(outcomes, rows, counts):
    told = [outcome for outcome in outcomes if outcome["row"].startswith(rows)]
    assert counts <= {name for outcome in told for name in counts if outcome[name]}


def test_that_nobody_looks_after_a_doubt_is_noticed():
    done = run("--mutants", "an intent is no doubt")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 guards in" in done.stdout
