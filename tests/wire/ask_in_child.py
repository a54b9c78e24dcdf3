"""
Tries of questions, each in a process of its own that may be killed at any step: `python -m tests.wire.ask_in_child`.

It reads lines of JSON, each a list of jobs that run at once, and answers each with a line: what became of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import gc
import importlib
import json
import logging
import os
import signal
import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import TaskDeferred
from tenacity.wait import wait_fixed

from airflow_provider_smsworks.api import client
from airflow_provider_smsworks.api.numbers import parse_number
from airflow_provider_smsworks.api.text import estimate
from airflow_provider_smsworks.inbox import shared
from airflow_provider_smsworks.operators.question import SmsWorksAskOperator
from airflow_provider_smsworks.questions import codes
from airflow_provider_smsworks.triggers import base as triggers
from tests.chaos.forking import Child, Tell
from tests.task_context import FileStore, task_context


class Steps:
    """
    Counts what a try does to the outside: writes to the store, and calls to the gateway.

    :param kill: before which of these steps, from 0, the process dies; None: it lives
    """

    def __init__(self, kill: int | None) -> None:
        self.names: list[str] = []
        self._kill = kill

    def step(self, name: str) -> None:
        if len(self.names) == self._kill:
            os.kill(os.getpid(), signal.SIGKILL)
        self.names.append(name)

    def watch(self, operator: Any) -> None:
        """Make the calls of an operator's client steps."""
        connected = operator.hook.get_conn()
        call = connected.call

        def watched(prepared: Any) -> Any:
            self.step(f"{prepared.operation.method} {prepared.operation.path}")
            return call(prepared)

        connected.call = watched


class MortalStore(FileStore):
    """A store whose writes are steps."""

    def __init__(self, path: Path, steps: Steps) -> None:
        super().__init__(path)
        self._steps = steps

    def set(self, key: str, value: Any, **more: Any) -> None:
        self._steps.step(f"write {value.get('state', key)}")
        super().set(key, value, **more)


def run_try(job: dict[str, Any], tell: Tell) -> None:
    """Run one try with all its waits, as worker and triggerer share it, and tell its end and its steps."""
    if code := job.get("code"):
        codes.code_of = lambda *args, **more: code  # type: ignore[assignment]
    steps = Steps(job.get("kill"))
    store = MortalStore(Path(job["store"]), steps) if job["store"] else None
    context = task_context(store, try_number=job["try_number"], max_tries=job["max_tries"])
    context["ti"].task_id = job["arguments"]["task_id"]
    try:
        result = _until_it_ends(job, context, steps)
    except Exception as error:
        names = [kind.__name__ for kind in type(error).__mro__]
        tell({"end": names[0], "names": names, "says": str(error)[:500], "steps": steps.names})
        return
    steps.step("the end")
    tell({"end": "success", "result": result, "pushed": context["ti"].pushed, "steps": steps.names})


def _until_it_ends(job: dict[str, Any], context: dict[str, Any], steps: Steps) -> Any:
    method, arguments = "execute", {}
    while True:
        operator = _operator(job)
        steps.watch(operator)
        try:
            return getattr(operator, method)(context, **arguments)
        except TaskDeferred as deferred:
            path, given = deferred.trigger.serialize()
            event = asyncio.run(_event(path, json.loads(json.dumps(given))))
            method, arguments = deferred.method_name, {"event": event}


async def _event(path: str, arguments: dict[str, Any]) -> Any:
    module, _, name = path.rpartition(".")
    trigger = getattr(importlib.import_module(module), name)(**arguments)
    return (await anext(trigger.run())).payload


def _operator(job: dict[str, Any]) -> Any:
    given = dict(job["arguments"])
    for name in ("response_timeout", "max_age"):
        if name in given:
            given[name] = dt.timedelta(seconds=given[name])
    given["reminders"] = [dt.timedelta(seconds=after) for after in given.get("reminders", ())]
    return SmsWorksAskOperator(**given)


def warm_up(jobs: list[dict[str, Any]]) -> None:
    """Do here what each try would do again: of a first job nothing is wanted but what it imports."""
    logging.disable(logging.CRITICAL)
    with contextlib.suppress(ImportError):  # Airflow 3 logs with it
        import structlog

        structlog.configure(processors=[_say_nothing])
    client._backoff = wait_fixed(0.05)  # type: ignore[assignment]
    triggers.HOLD = 0.0
    shared._QUICKEST, shared._LONG_EVERY = 0.1, 1.0
    ssl.create_default_context = functools.cache(ssl.create_default_context)  # type: ignore[assignment]

    def told_modules(tell: Tell) -> None:
        run_try(jobs[0], lambda what: None)
        tell({"modules": sorted(sys.modules)})

    for name in Child(told_modules, jobs[0]["environment"]).end()[-1].get("modules", ()):
        with contextlib.suppress(Exception):  # some are made, not imported
            importlib.import_module(name)
    # Their libraries keep what they compiled.
    parse_number(jobs[0]["arguments"]["to"], region="GB", allow_test_numbers=True)
    estimate("Warm")
    gc.collect()
    gc.freeze()


def _say_nothing(logger: Any, method: str, event: Any) -> Any:
    from structlog import DropEvent

    raise DropEvent


def _work(job: dict[str, Any]) -> Callable[[Tell], None]:
    return functools.partial(run_try, job)


def main() -> None:
    for number, line in enumerate(sys.stdin):
        jobs = json.loads(line)
        if number == 0:
            warm_up(jobs)
            ends: list[dict[str, Any]] = []
        else:
            children = [Child(_work(job), job["environment"]) for job in jobs]
            ends = [(child.end() or [{"end": "killed"}])[-1] for child in children]
        print(json.dumps(ends), flush=True)


if __name__ == "__main__":
    main()
