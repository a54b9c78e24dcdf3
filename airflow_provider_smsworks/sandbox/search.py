"""Searching the stored messages, as the specification's schema Query has it."""

from __future__ import annotations

from collections.abc import Collection
from sqlite3 import Row
from typing import Any

from airflow_provider_smsworks.sandbox.dates import read_date
from airflow_provider_smsworks.sandbox.errors import invalid_date
from airflow_provider_smsworks.sandbox.schemas import Query, pairs
from airflow_provider_smsworks.sandbox.settings import Settings
from airflow_provider_smsworks.sandbox.state import Sandbox
from airflow_provider_smsworks.sandbox.statuses import (
    EXPIRED,
    FAILED,
    INCOMING,
    REJECTED,
    UNDELIVERABLE,
    stored_status,
)

_COMMON = 5000  # messages
_FAILURES = (FAILED, UNDELIVERABLE, EXPIRED, REJECTED)


def search(sandbox: Sandbox, query: Query, statuses: Collection[str] = ()) -> list[Row]:
    """The messages that match all of the query. No document says in which order they come.

    ``statuses``: only those that have one of these stored statuses. A destination must be written as the
    documents ask: "Start UK numbers with 44 and drop the leading 0".
    """
    settings = sandbox.settings
    conditions = ["visible <= ?"]
    values: list[Any] = [sandbox.now() - settings.search_lag]

    def want(condition: str, *wanted: Any) -> None:
        conditions.append(condition)
        values.extend(wanted)

    if query.status:
        want("status = ?", stored_status(query.status, settings))
    if statuses:
        want(f"status IN ({', '.join('?' for _ in statuses)})", *statuses)
    for column in ("destination", "sender", "keyword"):
        if wanted := getattr(query, column):
            want(f"{column} = ?", wanted)
    if query.since:
        want("created >= ?", _moment(query.since, settings))
    if query.until:
        want("created <= ?", _moment(query.until, settings))
    if "credits" in query.model_fields_set:
        want("credits = ?", query.credits)
    if "unread" in query.model_fields_set and query.status == INCOMING:  # "Omit in other circumstances"
        want("unread = ?", query.unread)
    if settings.metadata_search == "filters":
        for key, value in pairs(query.metadata):
            want(_with_pair(sandbox, key, value), key, value)
    if settings.tag_search == "filters" and query.tag:
        want("tag = ?", query.tag)
    order = "created, seq" if settings.search_order == "oldest" else "created DESC, seq DESC"
    return sandbox.database.rows(
        f"SELECT * FROM messages WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT ? OFFSET ?",
        [*values, min(int(query.limit), settings.search_page), int(query.skip)],
    )


def _with_pair(sandbox: Sandbox, key: str, value: str) -> str:
    """A condition; its form says from where SQLite starts, which with a million messages decides about seconds.

    The messages with a rare pair are looked up, and those with a common one are met on the way.
    """
    pair = "metadata_pairs WHERE key = ? AND value = ?"
    if len(sandbox.database.rows(f"SELECT 1 FROM {pair} LIMIT ?", (key, value, _COMMON))) < _COMMON:
        return f"id IN (SELECT message_id FROM {pair})"
    return f"EXISTS (SELECT 1 FROM {pair} AND message_id = messages.id)"


def look(sandbox: Sandbox, query: Query) -> list[Row]:
    """The messages that match, as POST /messages has it; ``inbox`` says whether that makes them read."""
    with sandbox.database.transaction():
        found = search(sandbox, query)
        if sandbox.settings.inbox == "searches_too":
            _mark_read(sandbox, found)
    return found


def failed(sandbox: Sandbox, query: Query) -> list[Row]:
    """The messages that match and did not arrive; no document lists the statuses that are meant."""
    return search(sandbox, query, _FAILURES)


def inbox(sandbox: Sandbox, query: Query) -> list[Row]:
    """The unread incoming messages that match, whatever the query's own status is.

    Unless ``inbox`` = keeping they are read from now on: nothing else can be what sets that.
    """
    honoured = sandbox.settings.inbox_unread == "honoured" and "unread" in query.model_fields_set
    unread = query.unread if honoured else True
    with sandbox.database.transaction():
        found = search(sandbox, query.model_copy(update={"status": INCOMING, "unread": unread}))
        if sandbox.settings.inbox != "keeping":
            _mark_read(sandbox, found)
    return found


def _mark_read(sandbox: Sandbox, rows: list[Row]) -> None:
    for row in rows:
        sandbox.database.run("UPDATE messages SET unread = 0 WHERE seq = ?", (row["seq"],))


def _moment(text: str, settings: Settings) -> float:
    moment = read_date(text, settings.zone)
    if moment is None:
        raise invalid_date(text)
    return moment
