"""What runs in a child process: one try of a task, or one life of a trigger. It may die at any step of it."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airflow.sdk.exceptions import TaskDeferred

from tests.chaos import kinds
from tests.task_context import FileStore, task_context

Tell = Callable[[dict[str, Any]], None]


@dataclass
class Job:
    """
    One try, as Airflow would start it.

    :param arguments: of the operator
    :param store: the file that keeps the task's state; None is an Airflow before 3.3
    :param instance: what the task instance says: run_id, task_id, map_index, try_number, max_tries
    :param run: what the Dag run says
    :param kill: the step at which it dies
    :param stop: the step at which it stops
    :param nth: which passage of that step is meant, from 1
    :param event: what a trigger said; the try goes on after its wait
    :param method: how it goes on
    """

    kind: str
    arguments: dict[str, Any]
    store: Path | None
    instance: dict[str, Any]
    run: dict[str, Any]
    kill: str = ""
    after: float = 0.0
    stop: str = ""
    nth: int = 1
    event: dict[str, Any] | None = None
    method: str = ""
    passed: dict[str, int] = field(default_factory=dict)

    def step(self, name: str) -> None:
        """Pass a step: die or stop there, if that is how the story goes."""
        self.passed[name] = self.passed.get(name, 0) + 1
        if self.passed[name] != self.nth:
            return
        if name == self.kill:
            self._die()
        elif name == self.stop:
            os.kill(os.getpid(), signal.SIGSTOP)

    def _die(self) -> None:
        if self.after:
            timer = threading.Timer(self.after, os.kill, (os.getpid(), signal.SIGKILL))
            timer.daemon = True
            timer.start()
        else:
            os.kill(os.getpid(), signal.SIGKILL)


NAMES = {"intent": "the intent", "sent": "the record", "not_sent": "the refusal is noted"}


class WatchedStore(FileStore):
    """A store whose writes are steps."""

    def __init__(self, path: Path, job: Job, tell: Tell) -> None:
        super().__init__(path)
        self._job = job
        self._tell = tell

    def set(self, key: str, value: Any, **more: Any) -> None:
        name = NAMES.get(value.get("state"), "another write")
        self._job.step(f"before {name}")
        if name == "the intent":
            self._tell({"called": time.time()})
        super().set(key, value, **more)
        self._job.step(f"after {name}")


def run_try(job: Job, tell: Tell) -> None:
    """Run one try of a task, and tell how it ended."""
    job.step("at once")
    store = WatchedStore(job.store, job, tell) if job.store else None
    context = task_context(store, **{name: job.instance[name] for name in ("try_number", "max_tries", "run_id")})
    context["ti"].task_id, context["ti"].map_index = job.instance["task_id"], job.instance["map_index"]
    context["dag_run"] = SimpleNamespace(**job.run)
    task: Any = kinds.operator(job.kind)(task_id=job.instance["task_id"], **job.arguments)
    _watch_calls(task, job, tell)
    try:
        if job.method:
            job.step("at resume")
            result = task.resume_execution(job.method, {"event": job.event}, context)
        else:
            result = task.execute(context)
    except TaskDeferred as deferred:
        job.step("at defer")
        path, arguments = deferred.trigger.serialize()
        tell({"end": "deferred", "trigger": path, "arguments": arguments, "method": deferred.method_name})
        return
    except Exception as error:
        names = [kind.__name__ for kind in type(error).__mro__]
        tell({"end": "error", "names": names, "says": str(error)[:300]})
        return
    job.step("at the end")
    tell({"end": "success", "result": json.loads(json.dumps(result))})


def _watch_calls(task: Any, job: Job, tell: Tell) -> None:
    """Make the client's calls steps; what they do stays as it is."""
    client = task.hook.get_conn()
    call = client.call

    def watched(prepared: Any) -> Any:
        operation = prepared.operation
        what = "the call" if operation.sends else "the cancel" if operation.method == "DELETE" else "a look"
        job.step(f"before {what}")
        if operation.sends:
            if job.store is None:
                tell({"called": time.time()})
            job.step("during the call")
        answer = call(prepared)
        job.step(f"after {what}")
        return answer

    client.call = watched


def run_trigger(path: str, arguments: dict[str, Any], dies_after: float | None, tell: Tell) -> None:
    """Run a trigger from its serialized form, as a triggerer does, and tell its event."""
    if dies_after is not None:
        threading.Timer(dies_after, os.kill, (os.getpid(), signal.SIGKILL)).start()

    module, _, name = path.rpartition(".")
    trigger = getattr(importlib.import_module(module), name)(**arguments)

    async def first() -> Any:
        return (await anext(trigger.run())).payload

    tell({"end": "event", "event": asyncio.run(first())})
