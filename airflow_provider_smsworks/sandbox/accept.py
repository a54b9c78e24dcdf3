"""The one place that accepts messages: takes their credits, stores them, and writes the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_smsworks.sandbox import life
from airflow_provider_smsworks.sandbox.countries import price_of_number
from airflow_provider_smsworks.sandbox.dates import precise
from airflow_provider_smsworks.sandbox.drafts import Draft
from airflow_provider_smsworks.sandbox.errors import refused
from airflow_provider_smsworks.sandbox.flood import FLOODED, FloodFilter
from airflow_provider_smsworks.sandbox.state import Sandbox
from airflow_provider_smsworks.sandbox.statuses import FAILED, SENT

NO_CREDIT = 4021
SEND_KEY = "airflow_send"  # the pair of metadata that tells one text from another, with whoever marks them so

_MESSAGE = (
    *("id", "status", "failure", "sender", "destination", "international", "content", "tag", "keyword", "metadata"),
    *("report_url", "batch_id", "parts", "credits", "created", "modified", "unread", "visible"),
)
_LEDGER = (
    *("operation", "message_id", "to", "sender", "content", "metadata", "tag", "batch_id", "schedule"),
    *("accepted_at", "parts", "credits", "send_key"),
)


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

    ``origin`` may be just the operation. ``message_id`` None takes a new one.
    """
    with sandbox.database.transaction():
        intake = _Intake(sandbox, Origin(origin) if isinstance(origin, str) else origin)
        if problem := intake.problem(draft):
            raise refused(problem)
        accepted = intake.accept(draft, message_id or sandbox.new_id())
        intake.store()
    return accepted


def accept_each(sandbox: Sandbox, drafts: Sequence[Draft], origin: Origin, message_id: str | None = None) -> list[str]:
    """Accept each message, or record why it fails; returns their ids. ``message_id`` is for a single one.

    One that fails costs nothing and is not in the ledger. The messages are written together, which for
    thousands of them takes a fraction of the time.
    """
    ids = []
    with sandbox.database.transaction():
        intake = _Intake(sandbox, origin)
        for draft in drafts:
            ids.append(message_id or sandbox.new_id())
            problem = draft.problem or intake.problem(draft)
            if problem:
                intake.fail(draft, problem, ids[-1])
            else:
                intake.accept(draft, ids[-1])
        intake.store()
    return ids


def cost(draft: Draft) -> float:
    """The credits that a message takes."""
    return draft.parts * price_of_number(draft.destination)


def check_credit(sandbox: Sandbox, drafts: Iterable[Draft]) -> None:
    """Raise error 4021 if there is not enough credit for all of these messages that can be sent."""
    if spendable(sandbox) < sum(cost(draft) for draft in drafts if draft.problem is None):
        raise refused(NO_CREDIT)


def spendable(sandbox: Sandbox) -> float:
    """The credits that can be spent."""
    return sandbox.balance + sandbox.settings.overdraft


class _Intake:
    """Messages of one call, one after the other; they are in the database after ``store``."""

    def __init__(self, sandbox: Sandbox, origin: Origin) -> None:
        self._sandbox = sandbox
        self._origin = origin
        self._balance = sandbox.balance
        self._filter = sandbox.settings.flood_filter
        self._flood = FloodFilter(sandbox.database)
        self._schedule = None if origin.due is None else precise(origin.due)
        self._messages: list[tuple[Any, ...]] = []
        self._pairs: list[tuple[str, str, str]] = []
        self._awaited: list[tuple[Any, ...]] = []
        self._ledger: list[tuple[Any, ...]] = []

    def problem(self, draft: Draft) -> int | None:
        """The error of a message that could be sent, but for the messages before it."""
        if self._balance + self._sandbox.settings.overdraft < cost(draft):
            return NO_CREDIT
        return FLOODED if self._filter == "answer" and self._flood.stops(draft, self._now()) else None

    def accept(self, draft: Draft, message_id: str) -> Accepted:
        """Take a message that has no problem."""
        now = self._now()
        accepted = Accepted(message_id, draft.parts, cost(draft), draft.pairs)
        flooded = self._filter == "report" and self._flood.stops(draft, now)
        self._balance -= accepted.credits
        self._add(draft, accepted, SENT, None, now)
        self._awaited += life.begin(
            self._sandbox,
            message_id=message_id,
            destination=draft.destination.digits,
            sender=draft.sender,
            content=draft.content,
            validity=draft.validity,
            ttl=draft.ttl,
            flooded=flooded,
            now=now,
        )
        if self._filter != "off":
            self._flood.count(draft)
        self._ledger.append(
            (
                self._origin.operation,
                message_id,
                draft.destination.digits,
                draft.sender,
                draft.content,
                _dumps(draft.metadata),
                draft.tag,
                self._origin.batch_id,
                self._schedule,
                now,
                accepted.parts,
                accepted.credits,
                dict(draft.pairs).get(SEND_KEY),
            )
        )
        return accepted

    def fail(self, draft: Draft, problem: int, message_id: str) -> None:
        """Take a message that cannot be sent."""
        self._add(draft, Accepted(message_id, draft.parts, 0.0, draft.pairs), FAILED, problem, self._now())

    def store(self) -> None:
        """Write everything down, within the caller's transaction."""
        database = self._sandbox.database
        self._sandbox.balance = self._balance
        database.insert_many("messages", _MESSAGE, self._messages)
        database.insert_many("metadata_pairs", ("message_id", "key", "value"), self._pairs)
        database.insert_many("awaited", life.AWAITED, self._awaited)
        database.insert_many("ledger", _LEDGER, self._ledger)

    def _now(self) -> float:
        return self._sandbox.now() if self._origin.due is None else self._origin.due

    def _add(self, draft: Draft, accepted: Accepted, status: str, problem: int | None, now: float) -> None:
        dated = self._sandbox.dated(now)
        self._messages.append(
            (
                accepted.message_id,
                status,
                problem,
                draft.sender,
                draft.destination.digits,
                draft.destination.international,
                draft.content,
                draft.tag or "",
                "",
                _dumps(draft.pairs),
                draft.report_url,
                self._origin.batch_id,
                accepted.parts,
                accepted.credits,
                dated,
                dated,
                False,
                now,
            )
        )
        for key, value in dict.fromkeys(draft.pairs):
            self._pairs.append((accepted.message_id, key, value))


def _dumps(value: Any) -> str:
    return json.dumps(value) if value else "{}" if isinstance(value, dict) else "[]"
