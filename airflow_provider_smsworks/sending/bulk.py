"""
Texts to many phones in one call.

Every message of the call carries a key of its own in its metadata, made of the task and the recipient; so they go out
as a collection, for a plain batch has no metadata. After any doubt the messages since the first attempt are read, and
who got theirs gets none: also if the list comes back in another order or with other people in it. Where the gateway
shows no metadata, a message is ours if it has our recipient and words; where the list changed, any message to them
from our sender may be, and nothing is sent.

The list is written down nowhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from airflow_provider_smsworks.api.operations import SEND_BATCH, SEND_COLLECTION, Call
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.sending.cost import Cost, cost_of_text
from airflow_provider_smsworks.sending.identity import KEY_PAIR, pairs_of
from airflow_provider_smsworks.sending.lookup import by_phone, find_by_words, messages_since, phone_of
from airflow_provider_smsworks.sending.messages import shortens, with_pairs
from airflow_provider_smsworks.sending.task import SendingTask
from airflow_provider_smsworks.sending.text import Text


@dataclass(frozen=True)
class Row:
    """
    One message of many.

    :param name: the same in every try: the recipient, and which of several texts to them it is
    :param arguments: of ``send_message``
    :param cost: what it will cost
    :param body: as it goes out
    """

    name: str
    arguments: Mapping[str, Any] = field(repr=False)
    cost: Cost = field(repr=False)
    body: Mapping[str, Any] = field(repr=False)

    def has_words(self, sender: str, content: str) -> bool:
        """Tell whether a message says what this one says."""
        return (sender, content) == (self.body["sender"], self.body["content"])

    def has_sender(self, sender: str, content: str) -> bool:
        """Tell whether a message has the sender of this one, whatever it says."""
        return bool(sender == self.body["sender"])

    def key(self, key: str) -> str:
        """Return the key of this message, under the key of the whole call."""
        return hashlib.sha256(f"{key}/{self.name}".encode()).hexdigest()[:32]


def batch_text(task: SendingTask, arguments: Mapping[str, Any]) -> Text:
    """
    Return one text to many phones.

    :param arguments: of ``send_batch``
    """
    numbers = SEND_BATCH.prepare(task.settings, **arguments).body["destinations"]
    # With +, for without it a number abroad could be read as one of the connection's own region.
    return _text(task, [{**arguments, "to": f"+{number}"} for number in numbers])


def collection_text(task: SendingTask, messages: Any, common: Mapping[str, Any]) -> Text:
    """
    Return texts to many phones, each with words of its own.

    :param messages: as ``send_collection`` takes them
    :param common: what holds for messages that do not say otherwise
    """
    if isinstance(messages, Iterable) and not isinstance(messages, str | bytes | Mapping):
        messages = [{**common, **entry} if isinstance(entry, Mapping) else entry for entry in messages]
    return _text(task, messages)


def _text(task: SendingTask, messages: Any) -> Text:
    rows = _rows(task, messages)
    words = task.fingerprint("words", *(f"{row.name} {row.body['sender']} {row.body['content']}" for row in rows))
    return _Bulk(task, rows, words).text()


def _rows(task: SendingTask, messages: Any) -> list[Row]:
    bodies = SEND_COLLECTION.prepare(task.settings, messages=messages).body
    seen: Counter[str] = Counter()
    rows = []
    for arguments, body in zip(messages, bodies, strict=True):
        to = body["destination"]
        rows.append(Row(f"{to}/{seen[to]}", arguments, cost_of_text(to, body["content"]), body))
        seen[to] += 1
    return rows


@dataclass(frozen=True)
class _Bulk:
    """
    The rows that have to be sent yet.

    :param words: fingerprint of what all rows say
    :param earlier: the batches of an earlier try, which texted the others
    :param texted: how many others
    """

    task: SendingTask
    rows: Sequence[Row]
    words: str
    earlier: tuple[str, ...] = ()
    texted: int = 0

    def text(self) -> Text:
        bill = [row.cost for row in self.rows]
        # Without the recipients: a list that changed between two tries is the same task's.
        key = self.task.key("batch")
        return Text(key, self.words, self.prepare, self.find, self.result, rest=self.rest, bill=bill)

    def prepare(self, key: str) -> Call[Record]:
        messages = [with_pairs(row.arguments, pairs_of(self.task.conn_id, row.key(key))) for row in self.rows]
        return SEND_COLLECTION.prepare(self.task.settings, messages=messages)

    def find(self, key: str, words: str, since: dt.datetime) -> Record | None:
        messages = messages_since(self.task.hook.search_all_messages, since)
        by_key = {message["metadata"].get(KEY_PAIR): message for message in messages}
        shows_metadata = any(message["metadata"] for message in messages)
        to_phone = {} if shows_metadata else by_phone(messages)
        found = {}
        for row in self.rows:
            message = by_key.get(row.key(key))
            if message is None and (candidates := to_phone.get(phone_of(row.cost.to))):
                # What this row said in another list is written down nowhere.
                may_have_words = shortens(row.body) if words == self.words else row.has_sender
                message = find_by_words(candidates, row.cost.to, row.has_words, may_have_words, since)
            if message is not None:
                found[row.name] = message
        if not found:
            return None
        batch_ids = dict.fromkeys(message["batch_id"] for message in found.values() if message["batch_id"])
        return {"batch_ids": list(batch_ids), "status": "SENT", "names": frozenset(found)}

    def rest(self, found: Record) -> Text | None:
        """Return what an earlier try did not send: to people who were not on its list."""
        left = [row for row in self.rows if row.name not in found["names"]]
        if not left:
            return None
        batch_ids, texted = (*self.earlier, *found["batch_ids"]), self.texted + len(found["names"])
        return replace(self, rows=left, earlier=batch_ids, texted=texted).text()

    def result(self, answer: Record, adopted: bool) -> Record:
        batch_ids = answer["batch_ids"] if adopted else [answer["batch_id"]]
        return {
            "batch_ids": [*self.earlier, *batch_ids],
            # The gateway's own word here is SCHEDULED, in its documents' example, although nothing is.
            "status": "SENT",
            "recipients": self.texted + len(self.rows),
            "parts": None if adopted or self.texted else sum(row.cost.parts for row in self.rows),
            "credits_used": None,
            "adopted": adopted,
        }
