"""One-time passwords."""

from __future__ import annotations

import json
from sqlite3 import Row

from airflow_provider_smsworks.sandbox import otps
from airflow_provider_smsworks.sandbox.calls import Answer, CurrentSandbox, JsonObject, gateway_router
from airflow_provider_smsworks.sandbox.dates import write_date
from airflow_provider_smsworks.sandbox.errors import SHORT_ERRORS
from airflow_provider_smsworks.sandbox.render import render_accepted
from airflow_provider_smsworks.sandbox.schemas import Otp, OtpVerify, read_body
from airflow_provider_smsworks.sandbox.settings import Settings
from airflow_provider_smsworks.sandbox.state import Sandbox
from airflow_provider_smsworks.sandbox.statuses import SENT, status_word

router = gateway_router()


@router.post("/otp/send", status_code=201, responses=SHORT_ERRORS)
async def send_otp(sandbox: CurrentSandbox, body: JsonObject) -> Answer:
    """Text a passcode."""
    answer = render_accepted(sandbox, otps.send(sandbox, read_body(Otp, body)))
    return Answer({name: value for name, value in answer.items() if name != "metadata"}, status_code=201)


@router.post("/otp/verify", responses=SHORT_ERRORS)
async def verify_otp(sandbox: CurrentSandbox, body: JsonObject) -> Answer:
    """Whether a passcode is right, and in time."""
    return _otp(sandbox, otps.verify(sandbox, read_body(OtpVerify, body).passcode))


@router.get("/otp/{messageid}", responses=SHORT_ERRORS)
async def get_otp(sandbox: CurrentSandbox, messageid: str) -> Answer:
    """A one-time password by the id of its message."""
    return _otp(sandbox, otps.get(sandbox, messageid))


def _otp(sandbox: Sandbox, row: Row) -> Answer:
    """OTPVerifyResponse, which has no messageid."""
    settings = sandbox.settings
    modified = row["created"] if row["verified"] is None else row["verified"]
    return Answer(
        {
            "destination": row["destination"],
            "status": status_word(_status(sandbox, row), settings),
            **_passcode(row["passcode"], settings),
            "validity": row["validity"],
            "metadata": json.loads(row["metadata"]),
            "created": write_date(row["created"], settings.dates),
            "expires": write_date(row["created"] + row["validity"], settings.dates),
            "modified": write_date(modified, settings.dates),
        }
    )


def _status(sandbox: Sandbox, row: Row) -> str:
    """No document says what it is before the passcode is verified: the setting ``otp_status`` has both readings."""
    status = otps.status(row, sandbox.dated(sandbox.now()))
    if status == SENT and sandbox.settings.otp_status == "delivery":
        text = sandbox.database.row("SELECT status FROM messages WHERE id = ?", (row["message_id"],))
        return str(text["status"]) if text else status
    return status


def _passcode(passcode: str, settings: Settings) -> dict[str, int | str]:
    """As a number it loses the zeros in front of it; one that is no number is left out, as the schema allows."""
    if settings.shapes == "text":
        return {"passcode": passcode}
    return {"passcode": int(passcode)} if passcode.isascii() and passcode.isdigit() else {}
