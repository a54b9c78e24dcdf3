"""The one place that accepts a message: takes its credits, stores it, and writes the ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass

from airflow_provider_smsworks.sandbox import life
from airflow_provider_smsworks.sandbox.drafts import Draft
from airflow_provider_smsworks.sandbox.errors import refused
from airflow_provider_smsworks.sandbox.parts import count_parts
from airflow_provider_smsworks.sandbox.state import Sandbox
from airflow_provider_smsworks.sandbox.statuses import SENT

CREDITS_PER_PART = 1.0
CREDITS_PER_PART_ABROAD = 2.0  # "typically charged double"


@dataclass(frozen=True)
class Accepted:
    """A message that was accepted, and what it cost."""

    message_id: str
    parts: int
    credits: float
    pairs: list[tuple[str, str]]


def accept(sandbox: Sandbox, draft: Draft, operation: str, batch_id: str | None = None) -> Accepted:
    """Accept a message now, or raise the gateway's answer if there is no credit for it.

    ``operation`` is the one that the ledger names, such as ``POST /message/send``. An operation that
    accepts several messages, all or none, calls this within a transaction of its own.
    """
    parts = count_parts(draft.content)
    credits = parts * (CREDITS_PER_PART_ABROAD if draft.destination.international else CREDITS_PER_PART)
    now = sandbox.now()
    accepted = Accepted(sandbox.new_id(), parts, credits, draft.pairs)
    with sandbox.database.transaction():
        balance = sandbox.balance
        if balance < credits:
            raise refused(4021)
        sandbox.balance = balance - credits
        _store(sandbox, draft, accepted, batch_id, now)
        life.begin(
            sandbox,
            message_id=accepted.message_id,
            destination=draft.destination.digits,
            sender=draft.sender,
            validity=draft.validity,
            now=now,
        )
        _write_ledger(sandbox, draft, accepted, operation, batch_id, now)
    return accepted


def _store(sandbox: Sandbox, draft: Draft, accepted: Accepted, batch_id: str | None, now: float) -> None:
    sandbox.database.insert(
        "messages",
        {
            "id": accepted.message_id,
            "status": SENT,
            "sender": draft.sender,
            "destination": draft.destination.digits,
            "international": draft.destination.international,
            "content": draft.content,
            "tag": draft.tag or "",
            "keyword": "",
            "metadata": json.dumps(draft.pairs),
            "report_url": draft.report_url,
            "batch_id": batch_id,
            "parts": accepted.parts,
            "credits": accepted.credits,
            "created": now,
            "modified": now,
            "unread": False,
        },
    )
    for key, value in draft.pairs:
        sandbox.database.insert("metadata_pairs", {"message_id": accepted.message_id, "key": key, "value": value})


def _write_ledger(
    sandbox: Sandbox, draft: Draft, accepted: Accepted, operation: str, batch_id: str | None, now: float
) -> None:
    sandbox.database.insert(
        "ledger",
        {
            "operation": operation,
            "message_id": accepted.message_id,
            "to": draft.destination.digits,
            "sender": draft.sender,
            "content": draft.content,
            "metadata": json.dumps(draft.metadata),
            "tag": draft.tag,
            "batch_id": batch_id,
            "schedule": None,
            "accepted_at": now,
            "parts": accepted.parts,
            "credits": accepted.credits,
        },
    )
