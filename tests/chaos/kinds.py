"""Every kind of send: its operator, its call, and what it is given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from airflow_provider_smsworks.operators.batch import SmsWorksSendBatchOperator, SmsWorksSendCollectionOperator
from airflow_provider_smsworks.operators.message import (
    SmsWorksSendBinaryMessageOperator,
    SmsWorksSendFlashMessageOperator,
    SmsWorksSendMessageOperator,
)
from airflow_provider_smsworks.operators.otp import SmsWorksSendOtpOperator
from airflow_provider_smsworks.operators.schedule import SmsWorksScheduleBatchOperator, SmsWorksScheduleMessageOperator

KINDS: dict[str, tuple[Any, str]] = {
    "message": (SmsWorksSendMessageOperator, "POST /message/send"),
    "flash": (SmsWorksSendFlashMessageOperator, "POST /message/flash"),
    "binary": (SmsWorksSendBinaryMessageOperator, "POST /binary/send"),
    "schedule": (SmsWorksScheduleMessageOperator, "POST /message/schedule"),
    "schedule batch": (SmsWorksScheduleBatchOperator, "POST /batch/schedule"),
    "batch": (SmsWorksSendBatchOperator, "POST /batch/any"),
    "collection": (SmsWorksSendCollectionOperator, "POST /batch/any"),
    "otp": (SmsWorksSendOtpOperator, "POST /otp/send"),
}
TO_ONE = ("message", "flash", "binary")
BULK = ("batch", "collection")
SCHEDULES = ("schedule", "schedule batch")
TO_MANY = (*BULK, "schedule batch")
FOUND_AGAIN = tuple(kind for kind in KINDS if kind != "otp")
WAITING = ("message", "flash", "batch", "collection", "otp")
"""Kinds whose tasks can wait for the delivery report."""

PHONES = [f"077009000{number}" for number in range(10, 18)]
"""Of the range that is kept for drama; these get every text."""

# Just over one part, which the gateway's AI Optimiser makes one.
LONG = " and so on and on" * 9


def operator(kind: str) -> Any:
    """Return the operator's class."""
    return KINDS[kind][0]


def sending_call(kind: str) -> str:
    """Return the operation that sends, as the sandbox names it."""
    return KINDS[kind][1]


def looking_call(kind: str) -> str:
    """Return the operation that looks for an earlier send."""
    return "GET /messages/schedule" if kind in SCHEDULES else "POST /messages"


def cancelling_call(kind: str) -> str:
    """Return the operation that takes back what was scheduled."""
    return "DELETE /batches/schedule/{batchid}" if kind == "schedule batch" else "DELETE /messages/schedule/{messageid}"


def recipients(kind: str, numbers: Sequence[str]) -> list[str]:
    """Return who shall be texted: one for each text, in the gateway's spelling."""
    texted = list(numbers) if kind in TO_MANY else [numbers[0]]
    if kind == "collection" and len(numbers) > 1:
        texted.append(numbers[0])
    return [f"44{number[1:]}" for number in texted]


def arguments(kind: str, numbers: Sequence[str], words: str, moment: dt.datetime) -> dict[str, Any]:
    """Return what the operator is given."""
    if kind == "otp":
        return {"to": numbers[0], "template": words + " {{passcode}}"}
    if kind == "collection":
        messages = [{"to": to, "content": f"{words} for {to[-3:]}"} for to in numbers]
        if len(numbers) > 1:  # another text to a phone that gets one already
            messages.append({"to": numbers[0], "content": f"Also {words}"})
        return {"messages": messages}
    content = words.encode().hex() if kind == "binary" else words
    given: dict[str, Any] = {"to": list(numbers) if kind in TO_MANY else numbers[0], "content": content}
    return given | ({"schedule": moment.isoformat()} if kind in SCHEDULES else {})
