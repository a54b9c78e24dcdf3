"""
The one place that knows what a message's status means.

The documents use two words for the same thing in places (ACCEPTED and SENT, UNDELIVERED and UNDELIVERABLE);
both are here. A status that is not here is neither final nor a success.
"""

from __future__ import annotations

DELIVERED = "DELIVERED"

_STILL_WAITING = frozenset({"SENT", "ACCEPTED", "SCHEDULED"})
_DID_NOT_ARRIVE = frozenset(
    {"UNDELIVERED", "UNDELIVERABLE", "EXPIRED", "REJECTED", "FAILED", "UNKNOWN", "CANCELLED", "DELETED"}
)


def is_final(status: str) -> bool:
    """Tell whether the gateway will say nothing more about a message with this status."""
    return status == DELIVERED or status in _DID_NOT_ARRIVE


def is_known(status: str) -> bool:
    """Tell whether any of the gateway's documents mention this status for a message that was sent."""
    return is_final(status) or status in _STILL_WAITING
