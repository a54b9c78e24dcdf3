"""One text as it would go out now: what the rule that sends once has to know of it, whatever its kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_smsworks.api.operations import Call
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.sending.journal import Entry

if TYPE_CHECKING:
    from airflow_provider_smsworks.sending.cost import Cost


def sent_message(message: Record, adopted: bool) -> Record:
    """Return what a task returns of one message."""
    return {
        "message_id": message["message_id"],
        "status": message["status"],
        "parts": message.get("parts"),
        "credits_used": message.get("credits_used"),
        "adopted": adopted,
    }


def _all_of_it(found: Record) -> None:
    return None


@dataclass(frozen=True)
class Text:
    """
    One text as it would go out now: to one phone or in one call to many.

    :param key: of the logical send
    :param words: fingerprint of what it says
    :param prepare: makes the call, given the key that the message shall carry
    :param find: looks for what carries a key and words, since a moment, and raises where that cannot be known; None
        if the gateway has no look-up for it
    :param result: what the task returns of what the gateway answered, or (adopted) of what was found
    :param rest: what has to be sent yet, of what was found; None if that is all
    :param withdraw: takes back what an earlier try returned, and tells whether it will not go out; raises, and
        takes nothing back, where this text cannot take its place; None if that cannot be
    :param bill: what it will cost, for each recipient: number, parts, least and most credits of one at home
    """

    key: str
    words: str
    prepare: Callable[[str], Call[Record]]
    find: Callable[[str, str, dt.datetime], Record | None] | None
    result: Callable[[Record, bool], Record] = sent_message
    rest: Callable[[Record], Text | None] = _all_of_it
    withdraw: Callable[[Record], bool] | None = None
    bill: Sequence[Cost] = ()

    def key_of(self, entry: Entry) -> str:
        """Return the key that the message of an entry carries."""
        return f"{self.key}-{entry.resend}" if entry.resend else self.key


def name_of(result: Record) -> str:
    """Name what was sent, for the log."""
    batch_ids = result.get("batch_ids")
    if batch_ids is None:
        return f"message {result.get('message_id')}"
    return f"batch {', '.join(batch_ids)}" if batch_ids else "a batch whose id is not known"
