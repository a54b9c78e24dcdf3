"""The life of a message after it was accepted.

No clock runs. A message waits for its next steps in the table ``awaited``, and ``advance`` takes every step
whose time has come before anything looks at the messages. The delays are those in force when it looks, so
a changed delay also applies to messages that are still on their way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from airflow_provider_smsworks.sandbox import incoming, phones
from airflow_provider_smsworks.sandbox.numbers import as_reply_number, is_digits
from airflow_provider_smsworks.sandbox.settings import Settings
from airflow_provider_smsworks.sandbox.state import Sandbox
from airflow_provider_smsworks.sandbox.statuses import DELIVERED, EXPIRED, REJECTED, SENT, UNDELIVERABLE


class _Change(NamedTuple):
    """What a step does to the stored message. ``delay`` None: after the message's validity."""

    step: phones.Step
    delay: Callable[[Settings], float | None]
    status: str
    failure: int | None
    refund: bool


# In this order: a handset that is off first misses the message, and then the message expires.
_CHANGES = (
    _Change("deliver", lambda settings: settings.delivery_delay, DELIVERED, None, refund=False),
    _Change("fail", lambda settings: settings.delivery_delay, UNDELIVERABLE, 5001, refund=True),
    _Change("reject", lambda settings: settings.delivery_delay, REJECTED, 5004, refund=True),
    _Change("miss", lambda settings: settings.delivery_delay, SENT, 5006, refund=False),
    _Change("expire", lambda settings: settings.expiry_delay, EXPIRED, 5015, refund=True),
)

_DUE = "step = :step AND since <= :now - :delay"
_DUE_BY_VALIDITY = "step = :step AND since + validity * 60 <= :now"


def begin(sandbox: Sandbox, *, message_id: str, destination: str, sender: str, validity: float, now: float) -> None:
    """Put a newly accepted message on its way. ``validity`` is in minutes."""
    for step in phones.steps(destination):
        if step == "reply" and not is_digits(sender):
            continue  # "if the sender is alphanumeric, the recipient will not be able to reply"
        row = {"step": step, "since": now, "message_id": message_id, "validity": validity}
        sandbox.database.insert("awaited", row)


def advance(sandbox: Sandbox, now: float | None = None) -> None:
    """Take every step whose time has come, or that came by the moment ``now``."""
    now = sandbox.now() if now is None else now
    with sandbox.database.transaction():
        for change in _CHANGES:
            _make(sandbox, change, now)
        _reply(sandbox, now)


def _make(sandbox: Sandbox, change: _Change, now: float) -> None:
    database = sandbox.database
    delay = change.delay(sandbox.settings)
    due = _DUE if delay is not None else _DUE_BY_VALIDITY
    values = {"step": change.step, "now": now, "delay": delay}
    if database.row(f"SELECT 1 FROM awaited WHERE {due} LIMIT 1", values) is None:
        return
    which = f"status = '{SENT}' AND id IN (SELECT message_id FROM awaited WHERE {due})"
    if change.refund:
        # The documents give nothing back for numbers outside the UK.
        back = database.row(f"SELECT sum(credits) AS sum FROM messages WHERE {which} AND NOT international", values)
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
