"""The life of a message after it was accepted.

No clock runs. A message waits for its next steps in the table ``awaited``, and ``advance`` takes every step
whose time has come before anything looks at the messages. The delays are those in force when it looks, so
a changed delay also applies to messages that are still on their way.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from math import inf
from typing import Any, NamedTuple

from airflow_provider_smsworks.sandbox import incoming, phones, scripts
from airflow_provider_smsworks.sandbox.flood import FLOODED
from airflow_provider_smsworks.sandbox.numbers import as_reply_number, is_digits
from airflow_provider_smsworks.sandbox.settings import Settings
from airflow_provider_smsworks.sandbox.state import Sandbox
from airflow_provider_smsworks.sandbox.statuses import DELIVERED, EXPIRED, REJECTED, SENT, UNDELIVERABLE, UNKNOWN


class _Change(NamedTuple):
    """What a step does to the stored message. ``delay`` None: after the message's validity."""

    step: phones.Step
    delay: Callable[[Settings], float | None]
    status: str
    failure: int | None
    refund: bool


def _until_unknown(settings: Settings) -> float:
    return settings.delivery_delay if settings.no_report == "unknown" else inf


# In this order: a handset that is off first misses the message, and then the message expires.
_CHANGES = (
    _Change("deliver", lambda settings: settings.delivery_delay, DELIVERED, None, refund=False),
    _Change("fail", lambda settings: settings.delivery_delay, UNDELIVERABLE, 5001, refund=True),
    _Change("reject", lambda settings: settings.delivery_delay, REJECTED, 5004, refund=True),
    _Change("flood", lambda settings: settings.delivery_delay, REJECTED, FLOODED, refund=True),
    _Change("unknown", _until_unknown, UNKNOWN, None, refund=False),
    _Change("miss", lambda settings: settings.delivery_delay, SENT, 5006, refund=False),
    _Change("expire", lambda settings: settings.expiry_delay, EXPIRED, 5015, refund=True),
)

AWAITED = ("step", "since", "message_id", "validity")  # minutes; those of the ttl for the step "forget"
_DUE = "step = :step AND since <= :now - :delay"
_DUE_BY_VALIDITY = "step = :step AND since + validity * 60 <= :now"


def begin(
    sandbox: Sandbox,
    *,
    message_id: str,
    destination: str,
    sender: str,
    content: str,
    validity: float,
    ttl: float,
    flooded: bool,
    now: float,
) -> list[tuple[Any, ...]]:
    """Put a newly accepted message on its way; returns the rows of its next steps, which the caller stores.

    ``validity`` and ``ttl`` are in minutes. A ``flooded`` message never reaches the phone.
    """
    steps: tuple[phones.Step, ...] = ("flood",) if flooded else phones.steps(destination)
    # "if the sender is alphanumeric, the recipient will not be able to reply"
    can_reply = is_digits(sender) and phones.gets(destination) and not flooded
    told = can_reply and scripts.answer(
        sandbox.database, phone=destination, to=as_reply_number(sender), content=content, now=now
    )
    ahead = [(step, now, message_id, validity) for step in steps if step != "reply" or (can_reply and not told)]
    return [*ahead, ("forget", now, message_id, ttl)] if ttl else ahead


def advance(sandbox: Sandbox, now: float | None = None) -> None:
    """Take every step whose time has come, or that came by the moment ``now``."""
    now = sandbox.now() if now is None else now
    with sandbox.database.transaction():
        for change in _CHANGES:
            _make(sandbox, change, now)
        _reply(sandbox, now)
        _reply_as_told(sandbox, now)
        _forget(sandbox, now)


def _make(sandbox: Sandbox, change: _Change, now: float) -> None:
    database = sandbox.database
    delay = change.delay(sandbox.settings)
    due = _DUE if delay is not None else _DUE_BY_VALIDITY
    values = {"step": change.step, "now": now, "delay": delay}
    if database.row(f"SELECT 1 FROM awaited WHERE {due} LIMIT 1", values) is None:
        return
    # The plus keeps SQLite from going through all that are on their way, which may be a million.
    which = f"+status = '{SENT}' AND id IN (SELECT message_id FROM awaited WHERE {due})"
    if change.refund:
        # The documents give nothing back for numbers outside the UK, but a text that the platform rejects is free.
        paid_back = "" if change.status == REJECTED else "AND NOT international"
        back = database.row(f"SELECT sum(credits) AS sum FROM messages WHERE {which} {paid_back}", values)
        sandbox.balance += (back and back["sum"]) or 0
    database.run(
        "UPDATE messages SET status = :status, failure = :failure, modified = created + coalesce(:delay, "
        "(SELECT validity * 60 FROM awaited WHERE message_id = messages.id AND step = :step)) "
        f"WHERE {which}",
        {**values, "status": change.status, "failure": change.failure},
    )
    database.run(f"DELETE FROM awaited WHERE {due}", values)


def _reply(sandbox: Sandbox, now: float) -> None:
    delay = sandbox.settings.reply_delay
    due = sandbox.database.rows(
        'SELECT ledger."to" AS phone, sender, content, since FROM awaited JOIN ledger USING (message_id) '
        f"WHERE {_DUE} ORDER BY since",
        {"step": "reply", "now": now, "delay": delay},
    )
    for text in due:
        incoming.receive(
            sandbox,
            phone=text["phone"],
            to=as_reply_number(text["sender"]),
            content=phones.reply(text["phone"], text["content"]),
            at=text["since"] + delay,
        )
    if due:
        sandbox.database.run(f"DELETE FROM awaited WHERE {_DUE}", {"step": "reply", "now": now, "delay": delay})


def _reply_as_told(sandbox: Sandbox, now: float) -> None:
    due = sandbox.database.rows(
        'SELECT phone, "to", content, due AS at FROM replies WHERE due <= ? ORDER BY due, seq', (now,)
    )
    for text in due:
        incoming.receive(sandbox, **dict(text))
    if due:
        sandbox.database.run("DELETE FROM replies WHERE due <= ?", (now,))


def _forget(sandbox: Sandbox, now: float) -> None:
    """Delete the reports whose ttl is over: "the number of minutes before the delivery report is deleted"."""
    delay = sandbox.settings.ttl_delay
    due = _DUE if delay is not None else _DUE_BY_VALIDITY
    values = {"step": "forget", "now": now, "delay": delay}
    for row in sandbox.database.rows(f"SELECT message_id FROM awaited WHERE {due}", values):
        forget(sandbox, row["message_id"])
    sandbox.database.run(f"DELETE FROM awaited WHERE {due}", values)


def forget(sandbox: Sandbox, message_id: str) -> bool:
    """Delete a message, but not from the ledger; returns whether there was one.

    A text that is on its way still arrives; its refund is lost with it.
    """
    message = sandbox.database.row("SELECT metadata FROM messages WHERE id = ?", (message_id,))
    if message is None:
        return False
    for key, value in json.loads(message["metadata"]):
        sandbox.database.run(
            "DELETE FROM metadata_pairs WHERE key = ? AND value = ? AND message_id = ?", (key, value, message_id)
        )
    sandbox.database.run("DELETE FROM messages WHERE id = ?", (message_id,))
    return True
