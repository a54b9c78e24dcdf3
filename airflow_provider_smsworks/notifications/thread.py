"""Blocking work beside an event loop that others need as well."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from typing import ParamSpec

P = ParamSpec("P")


async def run_in_thread(function: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """
    Run a function in a thread of its own, and wait for its end.

    Not in one of the event loop's threads: there are few, all triggers of a triggerer look names up in them, and its
    end waits for theirs.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def end(error: BaseException | None) -> None:
        if ended.cancelled():
            return
        if error is None:
            ended.set_result(None)
        else:
            ended.set_exception(error)

    def run() -> None:
        error: BaseException | None = None
        try:
            function(*args, **kwargs)
        except BaseException as raised:  # whoever awaits it is to know
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop has ended before
            loop.call_soon_threadsafe(end, error)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(run,), name="smsworks-alert", daemon=True).start()
    await ended
