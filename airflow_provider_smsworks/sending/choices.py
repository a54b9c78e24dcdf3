"""What the author of a task decides about sending once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

OnUnknown = Literal["retry", "fail"]
OnClear = Literal["keep", "resend"]

CALLS_PER_NOTE = 16
"""So many calls of a list are written down before any of them goes out: each writing is a round trip to a database."""

LONGEST_PAUSE = 60.0
"""Seconds that a call waits for its turn, or for a gateway that asks to wait. Longer waits are Airflow's."""


@dataclass(frozen=True)
class Rules:
    """
    What the author decides.

    :param on_unknown: after an outcome that stays open: let Airflow retry (the next try looks first), or end
    :param on_clear: whether a Clear of a task whose text went out sends it again
    :param max_age: a run that was due longer ago does not text
    :param search_lag: seconds that a new message may stay invisible to searches
    :param longest_call: seconds after which a call is given up
    :param calls_at_once: of a text to many, how many calls may be under way at the same time
    """

    on_unknown: OnUnknown = "retry"
    on_clear: OnClear = "keep"
    max_age: dt.timedelta | None = None
    search_lag: float = 10.0
    longest_call: float = 60.0
    calls_at_once: int = 4

    @property
    def longest_calls(self) -> dt.timedelta:
        """How long all calls may take that are written down at the same time; they may have to wait for each other."""
        return dt.timedelta(seconds=CALLS_PER_NOTE * (self.longest_call + LONGEST_PAUSE))
