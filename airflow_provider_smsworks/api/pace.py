"""A pace that all clients of one account in this process keep together (``calls_per_minute``)."""

from __future__ import annotations

import threading
import time
from functools import cache


class Pace:
    """Hands out moments at which a call may go out, evenly spaced."""

    def __init__(self, calls_per_minute: int) -> None:
        self._gap = 60 / calls_per_minute
        self._next = 0.0
        self._lock = threading.Lock()

    def seconds_to_wait(self) -> float:
        """Take the next moment, and return how many seconds it is away."""
        with self._lock:
            now = time.monotonic()
            moment = max(now, self._next)
            self._next = moment + self._gap
            return moment - now


@cache
def pace_of(base_url: str, account: str, calls_per_minute: int) -> Pace:
    """Return the one pace of an account in this process."""
    return Pace(calls_per_minute)
