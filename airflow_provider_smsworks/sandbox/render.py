"""The one place that turns what is stored into the API's answer, as the settings read the documents."""

from __future__ import annotations

import json
from sqlite3 import Row
from typing import Any

from airflow_provider_smsworks.sandbox.accept import Accepted
from airflow_provider_smsworks.sandbox.dates import write_date
from airflow_provider_smsworks.sandbox.errors import ERROR_CODES
from airflow_provider_smsworks.sandbox.numbers import is_digits
from airflow_provider_smsworks.sandbox.schemas import Message, pairs, read_body
from airflow_provider_smsworks.sandbox.settings import Settings
from airflow_provider_smsworks.sandbox.state import CUSTOMER_ID, Sandbox
from airflow_provider_smsworks.sandbox.statuses import SENT, status_word


def render_accepted(sandbox: Sandbox, accepted: Accepted) -> dict[str, Any]:
    """SendMessageResponse, with ``messageparts`` and ``metadata``, which users saw in real answers."""
    answer: dict[str, Any] = {
        "messageid": accepted.message_id,
        "status": status_word(SENT, sandbox.settings),
        "credits": sandbox.balance,
        "creditsUsed": accepted.credits,
        "messageparts": accepted.parts,
    }
    if sandbox.settings.metadata_echo:
        answer["metadata"] = _metadata(accepted.pairs, sandbox.settings)
    return answer


def render_message(row: Row, settings: Settings) -> dict[str, Any]:
    """A stored message: MessageResponse, or with ``shapes`` = text the documents' delivery report."""
    created = write_date(row["created"], settings.dates)
    answer: dict[str, Any] = {
        "messageid": row["id"],
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
    answer |= _spec_fields(row) if settings.shapes == "spec" else _report_fields(row)
    if row["failure"] is not None:
        reason = ERROR_CODES[row["failure"]]
        answer["failurereason"] = {
            "code": reason.code,
            "details": reason.message,
            "permanent": reason.permanent,
        }
    if settings.metadata_echo:
        answer["metadata"] = _metadata(json.loads(row["metadata"]), settings)
    return answer


def _spec_fields(row: Row) -> dict[str, Any]:
    """What MessageResponse has and the report has not; ``identifier`` is left out, nobody says what it is."""
    optional = {"keyword": row["keyword"], "batchid": row["batch_id"], "deliveryreporturl": row["report_url"]}
    return {"id": row["id"]} | {name: value for name, value in optional.items() if value}


def _report_fields(row: Row) -> dict[str, Any]:
    """What the report has and MessageResponse has not; ``credits`` are those the message used."""
    return {
        "__v": 0,
        "_id": f"{row['seq']:024x}",
        "credits": row["credits"],
        "international": bool(row["international"]),
        "keyword": row["keyword"],
    }


def render_schedule(entry: Row, settings: Settings) -> dict[str, Any]:
    """An entry of ScheduledMessagesResponse; the message is shown as it was supplied, as in the example."""
    request = json.loads(entry["request"])
    fields = ("sender", "content", "destinations" if entry["batch"] else "destination", "schedule")
    message = {name: request[name] for name in fields}
    if settings.metadata_echo and not entry["batch"]:
        message["metadata"] = _metadata(pairs(read_body(Message, request).metadata), settings)
    return {"status": entry["status"], "id": entry["id"], "batch": bool(entry["batch"]), "message": message}


def _destination(text: str, settings: Settings) -> int | str:
    """A number, or text; of a failed message it can be anything."""
    return int(text) if settings.destination_type == "number" and is_digits(text) else text


def _metadata(pairs: list[Any], settings: Settings) -> dict[str, str] | list[dict[str, str]]:
    if settings.shapes == "spec":
        return dict(pairs)
    return [{"key": key, "value": value} for key, value in pairs]
