"""A process that is fit to be forked for each try: all that a try imports is imported, and nothing waits for long."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import gc
import importlib
import logging
import ssl
import sys
from typing import Any

import httpx
import structlog
from tenacity.wait import wait_fixed

from airflow_provider_smsworks.api import client
from airflow_provider_smsworks.api.numbers import parse_number
from airflow_provider_smsworks.api.text import estimate
from airflow_provider_smsworks.triggers import base as triggers
from tests.chaos import kinds
from tests.chaos.child import Job, run_trigger, run_try
from tests.chaos.forking import Child, Tell


def warm_up(connection: dict[str, str]) -> None:
    """
    Do here what each try would do again and again.

    :param connection: to a gateway for a few texts, as a task's environment names it
    """
    logging.disable(logging.CRITICAL)
    structlog.configure(processors=[_say_nothing])
    client._backoff = wait_fixed(0.02)  # type: ignore[assignment]
    triggers.HOLD = 0.0
    # 25 ms for each client, and no try here speaks TLS.
    ssl.create_default_context = functools.cache(ssl.create_default_context)  # type: ignore[assignment]
    httpx.AsyncClient()
    for name in Child(_send_each_kind, connection).end()[-1]["modules"]:
        with contextlib.suppress(ImportError):  # some are made, not imported
            importlib.import_module(name)
    # Their libraries keep what they compiled.
    parse_number(kinds.PHONES[0], region="GB", allow_test_numbers=True)
    estimate("Warm")
    gc.collect()
    gc.freeze()


def _send_each_kind(tell: Tell) -> None:
    """Find out what tries import: in a process of its own, for it makes threads, which cannot be forked."""
    before = set(sys.modules)
    now = dt.datetime.now(dt.UTC)
    instance = {"run_id": "run", "task_id": "task", "map_index": -1, "try_number": 2, "max_tries": 3}
    run = {"run_after": now, "queued_at": now, "start_date": now, "clear_number": 0}
    told: list[dict[str, Any]] = []
    for kind in kinds.KINDS:
        given = kinds.arguments(kind, kinds.PHONES[:2], "Warm", now + dt.timedelta(days=1))
        if kind in kinds.WAITING:
            given |= {"wait_for_delivery": True, "deferrable": True, "poll_interval": 0.1}
        run_try(Job(kind, given, None, instance, run), told.append)
        if told[-1]["end"] == "deferred":
            run_trigger(told[-1]["trigger"], told[-1]["arguments"], None, told.append)
    tell({"modules": sorted(set(sys.modules) - before)})


def _say_nothing(logger: Any, method: str, event: Any) -> Any:
    raise structlog.DropEvent
