"""Child processes that tell what they do, end with their parent, and never outlive their time."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

LONGEST_LIFE = 25
"""Seconds after which a child is ended, whatever it waits for."""

Tell = Callable[[dict[str, Any]], None]
Work = Callable[[Tell], None]

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with_parent(parent: int) -> None:
    """Let this process be killed when its parent ends, also where it is stopped (on Linux; elsewhere it polls)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


class Child:
    """
    A forked process that runs ``work(tell)``; what it tells outlives it.

    :param environment: what it finds in its environment, beside ours
    :param longest: seconds that it may live; 0 is for ever
    """

    def __init__(self, work: Work, environment: dict[str, str], longest: int = LONGEST_LIFE) -> None:
        parent = os.getpid()
        self._reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _live(work, environment, longest, writer, parent)
        os.close(writer)
        self._is_over = self.hung = False

    def wait_until_stopped(self) -> bool:
        """Wait until it is stopped, or has ended: False."""
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        self._is_over = not os.WIFSTOPPED(status)
        return not self._is_over

    def go_on(self) -> None:
        """Let it go on after a stop."""
        os.kill(self.pid, signal.SIGCONT)

    def end(self) -> list[dict[str, Any]]:
        """Wait for its end, and return what it told."""
        with os.fdopen(self._reader, "rb") as told:
            lines = told.read().splitlines()
        if not self._is_over:
            _, status = os.waitpid(self.pid, 0)
            self._is_over = True
            self.hung = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM
        return [json.loads(line) for line in lines]

    def fileno(self) -> int:
        """Return where it can be waited for to tell something."""
        return self._reader

    def read(self) -> bytes:
        """Return what it has told since the last look; nothing if it has ended."""
        return os.read(self._reader, 1 << 20)

    def kill(self) -> None:
        """End it at once, if it still lives."""
        if not self._is_over:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.close(self._reader)
            os.waitpid(self.pid, 0)
            self._is_over = True


def _live(work: Work, environment: dict[str, str], longest: int, writer: int, parent: int) -> None:
    try:
        end_with_parent(parent)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.alarm(longest)
        os.environ.update(environment)

        def tell(what: dict[str, Any]) -> None:
            os.write(writer, json.dumps(what).encode() + b"\n")

        try:
            work(tell)
        except BaseException:
            tell({"end": "crash", "says": traceback.format_exc()[-1500:]})
    finally:
        # Nothing of the parent's is to be ended or written twice.
        os._exit(0)
