"""The one place that accepts a message: takes its credits, stores it, and writes the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from airflow_provider_smsworks.sandbox import life
from airflow_provider_smsworks.sandbox.countries import price_of_number
from airflow_provider_smsworks.sandbox.dates import precise
from airflow_provider_smsworks.sandbox.drafts import Draft
from airflow_provider_smsworks.sandbox.errors import refused
from airflow_provider_smsworks.sandbox.flood import FLOODED, is_flooded
from airflow_provider_smsworks.sandbox.state import Sandbox
from airflow_provider_smsworks.sandbox.statuses import FAILED, SENT


@dataclass(frozen=True)
class Origin:
    """Where a message comes from.

    ``operation`` is the one that the ledger names, such as ``POST /message/send``. ``due`` is the moment
    that a message was scheduled for: that is when it is accepted, whenever the sandbox gets to it.
    """

    operation: str
    batch_id: str | None = None
    due: float | None = None


@dataclass(frozen=True)
class Accepted:
    """A message that was accepted, and what it cost."""

    message_id: str
    parts: int
    credits: float
    pairs: list[tuple[str, str]]


def accept(sandbox: Sandbox, draft: Draft, origin: Origin | str, message_id: str | None = None) -> Accepted:
    """Accept a message, or raise the gateway's answer if there is no credit for it or the flood filter stops it.

    ``origin`` may be just the operation. An operation that accepts several messages, all or none, calls
    this within a transaction of its own. ``message_id`` None takes a new one.
    """
    origin = Origin(origin) if isinstance(origin, str) else origin
    accepted = Accepted(message_id or sandbox.new_id(), draft.parts, cost(draft), draft.pairs)
    now = sandbox.now() if origin.due is None else origin.due
    with sandbox.database.transaction():
        check_credit(sandbox, [draft])
        flooded = is_flooded(sandbox, draft, now)
        if flooded and sandbox.settings.flood_filter == "answer":
            raise refused(FLOODED)
        sandbox.balance -= accepted.credits
        _store(sandbox, draft, accepted, SENT, origin, now)
        life.begin(
            sandbox,
            message_id=accepted.message_id,
            destination=draft.destination.digits,
            sender=draft.sender,
            content=draft.content,
            validity=draft.validity,
            ttl=draft.ttl,
            flooded=flooded,
            now=now,
        )
        _write_ledger(sandbox, draft, accepted, origin, now)
    return accepted


def record_failure(sandbox: Sandbox, draft: Draft, origin: Origin, message_id: str | None = None) -> str:
    """Store a message that cannot be sent, with its problem; it costs nothing and is not in the ledger."""
    failed = Accepted(message_id or sandbox.new_id(), draft.parts, 0.0, draft.pairs)
    now = sandbox.now() if origin.due is None else origin.due
    _store(sandbox, draft, failed, FAILED, origin, now)
    return failed.message_id


def cost(draft: Draft) -> float:
    """The credits that a message takes."""
    return draft.parts * price_of_number(draft.destination)


def check_credit(sandbox: Sandbox, drafts: Iterable[Draft]) -> None:
    """Raise error 4021 if there is not enough credit for all of these messages that can be sent."""
    if spendable(sandbox) < sum(cost(draft) for draft in drafts if draft.problem is None):
        raise refused(4021)


def spendable(sandbox: Sandbox) -> float:
    """The credits that can be spent."""
    return sandbox.balance + sandbox.settings.overdraft


def _store(sandbox: Sandbox, draft: Draft, accepted: Accepted, status: str, origin: Origin, now: float) -> None:
    sandbox.database.insert(
        "messages",
        {
            "id": accepted.message_id,
            "status": status,
            "failure": draft.problem,
            "sender": draft.sender,
            "destination": draft.destination.digits,
            "international": draft.destination.international,
            "content": draft.content,
            "tag": draft.tag or "",
            "keyword": "",
            "metadata": json.dumps(draft.pairs),
            "report_url": draft.report_url,
            "batch_id": origin.batch_id,
            "parts": accepted.parts,
            "credits": accepted.credits,
            "created": sandbox.dated(now),
            "modified": sandbox.dated(now),
            "unread": False,
            "visible": now,
        },
    )
    for key, value in draft.pairs:
        sandbox.database.insert("metadata_pairs", {"message_id": accepted.message_id, "key": key, "value": value})


def _write_ledger(sandbox: Sandbox, draft: Draft, accepted: Accepted, origin: Origin, now: float) -> None:
    sandbox.database.insert(
        "ledger",
        {
            "operation": origin.operation,
            "message_id": accepted.message_id,
            "to": draft.destination.digits,
            "sender": draft.sender,
            "content": draft.content,
            "metadata": json.dumps(draft.metadata),
            "tag": draft.tag,
            "batch_id": origin.batch_id,
            "schedule": None if origin.due is None else precise(origin.due),
            "accepted_at": now,
            "parts": accepted.parts,
            "credits": accepted.credits,
        },
    )
