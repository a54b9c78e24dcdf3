"""
What a delivery report means for a task: one judgement for the operators, the sensors and their triggers.

A report crosses from the triggerer to the worker as an event, which Airflow logs and stores: it carries ids, a
status and the gateway's reason, and nothing about anybody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSensorTimeout, AirflowSkipException

from airflow_provider_smsworks.api import statuses
from airflow_provider_smsworks.api.errors import SmsWorksUndeliveredError
from airflow_provider_smsworks.api.masking import mask_numbers
from airflow_provider_smsworks.api.records.fields import Record

OnUndelivered = Literal["fail", "skip", "return"]
ON_UNDELIVERED = ("fail", "skip", "return")

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


def timeout_event(message_id: str, last: Record | None) -> dict[str, Any]:
    """Return the event of a wait that is over without a final report."""
    report = report_of(last) if last else {"message_id": message_id, "status": None}
    return {"outcome": "timeout", **report}


def error_event(message_id: str, error: Exception) -> dict[str, Any]:
    """Return the event of a wait that cannot go on."""
    return {"outcome": "error", "message_id": message_id, "error": mask_numbers(str(error))}


def conclude(event: Mapping[str, Any] | None, on_undelivered: OnUndelivered) -> dict[str, Any]:
    """
    Return the report of a text that arrived; otherwise do what the author wants.

    Whatever is not certainly a delivery is not one: other statuses, unknown statuses, no report, no event.

    :raises AirflowFailException: it did not arrive and ``on_undelivered`` is "fail"; no retry would change that
    :raises AirflowSkipException: it did not arrive and ``on_undelivered`` is "skip"
    """
    if not event or event.get("outcome") not in ("final", "timeout"):
        reason = (event or {}).get("error") or "the trigger sent no report"
        raise AirflowFailException(f"Waiting for the delivery report ended: {reason}")
    seen = {name: value for name, value in event.items() if name not in ("outcome", "result")}
    if event["outcome"] == "final" and event.get("status") == statuses.DELIVERED:
        return seen
    problem = SmsWorksUndeliveredError(_what_happened(event))
    if on_undelivered == "return":
        return seen
    if on_undelivered == "skip":
        raise AirflowSkipException(str(problem)) from problem
    if event["outcome"] == "timeout":
        raise AirflowSensorTimeout(str(problem)) from problem
    raise AirflowFailException(str(problem)) from problem


def _what_happened(event: Mapping[str, Any]) -> str:
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
