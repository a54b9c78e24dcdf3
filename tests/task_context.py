"""A task's context without Airflow's processes: for tests of an operator's own code."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_3_PLUS


class FileStore:
    """
    A task state store in a file: it outlives the process, as Airflow's does.

    An Airflow that has none skips the test that wants one.
    """

    def __init__(self, path: Path) -> None:
        if not AIRFLOW_V_3_3_PLUS:
            pytest.skip("the task state store came with Airflow 3.3")
        self._path = path

    def get(self, key: str, default: Any = None) -> Any:
        return self._all().get(key, default)

    def set(self, key: str, value: Any, *, retention: dt.timedelta | None = None) -> None:
        new = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        new.write_text(json.dumps(self._all() | {key: value}))
        # All or nothing, also if the process dies here: a database commits so, too.
        new.replace(self._path)

    def _all(self) -> dict[str, Any]:
        return json.loads(self._path.read_text()) if self._path.exists() else {}


def own_store(path: Path) -> FileStore | None:
    """Return the store that this Airflow has; None before 3.3."""
    return FileStore(path) if AIRFLOW_V_3_3_PLUS else None


def task_context(
    store: FileStore | None = None, *, try_number: int = 1, max_tries: int = 2, run_id: str = "run", **more: Any
) -> dict[str, Any]:
    """Return the parts of a context that the operators use; without a store it is an Airflow before 3.3."""
    now = dt.datetime.now(dt.UTC)
    ti = SimpleNamespace(
        dag_id="dag", run_id=run_id, task_id="task", map_index=-1, try_number=try_number, max_tries=max_tries
    )
    ti.pushed = {}
    ti.xcom_push = lambda key, value: ti.pushed.update({key: value})
    context = {
        "ti": ti,
        "task": SimpleNamespace(retries=2),
        "dag_run": SimpleNamespace(run_after=now, start_date=now, queued_at=now),
    }
    if store is not None:
        context["task_state_store"] = store
    return context | more
