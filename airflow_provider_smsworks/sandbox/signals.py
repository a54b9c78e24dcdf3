"""SIGINT and SIGTERM as a normal end of the program, from its first moment on."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Leave the block quietly on SIGINT or SIGTERM.

    uvicorn has handlers of its own while it runs; it stops on a signal, and then raises it once more.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return
    caught: list[int] = []

    def leave(number: int, _: FrameType | None) -> None:
        caught.append(number)
        sys.exit(0)

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except SystemExit:
        if not caught:
            raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
