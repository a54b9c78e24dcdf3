"""What a task spends its time on while an operator's ``execute`` runs, measured from outside of the operator."""

from __future__ import annotations

import builtins
import functools
import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch


@contextmanager
def measured(who: str, talks: Callable[[], type], method: str) -> Iterator[None]:
    """
    Write down in milliseconds how long the block took, and what of it its calls of others.

    :param who: which operator runs
    :param talks: returns the class whose method talks to the gateway; what it has to import for that counts
    """
    from airflow.sdk.execution_time.comms import CommsDecoder

    watch = _Stopwatch()
    started = time.perf_counter()
    with patch.object(builtins, "__import__", watch.timed(builtins.__import__, lambda *_: "imports")):
        owner = talks()
        # All that a task asks of Airflow goes the second way: its state store, XComs, connections.
        with (
            patch.object(owner, method, watch.timed(getattr(owner, method), lambda *_: "gateway")),
            patch.object(CommsDecoder, "send", watch.timed(CommsDecoder.send, _kind)),
        ):
            yield
    watch.spent["execute"].append((time.perf_counter() - started) * 1000)
    folder = Path(os.environ["BENCH_FIGURES"])
    (folder / f"{who}-{time.time_ns()}.json").write_text(json.dumps(watch.spent), encoding="utf-8")


class _Stopwatch:
    """Counts time once: what is called within a call is not the outer one's."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = defaultdict(list)
        self._thread = threading.get_ident()
        self._within = 0.0

    def timed(self, function: Callable[..., Any], kind: Callable[..., str]) -> Callable[..., Any]:
        @functools.wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:
            # What another thread does happens while this one waits for it.
            if threading.get_ident() != self._thread:
                return function(*arguments, **named)
            before, self._within = self._within, 0.0
            started = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                took = time.perf_counter() - started
                self.spent[kind(*arguments, *named.values())].append((took - self._within) * 1000)
                self._within = before + took

        return timed


def _kind(decoder: Any, message: Any, *more: Any) -> str:
    name = type(message).__name__
    if "TaskStateStore" in name:
        return "store reads" if name.startswith("Get") else "store writes"
    return {"GetConnection": "connection", "SetXCom": "XCom"}.get(name, name)
