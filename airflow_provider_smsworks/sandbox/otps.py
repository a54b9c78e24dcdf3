"""One-time passwords: made up or supplied, sent as a text, and verified.

Verifying takes nothing but the passcode, so it looks through the whole account: of several with the same
passcode it takes one that is still open, the newest first.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from sqlite3 import Row

from airflow_provider_smsworks.sandbox.accept import Accepted, accept
from airflow_provider_smsworks.sandbox.drafts import read_draft
from airflow_provider_smsworks.sandbox.errors import GatewayError, malformed
from airflow_provider_smsworks.sandbox.schemas import Otp
from airflow_provider_smsworks.sandbox.state import Sandbox
from airflow_provider_smsworks.sandbox.statuses import EXPIRED, SENT, VERIFIED

PLACEHOLDER = "{{passcode}}"
MAX_METADATA = 1024  # bytes
DEFAULT_LENGTH = 6


def send(sandbox: Sandbox, otp: Otp) -> Accepted:
    """Text a passcode, with everything that can be wrong with a message; the ledger has the metadata too."""
    if PLACEHOLDER not in otp.template:
        raise malformed(f"template: must have the placeholder {PLACEHOLDER}")
    metadata = json.dumps(otp.metadata, ensure_ascii=False, separators=(",", ":"))
    if len(metadata.encode()) > MAX_METADATA:
        raise malformed(f"metadata: must be no longer than {MAX_METADATA} bytes")
    passcode = otp.passcode or _make_up(DEFAULT_LENGTH if isinstance(otp.length, dict) else int(otp.length))
    content = otp.template.replace(PLACEHOLDER, passcode)
    body = {"sender": otp.sender, "destination": otp.destination, "content": content}
    draft = replace(read_draft(body, sandbox.settings), metadata=otp.metadata)
    with sandbox.database.transaction():
        accepted = accept(sandbox, draft, "POST /otp/send")
        sandbox.database.insert(
            "otps",
            {
                "message_id": accepted.message_id,
                "passcode": passcode,
                "destination": draft.destination.digits,
                "validity": otp.validity,
                "metadata": metadata,
                "created": sandbox.dated(sandbox.now()),
            },
        )
    return accepted


def verify(sandbox: Sandbox, passcode: str) -> Row:
    """The password with this passcode, verified if it is still valid. Raises 404 for a wrong passcode.

    One that expired is no error, as the specification has it; ``otp_reuse`` says what a verified one is.
    """
    now = sandbox.dated(sandbox.now())
    row = sandbox.database.row(
        "SELECT * FROM otps WHERE passcode = ? "
        "ORDER BY verified IS NULL AND created + validity > ? DESC, seq DESC LIMIT 1",
        (passcode, now),
    )
    if row is None or (row["verified"] and sandbox.settings.otp_reuse == "refused"):
        raise GatewayError(404, "Passcode not found")
    if status(row, now) == SENT:
        sandbox.database.run("UPDATE otps SET verified = ? WHERE seq = ?", (now, row["seq"]))
    return get(sandbox, row["message_id"])


def get(sandbox: Sandbox, message_id: str) -> Row:
    """The password that was sent with this message. Raises 404."""
    row = sandbox.database.row("SELECT * FROM otps WHERE message_id = ?", (message_id,))
    if row is None:
        raise GatewayError(404, "OTP not found")
    return row


def status(row: Row, now: float) -> str:
    """The status of a password; before it is verified, it is SENT."""
    if row["verified"] is not None:
        return VERIFIED
    return SENT if now < row["created"] + row["validity"] else EXPIRED


def _make_up(length: int) -> str:
    """Digits without a 0 in front, which would be lost where passcodes are shown as numbers."""
    return str(secrets.randbelow(9 * 10 ** (length - 1)) + 10 ** (length - 1))
