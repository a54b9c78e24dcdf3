"""
Which texts of a list went out, by what the gateway shows.

Its messages are read page by page into the list's own file, for an account may have a million of them. A message is
the one of a row if it carries the row's key. Where the gateway shows no metadata, it is if it is in a batch of this
task, or has our recipient and words; where a row may have said something else, any message to them from our sender may
be, and nothing is sent.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_smsworks.api.errors import SmsWorksOutcomeUnknownError
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.sending.identity import KEY_PAIR
from airflow_provider_smsworks.sending.keys import beginning_of_keys, key_of
from airflow_provider_smsworks.sending.lookup import find_by_words, phone_of
from airflow_provider_smsworks.sending.messages import shortens
from airflow_provider_smsworks.sending.spool import Row, Spool
from airflow_provider_smsworks.sending.stretches import Stretch
from airflow_provider_smsworks.sending.text import Sought

_SAYS_EVERY = 10.0
"""Seconds."""

_TABLES = """
DROP TABLE IF EXISTS message;
DROP TABLE IF EXISTS found;
CREATE TABLE message (key TEXT, phone TEXT, batch TEXT, "to" TEXT, sender TEXT, content TEXT, created TEXT);
CREATE TABLE found (at INTEGER PRIMARY KEY, batch TEXT);
"""
_INDEXES = """
CREATE INDEX message_by_key ON message (key) WHERE key IS NOT NULL;
CREATE INDEX message_by_phone ON message (phone);
"""
_ROWS_BY_PHONE = "CREATE INDEX IF NOT EXISTS row_by_phone ON row (substr(phone, -9));"


class Shown:
    """
    What the gateway shows of an account.

    :param batch_ids: of calls of this text
    """

    def __init__(self, spool: Spool, sought: Sought, batch_ids: Collection[str], log: logging.Logger) -> None:
        self._spool = spool
        self._sought = sought
        self._batch_ids = frozenset(batch_ids)
        self._beginning = beginning_of_keys(sought.key)
        self._log = log
        self._said = time.monotonic()
        self.messages = 0
        self.by_batch: Counter[str] = Counter()
        self.by_key = 0
        self.shows_metadata = self.shows_batches = False
        spool.script(_TABLES)

    def take(self, messages: Iterable[Record]) -> None:
        """Keep what matters of some messages."""
        rows: list[Sequence[Any]] = []
        for message in messages:
            batch_id, pairs = message["batch_id"], message["metadata"]
            if message["status"] == "INCOMING" or batch_id in self._sought.earlier:
                continue
            self.messages += 1
            self.shows_metadata = self.shows_metadata or bool(pairs)
            self.shows_batches = self.shows_batches or bool(batch_id)
            self.by_batch[batch_id] += batch_id in self._batch_ids
            key = pairs.get(KEY_PAIR) or ""
            if key.startswith(self._beginning):
                self.by_key += 1
                rows.append((key, None, batch_id, None, None, None, None))
            elif not self.shows_metadata:
                said = message["sender"], message["content"], message["created"]
                rows.append((None, phone_of(message["to"]), batch_id, message["to"], *said))
        self._spool.insert("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        if time.monotonic() - self._said > _SAYS_EVERY:
            self._said = time.monotonic()
            self._log.info("Looked through %s messages of the account.", f"{self.messages:,}")

    def find(self, stretches: Iterable[Stretch], body_of: Callable[[Row], Record], *, is_same: bool) -> dict[int, int]:
        """
        Find the rows of stretches that have their text; they stand in the table ``found`` then.

        :param body_of: gives what a row says
        :param is_same: whether the list says what it said when it was attempted; else what a row said is written down
            nowhere
        :return: how many were found, by where the stretch begins and ends in the order
        :raises SmsWorksOutcomeUnknownError: a message may be that of a row, or not
        """
        self._spool.script(_INDEXES if self.shows_metadata else _INDEXES + _ROWS_BY_PHONE)
        counts = {}
        for stretch in stretches:
            found = []
            for row in self._spool.each_left(stretch.after, stretch.upto):
                has_one, batch_id = self._message_of(row, body_of, is_same=is_same)
                if has_one:
                    found.append((row.at, batch_id))
            self._spool.insert("INSERT INTO found VALUES (?, ?)", found)
            counts[id(stretch)] = len(found)
        return counts

    def _message_of(self, row: Row, body_of: Callable[[Row], Record], *, is_same: bool) -> tuple[bool, str | None]:
        """Tell whether a row has its text, and in which batch."""
        by_key = self._spool.all("SELECT batch FROM message WHERE key = ?", key_of(self._sought.key, row.name))
        if by_key or self.shows_metadata:
            return bool(by_key), by_key[0][0] if by_key else None
        phone = phone_of(row.phone)
        columns = ("batch_id", "to", "sender", "content", "created")
        candidates = [
            dict(zip(columns, message, strict=True))
            for message in self._spool.all(
                'SELECT batch, "to", sender, content, created FROM message WHERE phone = ?', phone
            )
        ]
        if not candidates:
            return False, None
        in_ours = [message["batch_id"] for message in candidates if message["batch_id"] in self._batch_ids]
        [[texts]] = self._spool.all("SELECT count(*) FROM row WHERE substr(phone, -9) = ?", phone) if in_ours else [[0]]
        if texts == 1:
            return True, in_ours[0]
        found = self._by_words(row, candidates, body_of(row), is_same=is_same)
        return found is not None, found["batch_id"] if found else None

    def _by_words(self, row: Row, candidates: list[Record], body: Record, *, is_same: bool) -> Record | None:
        def has_words(sender: str, content: str) -> bool:
            return (sender, content) == (body["sender"], body["content"])

        def has_sender(sender: str, content: str) -> bool:
            return bool(sender == body["sender"])

        try:
            return find_by_words(
                candidates, row.phone, has_words, shortens(body) if is_same else has_sender, self._sought.since
            )
        except SmsWorksOutcomeUnknownError:
            if not self._sought.is_decided:
                raise
            return None


@dataclass(frozen=True)
class Unseen:
    """How many of the texts that certainly went out the gateway has to show, and by what they are counted."""

    stretches: Sequence[Stretch]
    certain: int
    settled: int
    is_named: bool

    def count(self, shown: Shown, found: int) -> int:
        """
        Return how many it does not show.

        :param found: how many rows were found
        """
        if shown.shows_batches and self.is_named:
            batch_ids = {one for stretch in self.stretches for one in stretch.batch_ids}
            seen = sum(shown.by_batch[one] for one in batch_ids)
            return max(0, sum(stretch.count for stretch in self.stretches) - seen)
        # By key those of a call whose outcome is open count as well.
        seen = max(sum(shown.by_batch.values()), shown.by_key, self.settled + found)
        return max(0, self.certain - seen)
