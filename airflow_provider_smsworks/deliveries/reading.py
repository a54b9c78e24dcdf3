"""Lists of messages as the gateway has them: whose a message is, and whether it says anything new."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Mapping
from typing import Any

from airflow_provider_smsworks.api.records.fields import as_moment, as_text

_LONGEST_STRETCH = 0.01
"""Seconds. Other triggers run on the same event loop."""


class Breath:
    """Lets others run between the steps of long work."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    async def take(self) -> None:
        """Let others run if it has been long enough."""
        if time.monotonic() - self._since > _LONGEST_STRETCH:
            await asyncio.sleep(0)
            self._since = time.monotonic()


def id_of(message: Any) -> str | None:
    """Return the id of a message, as its record will have it."""
    if not isinstance(message, Mapping):
        return None
    for name in ("messageid", "id", "_id"):
        if message.get(name) not in (None, ""):
            return as_text(message[name])
    return None


def what_it_says(message: Any) -> int:
    """Return what is the same as long as a message says the same."""
    return hash(str(message))


def moment_of(text: str | None) -> float | None:
    """Return a moment of a record in seconds since 1970; None: it is none that can be told from others."""
    try:
        moment = dt.datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.timestamp()


def created(message: Any) -> float | None:
    """Return when a message was sent, by the gateway's clock."""
    return moment_of(as_moment(message.get("created"))) if isinstance(message, Mapping) else None
