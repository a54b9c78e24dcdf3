"""What Airflow's metrics say of this provider: counts and times by connection, and nothing of people."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from airflow.providers.common.compat.sdk import Stats

log = logging.getLogger(__name__)


def count(name: str, amount: float | None, conn_id: str) -> None:
    """Add to the counter ``smsworks.<name>``; None is not known, and adds nothing."""
    if amount:
        _tell("incr", name, amount, conn_id)


def count_sent(result: Mapping[str, Any], conn_id: str) -> None:
    """Count what a send returned: what the gateway accepted now, or found of an earlier call, and what it cost."""
    count("adopted" if result["adopted"] else "sent", result.get("recipients", 1), conn_id)
    count("parts", result["parts"], conn_id)
    count("credits", result["credits_used"], conn_id)


def gauge(name: str, value: float, conn_id: str, **tags: str) -> None:
    """Set the gauge ``smsworks.<name>``."""
    _tell("gauge", name, value, conn_id, **tags)


def time(name: str, seconds: float, conn_id: str, **tags: str) -> None:
    """Add to the timer ``smsworks.<name>``, which is in milliseconds as all of Airflow's."""
    _tell("timing", name, seconds * 1000, conn_id, **tags)


def _tell(how: str, name: str, value: float, conn_id: str, **tags: str) -> None:
    try:
        getattr(Stats, how)(f"smsworks.{name}", value, tags={"conn_id": conn_id, **tags})
    except Exception:  # of whatever writes the metrics: nothing that was sent may fail for it
        log.debug("The metric smsworks.%s could not be written.", name, exc_info=True)
