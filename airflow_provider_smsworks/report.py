"""
What a delivery report means for a task: one judgement for the operators, the sensors and their triggers.

A report crosses from the triggerer to the worker as an event, which Airflow logs and stores: it carries ids, a
status and the gateway's reason, and nothing about anybody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSensorTimeout, AirflowSkipException

from airflow_provider_smsworks.api import statuses
from airflow_provider_smsworks.api.errors import SmsWorksError
from airflow_provider_smsworks.api.masking import mask_numbers

if TYPE_CHECKING:
    from airflow_provider_smsworks.api.records.fields import Record

Otherwise = Literal["fail", "skip", "return"]
"""What to do if that does not come which a task waits for."""

OTHERWISE = ("fail", "skip", "return")
OnUndelivered = Otherwise
ON_UNDELIVERED = OTHERWISE

LONGEST_DELIVERY = dt.timedelta(minutes=2880)
"""How long the networks try at the most (the default of ``validity``)."""

GRACE = dt.timedelta(minutes=15)
"""How long after that a report may still come in before a wait gives up."""


def report_of(message: Record) -> dict[str, Any]:
    """Return what a message's report says, as a part of an event."""
    failure = message.get("failure_reason")
    return {
        "message_id": message["message_id"],
        "status": message["status"],
        "credits_used": message.get("credits_used"),
        "failure_reason": failure
        and {
            "code": failure.get("code"),
            "details": mask_numbers(str(failure.get("details") or "")),
            "permanent": failure.get("permanent"),
        },
    }


def final_event(message: Record) -> dict[str, Any] | None:
    """Return the event of a message whose status is final; None while it may change, or is not understood."""
    return {"outcome": "final", **report_of(message)} if statuses.is_final(message["status"]) else None


def settle(
    event: Mapping[str, Any] | None,
    *,
    waits_for: str,
    has_come: Callable[[dict[str, Any]], bool],
    what_happened: Callable[[dict[str, Any]], str],
    error: type[SmsWorksError],
    otherwise: Otherwise,
) -> dict[str, Any]:
    """
    Return what the event of any wait says if that is what was waited for; otherwise do what the author wants.

    :param waits_for: what that is
    :param has_come: tells whether a final event is it
    :param what_happened: says what is there instead
    :param error: what that is called
    """
    if not event or event.get("outcome") not in ("final", "timeout"):
        reason = (event or {}).get("error") or "the trigger sent no report"
        raise AirflowFailException(f"Waiting for {waits_for} ended: {reason}")
    given = dict(event)
    seen = {name: value for name, value in event.items() if name not in _BETWEEN_PROCESSES}
    if event["outcome"] == "final" and has_come(given):
        return seen
    problem = error(what_happened(given))
    if otherwise == "return":
        return seen
    if otherwise == "skip":
        raise AirflowSkipException(str(problem)) from problem
    if event["outcome"] == "timeout":
        raise AirflowSensorTimeout(str(problem)) from problem
    raise AirflowFailException(str(problem)) from problem


_BETWEEN_PROCESSES = frozenset({"outcome", "result", "reached", "wanted"})
"""What an event says to the task that it resumes, and a result to nobody."""


def is_delivered(event: Mapping[str, Any]) -> bool:
    """Tell whether a final report says that the message arrived."""
    return event.get("status") == statuses.DELIVERED


def what_happened(event: Mapping[str, Any]) -> str:
    """Say in a sentence why a message is not known to have arrived."""
    status = event.get("status") or "none at all"
    message = f"Message {event.get('message_id')}"
    if event["outcome"] == "timeout":
        known = statuses.is_known(str(event.get("status")))
        strange = "" if known or not event.get("status") else ", which no document of the gateway mentions"
        return f"{message} was not reported as delivered in time: its last status is {status}{strange}."
    failure = event.get("failure_reason") or {}
    reason = failure.get("details") or "the gateway gives no reason"
    code = f", code {failure['code']}" if failure.get("code") else ""
    return f"{message} was not delivered: {status} ({reason}{code})."
