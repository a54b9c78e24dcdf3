"""
The one place that knows what a status means: what is final, what was paid, and whether sending again can help.

The words are those of the documents' table "Delivery Reports" and of the specification. They have two words for the
same thing in places (ACCEPTED and SENT, UNDELIVERED and UNDELIVERABLE); both are here, and the gateway's own word is
what everybody gets to see. A status that is not here is neither final nor a success.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

DELIVERED = "DELIVERED"
VERIFIED = "VERIFIED"

Subject = Literal["message", "schedule", "otp"]


class _Status(NamedTuple):
    """
    What a status of a message means.

    ``paid`` is True (the credit is gone), False (never taken, or given back), "uk" (given back, but not for numbers
    outside the UK) or None (no document says). ``again`` is True (sending again can help), False (it cannot, or the
    text may still arrive), "code" (the reason decides) or None (a person decides).
    """

    final: bool
    paid: bool | Literal["uk"] | None
    again: bool | Literal["code"] | None


_ON_ITS_WAY = _Status(final=False, paid=True, again=False)
_DID_NOT_ARRIVE = _Status(final=True, paid="uk", again="code")

_OF_A_MESSAGE: Mapping[str, _Status] = {
    # Taken when it is sent; if no report ever comes, it counts as delivered and stays paid.
    "SENT": _ON_ITS_WAY,
    "ACCEPTED": _ON_ITS_WAY,
    "SCHEDULED": _Status(final=False, paid=None, again=False),
    DELIVERED: _Status(final=True, paid=True, again=False),
    "UNDELIVERED": _DID_NOT_ARRIVE,
    "UNDELIVERABLE": _DID_NOT_ARRIVE,
    "EXPIRED": _Status(final=True, paid="uk", again=True),
    "REJECTED": _Status(final=True, paid=False, again="code"),
    # Of a batch only: the message could not be sent, for the reason in its report.
    "FAILED": _Status(final=True, paid=None, again="code"),
    # The network does not know whether it arrived. It is charged, and sending again may text somebody twice.
    "UNKNOWN": _Status(final=True, paid=True, again=None),
    "CANCELLED": _Status(final=True, paid=None, again=None),
    "DELETED": _Status(final=True, paid=None, again=None),
    # Somebody texted the account: nothing will follow.
    "INCOMING": _Status(final=True, paid=None, again=False),
}
_OF_A_SCHEDULE = {"SCHEDULED": False, "PROCESSED": True, "CANCELLED": True}
_END_OF_A_PASSCODE = frozenset({VERIFIED, "EXPIRED", "UNDELIVERED", "UNDELIVERABLE", "REJECTED", "FAILED"})


def normal(status: object) -> str:
    """Return a status as the tables spell it: in capitals, without blanks around it."""
    return str(status or "").strip().upper()


def is_final(status: object, of: Subject = "message") -> bool:
    """
    Tell whether the gateway will say nothing more about something with this status.

    :param of: a message; an entry of the scheduled list; or a one-time passcode, which is not over when its text
        arrives (or may have), and is when it certainly did not
    """
    word = normal(status)
    if of == "schedule":
        return _OF_A_SCHEDULE.get(word, False)
    if of == "otp":
        return word in _END_OF_A_PASSCODE
    return word in _OF_A_MESSAGE and _OF_A_MESSAGE[word].final


def is_known(status: object, of: Subject = "message") -> bool:
    """Tell whether any of the gateway's documents mention this status for something of this kind."""
    word = normal(status)
    if of == "schedule":
        return word in _OF_A_SCHEDULE
    return word in _OF_A_MESSAGE or (of == "otp" and word == VERIFIED)


def was_paid(status: object, *, international: bool | None = None) -> bool | None:
    """
    Tell whether a message with this status costs something: True, False (refunded, or never taken), or None: unknown.

    The gateway refunds in the UK only, and not for UNKNOWN or for a report that never comes. Of a message whose
    status is not final yet it says what holds now.

    :param international: whether it went to a number outside the UK; None if that is not known
    """
    known = _OF_A_MESSAGE.get(normal(status))
    if known is None:
        return None
    return international if known.paid == "uk" else known.paid


def can_try_again(status: object, failure_reason: Mapping[str, Any] | None = None) -> bool | None:
    """
    Tell whether sending the same message again can help: True, False, or None: a person decides.

    None stands for what may have arrived (UNKNOWN), for what needs somebody to act first (credit, the account), for a
    full hour of texts to one number, and for whatever the documents do not explain.

    :param failure_reason: of the delivery report: ``code``, ``permanent``
    """
    # Deferred: few of those who ask what a status means need the table of codes.
    from airflow_provider_smsworks.api.codes import explain

    known = _OF_A_MESSAGE.get(normal(status))
    if known is None:
        return None
    reason = failure_reason or {}
    if known.again != "code":
        # A report says EXPIRED of what did not arrive in time, also where the number does not exist.
        never = known.again is True and explain(reason.get("code"), reason.get("permanent")).again is False
        return False if never else known.again
    if reason.get("code") is None and normal(status) == "REJECTED":
        return False
    return explain(reason.get("code"), reason.get("permanent")).again
