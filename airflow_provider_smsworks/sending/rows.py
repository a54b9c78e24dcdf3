"""The rows of a text to many phones: who gets what, by which key it is found again, and in which order they go out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from airflow_provider_smsworks.api.operations import SEND_COLLECTION
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.sending.cost import Cost, cost_of_text
from airflow_provider_smsworks.sending.task import SendingTask

_NO_LIMIT = 10**9


@dataclass(frozen=True)
class Row:
    """
    One message of many.

    :param number: where it stands in the author's list
    :param name: the same in every try: the recipient, and which of several texts to them it is
    :param place: where it stands in the order in which rows go out
    :param arguments: of ``send_message``
    :param cost: what it will cost
    :param body: as it goes out
    """

    number: int
    name: str = field(repr=False)
    place: str
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
        """Return the key of this message, under the key of the whole text."""
        return beginning_of_keys(key) + hashlib.sha256(f"{key}/{self.name}".encode()).hexdigest()[:16]


def place_of(row: Row) -> str:
    """Return where a row stands in the order in which rows go out."""
    return row.place


def beginning_of_keys(key: str) -> str:
    """Return what the keys of all messages of a text begin with."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def rows_of(task: SendingTask, messages: Any) -> Sequence[Row]:
    """
    Return the rows in the order in which they go out.

    :param messages: as ``send_collection`` takes them, but any number of them
    """
    bodies = SEND_COLLECTION.prepare(without_limit(task.settings), messages=messages).body
    seen: Counter[str] = Counter()
    rows = []
    for number, (arguments, body) in enumerate(zip(messages, bodies, strict=True)):
        to = body["destination"]
        name = f"{to}/{seen[to]}"
        seen[to] += 1
        place = task.fingerprint("place", name)
        rows.append(Row(number, name, place, arguments, cost_of_text(to, body["content"]), body))
    return sorted(rows, key=lambda row: row.place)


def without_limit(settings: Settings) -> Settings:
    """Return the settings for a list that will be cut into calls: everything that is wrong in it is told at once."""
    return replace(settings, batch_limit=_NO_LIMIT)
