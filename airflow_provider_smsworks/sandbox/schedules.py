"""Scheduled messages and batches, from the request to the moment that they are sent or cancelled.

Scheduling takes no credits and writes nothing to the ledger: a message is accepted when its time comes,
and then at exactly that moment. The same checks are made again then; a message that fails them, or finds
no credit, is stored with the status FAILED. No document says what the gateway does about it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from sqlite3 import Row
from typing import Any

from airflow_provider_smsworks.sandbox import batches
from airflow_provider_smsworks.sandbox.accept import NO_CREDIT, Origin, accept_each
from airflow_provider_smsworks.sandbox.dates import read_date
from airflow_provider_smsworks.sandbox.drafts import examine
from airflow_provider_smsworks.sandbox.errors import GatewayError, invalid_date, refused
from airflow_provider_smsworks.sandbox.state import Sandbox
from airflow_provider_smsworks.sandbox.statuses import CANCELLED, PROCESSED, SCHEDULED

LATEST = 253_402_300_800  # seconds since 1970: the year 10000, which no date can be written for
SHOWN = 92 * 86400  # seconds: "any messages scheduled in the last 3 months"


def plan(sandbox: Sandbox, request: Mapping[str, Any], operation: str, *, batch: bool) -> str:
    """Keep a request that was checked until its ``schedule``; returns its id. Raises error 4009."""
    supplied, now = request.get("schedule", ""), sandbox.now()
    moment, settings = read_date(supplied, sandbox.settings.zone), sandbox.settings
    due = None if moment is None else moment - settings.clock_skew  # the true moment at which its clock shows that
    if due is None or not now - settings.schedule_tolerance < due < LATEST:
        raise invalid_date(supplied)
    schedule_id = sandbox.new_id()
    sandbox.database.insert(
        "schedules",
        {
            "id": schedule_id,
            "operation": operation,
            "batch": batch,
            "status": SCHEDULED,
            "due": max(due, now),
            "request": json.dumps(request),
            "message_ids": "[]",
            "created": now,
            "modified": now,
        },
    )
    return schedule_id


def cancel(sandbox: Sandbox, schedule_id: str, *, batch: bool) -> str:
    """Cancel what is not sent yet; returns its status then.

    Raises error 4008 if there is no such entry: the documents have no other that would fit. The setting
    ``cancel_again`` says whether that is so, too, for one that was cancelled or sent before.
    """
    changed = sandbox.database.run(
        "UPDATE schedules SET status = ?, modified = ? WHERE id = ? AND batch = ? AND status = ?",
        (CANCELLED, sandbox.now(), schedule_id, batch, SCHEDULED),
    )
    if changed:
        return CANCELLED
    entry = sandbox.database.row("SELECT status FROM schedules WHERE id = ? AND batch = ?", (schedule_id, batch))
    if entry is None or sandbox.settings.cancel_again == "refused":
        raise refused(4008)
    return str(entry["status"])


def shown(sandbox: Sandbox) -> list[Row]:
    """The entries that the gateway shows: those of the last three months and those to come, oldest first."""
    since = sandbox.now() - SHOWN
    return sandbox.database.rows("SELECT * FROM schedules WHERE created >= ? OR due >= ? ORDER BY seq", (since, since))


def due(sandbox: Sandbox, now: float) -> list[Row]:
    """The entries whose time has come, in the order of time."""
    return sandbox.database.rows(
        "SELECT * FROM schedules WHERE status = ? AND due <= ? ORDER BY due, seq", (SCHEDULED, now)
    )


def send(sandbox: Sandbox, entry: Row) -> None:
    """Send the messages of an entry, within the caller's transaction."""
    request, settings = json.loads(entry["request"]), sandbox.settings
    drafts = batches.draft_batch(request, settings) if entry["batch"] else [examine(request, settings)]
    try:
        drafts = list(batches.afford(sandbox, drafts))
    except GatewayError:
        drafts = [replace(draft, problem=draft.problem or NO_CREDIT) for draft in drafts]
    origin = Origin(entry["operation"], entry["id"] if entry["batch"] else None, entry["due"])
    kept = not entry["batch"] and settings.scheduled_id == "kept"
    ids = accept_each(sandbox, drafts, origin, entry["id"] if kept else None)
    sandbox.database.run(
        "UPDATE schedules SET status = ?, modified = ?, message_ids = ? WHERE seq = ?",
        (PROCESSED, entry["due"], json.dumps(ids), entry["seq"]),
    )
