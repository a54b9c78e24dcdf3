"""Tries of questions in processes of their own, some at once; see `ask_in_child`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox_process import RunningSandbox
from tests.versions import AIRFLOW_V_3_3_PLUS

OWN = "447860012345"
AT_ONCE = 8
"""Tries that run at the same time: they wait most of theirs."""

QUESTION = {
    "question": "May we deliver?",
    "options": ["YES", "NO"],
    "response_timeout": 20,
    "poll_interval": 0.1,
    "deferrable": True,
    "sender": OWN,
}


def phone_of(number: int) -> str:
    return f"0770090{number:04}"


class Tries:
    """The process that runs the tries; times are in seconds."""

    def __init__(self, sandbox: RunningSandbox, folder: Path) -> None:
        self._sandbox, self._folder = sandbox, folder
        self._open = 0
        self._begin()

    def _begin(self) -> None:
        command = [sys.executable, "-m", "tests.wire.ask_in_child"]
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root, text=True)
        self.run([self.job("warm", phone_of(999), response_timeout=0.3, default="NO")])

    def job(
        self,
        name: str,
        phone: str,
        *,
        has_store: bool = AIRFLOW_V_3_3_PLUS,
        try_number: int = 1,
        max_tries: int = 2,
        kill: int | None = None,
        code: str | None = None,
        token: str = "token-of-the-tests",
        **arguments: Any,
    ) -> dict[str, Any]:
        """
        Return one try.

        :param name: of the task
        :param kill: before which step it is killed
        :param code: that the question shall have
        """
        if has_store and not AIRFLOW_V_3_3_PLUS:
            pytest.skip("the task state store came with Airflow 3.3")
        extra = {"allow_test_numbers": True, "timeout": 2, "search_lag": 0.2}
        fields = {"conn_type": "smsworks", "host": self._sandbox.url, "password": token, "extra": extra}
        return {
            "arguments": {"task_id": name, "to": phone, **QUESTION, **arguments},
            "store": str(self._folder / name) if has_store else None,
            "environment": {"AIRFLOW_CONN_SMSWORKS_DEFAULT": json.dumps(fields)},
            "try_number": try_number,
            "max_tries": max_tries,
            "kill": kill,
            "code": code,
        }

    def start(self, jobs: list[dict[str, Any]]) -> None:
        """Start them all at once; `ends` waits for them."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(jobs) + "\n")
        self._process.stdin.flush()
        self._open += 1

    def ends(self) -> list[dict[str, Any]]:
        """Return how each of them ended that were started."""
        assert self._process.stdout
        ends: list[dict[str, Any]] = json.loads(self._process.stdout.readline())
        self._open -= 1
        return ends

    def run(self, jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Run any number of them, and return how each ended."""
        ends = []
        for first in range(0, len(jobs), AT_ONCE):
            self.start(jobs[first : first + AT_ONCE])
            ends += self.ends()
        return ends

    def clean_up(self) -> None:
        """Let nothing go on that a test has started and not waited for."""
        if self._open:
            self.close()
            self._open = 0
            self._begin()

    def close(self) -> None:
        """End the process; tries that still run end with it."""
        self._process.kill()
        self._process.communicate(timeout=10)
