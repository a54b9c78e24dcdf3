"""Looking again and again, until something shows or the user's patience ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from airflow_provider_smsworks.api.errors import SmsWorksError

T = TypeVar("T")


@dataclass(frozen=True)
class Watched(Generic[T]):
    """
    What came of it.

    :param found: None: nothing showed
    :param after: seconds from the beginning to the look that found it, or to the last one
    :param at_once: whether the first look found it
    :param error: of the last look that failed, if nothing showed
    """

    found: T | None
    after: float
    at_once: bool = False
    error: SmsWorksError | None = None

    def within(self, what: str) -> str:
        """Return in words how long it took."""
        if self.at_once:
            return f"{what} at once" if self.after < 1 else f"{what} at the first look, after {self.after:.1f} seconds"
        return f"{what} after {self.after:.1f} seconds"


def watch(look: Callable[[], T | None], began: float, wait: float) -> Watched[T]:
    """
    Look until something is found.

    :param began: since when, in seconds since 1970
    :param wait: for how many seconds
    :raises SmsWorksError: a look failed in a way that will not pass
    """
    begins, looks, error = time.monotonic(), 0, None
    while True:
        looked = max(0.0, time.time() - began)
        looks += 1
        try:
            if (found := look()) is not None:
                return Watched(found, looked, looks == 1)
            error = None
        except SmsWorksError as failed:
            if not failed.transient:
                raise
            error = failed
        gone = time.monotonic() - begins
        if gone >= wait:
            return Watched(None, looked, error=error)
        time.sleep(min(0.2 if gone < 5 else 1.0 if gone < 30 else 5.0, wait - gone))
