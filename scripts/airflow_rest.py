"""What the demo and the tests ask of a running Airflow, over its public REST API."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from scripts.processes import StackError

OnChange = Callable[[dict[str, Any]], None]


class AirflowRest:
    """Dag runs and their tasks. Needs no login: everybody is an admin of the throwaway Airflow.

    :param url: base address of the API server
    """

    def __init__(self, url: str) -> None:
        self.url = url
        # Not through a proxy that the environment may name.
        self._client = httpx.Client(base_url=f"{url}/api/v2", timeout=30, trust_env=False)

    def check(self) -> None:
        """Raise if Airflow cannot answer any more; called in every wait."""

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Call the REST API; `path` is relative to `/api/v2`. Return the decoded answer."""
        response = self._client.request(method, path, **options)
        if response.is_error:
            raise StackError(f"Airflow answered {response.status_code} to {method} {path}: {response.text[:500]}")
        return response.json() if response.content else None

    def find_dag(self, dag_id: str, timeout: float = 60) -> None:
        """Wait until the Dag processor has read this Dag; say why if it cannot."""
        broken_since, reasons = None, ""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            self.check()
            if self._client.get(f"/dags/{dag_id}").is_success:
                return
            if reasons := self._import_errors():
                broken_since = broken_since or time.monotonic()
                # Files are read one after another: the one with the Dag may still come.
                if time.monotonic() - broken_since > 10:
                    break
            time.sleep(0.3)
        raise StackError(f"Airflow did not find the Dag {dag_id} in the Dags folder.{reasons}")

    def _import_errors(self) -> str:
        """Return the end of each traceback of a file that could not be read."""
        errors = self.call("GET", "/importErrors")["import_errors"]
        return "".join(
            f"\n{error['filename']} cannot be read:\n" + "\n".join(error["stack_trace"].rstrip().splitlines()[-3:])
            for error in errors
        )

    def unpause(self, dag_id: str, timeout: float = 60) -> None:
        """Switch a Dag on, for its schedule or its asset watchers. Dags start switched off."""
        self.find_dag(dag_id, timeout)
        self.call("PATCH", f"/dags/{dag_id}", json={"is_paused": False})

    def trigger(
        self,
        dag_id: str,
        conf: dict[str, Any] | None = None,
        run_id: str | None = None,
        *,
        logical_date: str | None = None,
        timeout: float = 60,
    ) -> str:
        """Start a run of a Dag, as soon as Airflow has read it, and return the run's id."""
        self.unpause(dag_id, timeout)
        body: dict[str, Any] = {"logical_date": logical_date, "conf": conf or {}}
        if run_id:
            body["dag_run_id"] = run_id
        return str(self.call("POST", f"/dags/{dag_id}/dagRuns", json=body)["dag_run_id"])

    def dag_run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """Return a Dag run as the REST API shows it."""
        return dict(self.call("GET", _run(dag_id, run_id)))

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return all task instances of a run, mapped ones included."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.call(
                "GET",
                f"{_run(dag_id, run_id)}/taskInstances",
                params={"limit": 100, "offset": len(found), "order_by": "id"},
            )
            found += page["task_instances"]
            if len(found) >= page["total_entries"] or not page["task_instances"]:
                return found

    def xcom(self, dag_id: str, run_id: str, task_id: str, map_index: int = -1, key: str = "return_value") -> Any:
        """Return what a task has returned."""
        path = f"{_run(dag_id, run_id)}/taskInstances/{task_id}/xcomEntries/{key}"
        return self.call("GET", path, params={"map_index": map_index, "deserialize": False})["value"]

    def clear(self, dag_id: str, run_id: str, task_ids: Sequence[str | tuple[str, int]], **options: Any) -> None:
        """Clear tasks of a run, so that they run again; `options` as in the REST API."""
        body = {"dry_run": False, "only_failed": False, "dag_run_id": run_id, "task_ids": list(task_ids), **options}
        self.call("POST", f"/dags/{dag_id}/clearTaskInstances", json=body)

    def wait_for(
        self,
        dag_id: str,
        run_id: str,
        timeout: float = 120,
        on_change: OnChange | None = None,
        on_poll: Callable[[], None] | None = None,
    ) -> dict[str, Any]:
        """Wait until a run has ended, well or badly, and return it.

        :param timeout: seconds
        :param on_change: called with a task instance whenever its state has changed
        :param on_poll: called before every look at the run, a few times per second
        """
        seen: dict[tuple[str, int], tuple[str | None, int]] = {}
        states, run_state = {}, "not known"
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            self.check()
            if on_poll:
                on_poll()
            try:
                run = self.dag_run(dag_id, run_id)
                tasks = self.task_instances(dag_id, run_id)
            except httpx.TransportError:  # a test may be restarting the API server
                time.sleep(0.5)
                continue
            run_state = run["state"]
            for task in tasks:
                key, state = (task["task_id"], task["map_index"]), (task["state"], task["try_number"])
                if seen.get(key) != state:
                    seen[key] = state
                    if on_change:
                        on_change(task)
            states = {task_id if index < 0 else f"{task_id}[{index}]": s for (task_id, index), (s, _) in seen.items()}
            if run_state in ("success", "failed"):
                return run
            time.sleep(0.3)
        raise StackError(
            f"The run of {dag_id} did not end within {timeout:.0f} s: it is {run_state}, its tasks are "
            + ", ".join(f"{task}: {state or 'not started'}" for task, state in sorted(states.items()))
        )


def _run(dag_id: str, run_id: str) -> str:
    return f"/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"
