"""The one place that turns what is stored into the API's answer, as the settings read the documents."""

from __future__ import annotations

import json
import re
from sqlite3 import Row
from typing import Any

from airflow_provider_smsworks.sandbox.accept import Accepted
from airflow_provider_smsworks.sandbox.dates import write_date
from airflow_provider_smsworks.sandbox.errors import ERROR_CODES
from airflow_provider_smsworks.sandbox.schemas import Message, pairs, read_body
from airflow_provider_smsworks.sandbox.settings import Settings
from airflow_provider_smsworks.sandbox.state import CUSTOMER_ID, Sandbox
from airflow_provider_smsworks.sandbox.statuses import DELIVERED, SENT, status_word


def render_accepted(sandbox: Sandbox, accepted: Accepted) -> dict[str, Any]:
    """SendMessageResponse, with ``messageparts`` and ``metadata``, which users saw in real answers."""
    settings = sandbox.settings
    answer: dict[str, Any] = {
        "messageid": render_id(accepted.message_id, settings),
        "status": status_word(SENT, settings),
        "credits": sandbox.balance,
        "creditsUsed": accepted.credits,
    }
    if settings.optional_fields:
        answer["messageparts"] = accepted.parts
    if settings.metadata_echo:
        answer["metadata"] = _metadata(accepted.pairs, settings)
    return answer


def render_id(text: str, settings: Settings) -> int | str:
    """An id of a message, a batch or a schedule; those of digits can be JSON numbers."""
    return int(text) if settings.ids == "number" and re.fullmatch("[0-9]{1,20}", text) else text


def render_messages(rows: list[Row], settings: Settings) -> list[dict[str, Any]] | dict[str, Any]:
    """A list of stored messages, bare or wrapped."""
    messages = [render_message(row, settings) for row in rows]
    return {"messages": messages} if settings.lists == "wrapped" else messages


def render_message(row: Row, settings: Settings) -> dict[str, Any]:
    """A stored message: MessageResponse, or with ``shapes`` = text the documents' delivery report."""
    created = write_date(row["created"], settings.dates)
    answer: dict[str, Any] = {
        "messageid": render_id(row["id"], settings),
        "status": status_word(row["status"], settings),
        "sender": row["sender"],
        "destination": _destination(row["destination"], settings),
        "content": row["content"],
        "tag": row["tag"],
        "created": created,
        "modified": write_date(row["modified"], settings.dates),
        "schedule": created,
        "customerid": CUSTOMER_ID,
    }
    if settings.optional_fields:
        answer |= _spec_fields(row, settings) if settings.shapes == "spec" else _report_fields(row)
        answer |= _failure(row, settings)
    if settings.metadata_echo:
        answer["metadata"] = _metadata(json.loads(row["metadata"]), settings)
    return answer


def _spec_fields(row: Row, settings: Settings) -> dict[str, Any]:
    """What MessageResponse has and the report has not; ``identifier`` is left out, nobody says what it is."""
    batch_id = row["batch_id"] and render_id(row["batch_id"], settings)
    optional = {"keyword": row["keyword"], "batchid": batch_id, "deliveryreporturl": row["report_url"]}
    return {"id": render_id(row["id"], settings)} | {name: value for name, value in optional.items() if value}


def _report_fields(row: Row) -> dict[str, Any]:
    """What the report has and MessageResponse has not; ``credits`` are those the message used."""
    return {
        "__v": 0,
        "_id": f"{row['seq']:024x}",
        "credits": row["credits"],
        "international": bool(row["international"]),
        "keyword": row["keyword"],
    }


def _failure(row: Row, settings: Settings) -> dict[str, Any]:
    """Why it failed. In the documents' sample a text that was delivered has a reason, too."""
    code, samples = row["failure"], settings.failure_codes == "samples"
    if code is None and samples and row["status"] == DELIVERED:
        code = 5001
    if code is None:
        return {}
    reason = ERROR_CODES[code]
    numbered, permanent = (code % 5000, False) if samples and code > 5000 else (code, reason.permanent)
    return {"failurereason": {"code": numbered, "details": reason.message, "permanent": permanent}}


def render_schedule(entry: Row, settings: Settings) -> dict[str, Any]:
    """An entry of ScheduledMessagesResponse; the message is shown as it was supplied, as in the example."""
    request = json.loads(entry["request"])
    fields = ("sender", "content", "destinations" if entry["batch"] else "destination", "schedule")
    message = {name: request[name] for name in fields}
    if settings.metadata_echo and not entry["batch"]:
        message["metadata"] = _metadata(pairs(read_body(Message, request).metadata), settings)
    name = "id" if settings.shapes == "spec" else "messageid"
    return {
        "status": entry["status"],
        name: render_id(entry["id"], settings),
        "batch": bool(entry["batch"]),
        "message": message,
    }


def _destination(text: str, settings: Settings) -> int | str:
    """A number, or text. What a failed message was for can be anything: as a number it is its digits, or 0."""
    if settings.destination_type == "text":
        return text
    digits = text if text.isascii() and text.isdigit() else re.sub("[^0-9]", "", text)
    return int(digits) if 0 < len(digits) <= 15 else 0


def _metadata(pairs: list[Any], settings: Settings) -> dict[str, str] | list[dict[str, str]]:
    if settings.shapes == "spec":
        return dict(pairs)
    return [{"key": key, "value": value} for key, value in pairs]
