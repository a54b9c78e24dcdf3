"""The one place that turns a stored message into the API's answer, as the settings read the documents."""

from __future__ import annotations

import json
from sqlite3 import Row
from typing import Any

from airflow_provider_smsworks.sandbox.accept import Accepted
from airflow_provider_smsworks.sandbox.dates import write_date
from airflow_provider_smsworks.sandbox.errors import ERROR_CODES
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
        "destination": int(row["destination"]) if settings.destination_type == "number" else row["destination"],
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


def _metadata(pairs: list[Any], settings: Settings) -> dict[str, str] | list[dict[str, str]]:
    if settings.shapes == "spec":
        return dict(pairs)
    return [{"key": key, "value": value} for key, value in pairs]
