"""
One event loop on a thread of its own, for code that blocks while something happens on it.

A task on an event loop can be ended wherever it waits; a thread that blocks in a socket or a resolver cannot. All
blocking code of a process shares the one thread, which begins at the first use. It is a daemon, so it never delays
the end of the process, and a forked process begins another.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def run(work: Callable[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs) -> R:
    """
    Block until ``work(…)`` is done on the loop, and return its result or raise its error.

    Whatever interrupts the wait (Ctrl-C, the time limit of a task) cancels the work and goes through. What is asked
    for next comes after the cancellation, because there is only one loop.

    :raises RuntimeError: called on the loop itself, which would wait for itself
    """
    loop = _thread.loop()
    future = None
    try:
        future = asyncio.run_coroutine_threadsafe(work(*args, **kwargs), loop)
        return future.result()
    except BaseException:
        if future is not None:
            future.cancel()
        raise
    finally:
        # The error holds this frame, and the future the error: a circle that would live until the next collection.
        del future


def run_later(work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    """Run ``work()`` on the loop, if there is one, and do not wait. Takes no lock: a garbage collector may call it."""
    if _thread.running_loop is not None:
        asyncio.run_coroutine_threadsafe(work(), _thread.running_loop)


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that looks up names on daemon threads: the end of a process waits for those of an executor."""

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        found: asyncio.Future[Any] = self.create_future()

        def settle(addresses: Any, error: Exception | None) -> None:
            if found.done():
                return  # It was given up.
            if error is None:
                found.set_result(addresses)
            else:
                found.set_exception(error)

        def look_up() -> None:
            addresses: Any = None
            failure: Exception | None = None
            try:
                addresses = socket.getaddrinfo(host, port, **options)
            except Exception as error:
                failure = error
            self.call_soon_threadsafe(settle, addresses, failure)

        threading.Thread(target=look_up, name="smsworks-look-up", daemon=True).start()
        return await found


def _run_for_ever(loop: _Loop) -> None:
    while True:
        # Both stop a loop. They are for whoever waits for the work, who would wait for ever if it stayed so.
        with contextlib.suppress(SystemExit, KeyboardInterrupt):
            loop.run_forever()


class _Thread:
    """The thread and its loop, once somebody needs them."""

    def __init__(self) -> None:
        self.running_loop: _Loop | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def loop(self) -> _Loop:
        if threading.current_thread() is self._thread:
            raise RuntimeError("Code that runs on this loop cannot wait for it; use the async client")
        with self._lock:
            if self.running_loop is None:
                loop = _Loop()
                self._thread = threading.Thread(target=_run_for_ever, args=(loop,), name="smsworks", daemon=True)
                self._thread.start()
                self.running_loop = loop
            return self.running_loop


_thread = _Thread()
_of_parents: list[_Thread] = []


def _begin_anew() -> None:
    """Forget the loop in a forked process, where its thread does not run."""
    global _thread
    # Kept, because closing it would end the parent's too: they share what the kernel watches for it.
    _of_parents.append(_thread)
    _thread = _Thread()


os.register_at_fork(after_in_child=_begin_anew)
