"""All that the page shows, in one answer, and a mark that says whether any of it has changed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from airflow_provider_smsworks.sandbox.conversations import Conversations
from airflow_provider_smsworks.sandbox.state import Sandbox
from airflow_provider_smsworks.sandbox.statuses import SCHEDULED

MOST_PHONES = 240
MOST_ASKED = 40
SCHEDULES = 30  # of those to come, and of those that were sent or cancelled
_THIS_RUN = uuid.uuid4().hex[:12]

# SQLite reads the requests: of a scheduled batch of 5,000 only two fields are wanted.
_SCHEDULES = """
    SELECT id, batch, status, due, json_extract(request, '$.content') AS text,
        json_extract(request, '$.sender') AS sender, json_extract(request, '$.destination') AS destination,
        json_array_length(request, '$.destinations') AS recipients, message_ids
    FROM schedules WHERE
"""
_TO_COME = f"{_SCHEDULES} status = ? ORDER BY due, seq LIMIT ?"
_PAST = f"{_SCHEDULES} status != ? ORDER BY seq DESC LIMIT ?"


def mark(sandbox: Sandbox) -> str:
    """Changes whenever the database does, and with each start: all that is shown is kept there."""
    row = sandbox.database.row("SELECT total_changes() AS changes")
    assert row is not None
    return f'"{_THIS_RUN}-{row["changes"]}"'


def overview(sandbox: Sandbox, *, limit: int, asked: Sequence[str], link: str) -> dict[str, Any]:
    """What the page shows: ``limit`` phones, those ``asked`` for by number, and what a ``link`` leads to."""
    conversations = Conversations(sandbox.database, min(max(limit, 1), MOST_PHONES))
    for phone in asked[:MOST_ASKED]:
        conversations.ask_for(phone)
    conversations.ask_for_link(link)
    requests = sandbox.database.rows("SELECT operation, calls FROM requests ORDER BY calls DESC, operation")
    return {
        "now": sandbox.now(),
        "balance": sandbox.balance,
        "phones": conversations.shown(sandbox.settings),
        "more": conversations.more,
        "window_full": conversations.window_full,
        "schedules": _schedules(sandbox),
        "requests": [[row["operation"], row["calls"]] for row in requests],
        "faults": sandbox.faults.left(),
        "settings": sandbox.settings.model_dump(),
    }


def _schedules(sandbox: Sandbox) -> list[dict[str, Any]]:
    """What is to come, the next first, and then what is over, the latest first."""
    rows = [row for sql in (_TO_COME, _PAST) for row in sandbox.database.rows(sql, (SCHEDULED, SCHEDULES))]
    shown = [dict(row) for row in rows]
    for entry in shown:
        ids = json.loads(entry.pop("message_ids"))
        entry["sent"], entry["message"] = len(ids), ids[0] if ids and not entry["batch"] else None
    return shown
