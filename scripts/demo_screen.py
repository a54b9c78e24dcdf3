"""What the demo shows while it runs, and the table at its end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeGuard

SHOWN_STATES = {
    "running": "runs",
    "deferred": "waits for the delivery report; no worker is held meanwhile",
    "success": "done",
    "failed": "FAILED",
    "up_for_retry": "did not work, will be tried again",
    "upstream_failed": "is left out, because a task before it failed",
    "skipped": "is skipped",
}


def mask(number: str) -> str:
    """Hide a phone number but for its country and its last two digits."""
    return f"{number[:2]}{'*' * (len(number) - 4)}{number[-2:]}"


class Screen:
    """Writes to stdout, each line with the seconds since the beginning."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._texts_shown = 0
        self._states: dict[str, str] = {}

    def text(self, text: str) -> None:
        """Write something without a time, and an empty line after it."""
        print(text, end="\n\n", flush=True)

    def line(self, text: str) -> None:
        """Write what has just happened or begins now."""
        print(f"{time.monotonic() - self._began:6.1f} s  {text}", flush=True)

    def failure(self, text: str) -> None:
        """Write why the demo failed."""
        self.text(f"\nThe demo did not work. {text}")

    def task(self, task: dict[str, Any], result: Any) -> None:
        """Write the new state of a task, unless it is of no interest."""
        name, state = task["task_id"], task["state"]
        if state not in SHOWN_STATES or self._states.get(name) == state:
            return
        self._states[name] = state
        outcome = f": {result['status']}" if state == "success" and _is_text(result) else ""
        self.line(f"{name:<18}{SHOWN_STATES[state]}{outcome}")

    def texts(self, ledger: Sequence[dict[str, Any]]) -> None:
        """Write the texts that the gateway has accepted since the last call."""
        for text in ledger[self._texts_shown :]:
            self.line(f"{'(the gateway)':<18}text accepted for {mask(text['to'])}")
        self._texts_shown = len(ledger)

    def table(self, tasks: Sequence[dict[str, Any]], results: dict[str, Any]) -> None:
        """Write what became of each task."""
        rows = [("task", "recipient", "result", "credits", "seconds")]
        for task in sorted(tasks, key=lambda task: (task["start_date"] or "", task["task_id"])):
            result = results.get(task["task_id"])
            if _is_text(result):
                told = (result["to"], result["status"], f"{result['credits_used']}")
            else:
                told = ("", task["state"], "")
            rows.append((task["task_id"], *told, _seconds(task)))
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        lines.insert(1, "  ".join("-" * width for width in widths))
        if any(_is_text(result) and result["status"] != "DELIVERED" for result in results.values()):
            lines.append("(One number does not exist, on purpose: the Dag learns of it and can act on it.)")
        self.text("\n".join(["", *(f"  {line.rstrip()}" for line in lines)]))


def _is_text(result: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(result, dict) and {"to", "status", "credits_used"} <= result.keys()


def _seconds(task: dict[str, Any]) -> str:
    if not (task["start_date"] and task["end_date"]):
        return ""
    spent = datetime.fromisoformat(task["end_date"]) - datetime.fromisoformat(task["start_date"])
    return f"{spent.total_seconds():.1f}"
