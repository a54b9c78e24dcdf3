"""
A pace that all clients of one account in this process keep together.

It is ``calls_per_minute``, where the connection says so. If the gateway asks one of them to wait (429), all of them do.
"""

from __future__ import annotations

import threading
import time
from functools import cache


class Pace:
    """
    Hands out moments at which a call may go out, evenly spaced.

    :param calls_per_minute: None: as many as anybody likes
    """

    def __init__(self, calls_per_minute: int | None) -> None:
        self._gap = 60 / calls_per_minute if calls_per_minute else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def seconds_to_wait(self) -> float:
        """Take the next moment, and return how many seconds it is away."""
        with self._lock:
            now = time.monotonic()
            moment = max(now, self._next)
            self._next = moment + self._gap
            return moment - now

    def hold(self, seconds: float) -> None:
        """Let no call go out for so long; those that have their moment already keep it."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


@cache
def pace_of(base_url: str, account: str, calls_per_minute: int | None) -> Pace:
    """Return the one pace of an account in this process."""
    return Pace(calls_per_minute)
