"""What befalls a task that sends: at one step it dies, loses its worker, or stands still."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from airflow.sdk.exceptions import TaskDeferred

NOTES = "CHAOS_NOTES"
LONGEST_HOLD = 120.0


def note_of(run_id: str) -> Path:
    """Return where it is noted that a run has met its fate."""
    return Path(os.environ[NOTES]) / run_id


def befall(run_id: str, how: str) -> None:
    """Note that it happens, and let it happen, to this process and to its supervisor."""
    note = note_of(run_id)
    note.touch()
    this, supervisor = os.getpid(), os.getppid()
    if how == "killed":
        os.kill(this, signal.SIGKILL)
    elif how == "worker lost":
        os.kill(supervisor, signal.SIGKILL)
        os.kill(this, signal.SIGKILL)
    elif how == "stopped":
        os.kill(supervisor, signal.SIGSTOP)
        os.kill(this, signal.SIGSTOP)
    elif how == "held":
        deadline = time.monotonic() + LONGEST_HOLD
        while not note.with_suffix(".go").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
    else:
        raise ValueError(how)


class WatchedStore:
    """The task state store, with something to happen before and after a state is written."""

    def __init__(self, store: Any, reach: Any) -> None:
        self._store = store
        self._reach = reach

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def set(self, key: str, value: Any, **more: Any) -> None:
        what = {"intent": "intent", "sent": "record"}.get(value["state"], value["state"])
        self._reach(f"before {what}")
        self._store.set(key, value, **more)
        self._reach(f"after {what}")


class Fated:
    """
    Mixin of an operator that sends. The run's configuration says what befalls it, once, in the first try that comes
    so far: Airflow may give up a try before it begins.

    `step`: where; `how`: see `befall`; `on_clear`, `on_unknown`: in place of the operator's own.
    """

    def execute(self, context):
        conf = context["dag_run"].conf or {}
        for name in ("on_clear", "on_unknown"):
            setattr(self, name, conf.get(name, getattr(self, name)))
        if not self._is_fated(context):
            return super().execute(context)
        context["task_state_store"] = WatchedStore(context["task_state_store"], lambda step: self._reach(step, context))
        client = self.hook.get_conn()
        call = client.call

        def watched_call(prepared):
            answer = call(prepared)
            if prepared.operation.sends:
                self._reach("after the answer", context)
            return answer

        client.call = watched_call
        try:
            return super().execute(context)
        except TaskDeferred:
            self._reach("at defer", context)
            raise

    def execute_complete(self, context, event=None):
        if self._is_fated(context):
            self._reach("at resume", context)
        return super().execute_complete(context, event)

    @staticmethod
    def _is_fated(context) -> bool:
        return "step" in (context["dag_run"].conf or {}) and not note_of(context["dag_run"].run_id).exists()

    @staticmethod
    def _reach(step: str, context) -> None:
        run = context["dag_run"]
        if run.conf["step"] == step and not note_of(run.run_id).exists():
            befall(run.run_id, run.conf["how"])
