"""
Texts to many phones, in as few calls as the gateway takes.

Every message carries a key of its own in its metadata, made of the task and the recipient; so they go out as
collections, for a plain batch has no metadata. Before each call it is written down how far the calls have come, see
:mod:`progress`: a task that was killed goes on behind what certainly went out. What may have gone out is looked for at
the gateway, and so is everything where people have joined or left the list: who got theirs gets none. Where the
gateway shows no metadata, a message is ours if it has our recipient and words; where the list changed, any message to
them from our sender may be, and nothing is sent.

The list is written down nowhere.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from airflow_provider_smsworks.api.errors import SmsWorksOutcomeUnknownError
from airflow_provider_smsworks.api.operations import SEND_BATCH, SEND_COLLECTION, Call
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.sending.identity import KEY_PAIR, pairs_of
from airflow_provider_smsworks.sending.lookup import by_phone, find_by_words, messages_since, phone_of
from airflow_provider_smsworks.sending.messages import shortens, with_pairs
from airflow_provider_smsworks.sending.progress import NOBODY, NOTHING_DONE, Progress, seal_of
from airflow_provider_smsworks.sending.rows import Row, beginning_of_keys, place_of, rows_of, without_limit
from airflow_provider_smsworks.sending.task import SendingTask
from airflow_provider_smsworks.sending.text import Sought, Text


def batch_text(task: SendingTask, arguments: Mapping[str, Any]) -> Text:
    """
    Return one text to many phones.

    :param arguments: of ``send_batch``
    """
    numbers = SEND_BATCH.prepare(without_limit(task.settings), **arguments).body["destinations"]
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
    rows = rows_of(task, messages)
    words = task.fingerprint("words", *(f"{row.name} {row.body['sender']} {row.body['content']}" for row in rows))
    return _Bulk(task, rows, rows, words).text()


@dataclass(frozen=True)
class _Bulk:
    """
    The rows that have to be sent yet.

    :param everybody: all rows of the list, in the order of their places
    :param left: those that have to be sent yet
    :param words: fingerprint of what all rows say
    :param done: what has gone out
    :param is_known: whether ``done`` says how far earlier calls may have reached; else any row may have been in one
    :param has_changed: whether people have joined or left the list since
    """

    task: SendingTask
    everybody: Sequence[Row]
    left: Sequence[Row]
    words: str
    done: Progress = NOTHING_DONE
    is_known: bool = False
    has_changed: bool = False

    def text(self) -> Text:
        bill = [row.cost for row in self.left]
        # Without the recipients: a list that changed between two tries is the same task's.
        key = self.task.key("batch")
        return Text(key, self.words, self.prepare, self.find, self.result, bill=bill, many=self)

    @cached_property
    def call(self) -> Sequence[Row]:
        """The rows of the next call, in the author's order."""
        return sorted(self.left[: self.task.settings.batch_limit], key=lambda row: row.number)

    @cached_property
    def doubtful(self) -> Sequence[Row]:
        """Those that an earlier call may have texted."""
        return [row for row in self.left if row.place <= self.done.reach] if self.is_known else self.left

    @property
    def so_far(self) -> str:
        return f"{self.done.texted:,} of {len(self.everybody):,} text(s) have gone out; {len(self.left):,} are left."

    @property
    def is_doubtful(self) -> bool:
        return self.is_known and bool(self.doubtful or self.has_changed or not self.left)

    @property
    def has_begun(self) -> bool:
        return self.done.texted > 0

    def prepare(self, key: str) -> Call[Record]:
        messages = [with_pairs(row.arguments, pairs_of(self.task.conn_id, row.key(key))) for row in self.call]
        return SEND_COLLECTION.prepare(self.task.settings, messages=messages)

    def find(self, sought: Sought) -> Record | None:
        if self.is_known and not (self.doubtful or self.has_changed):
            return {"batch_ids": [], "names": frozenset(), "unseen": 0}
        found_since = messages_since(self.task.hook.search_all_messages, sought.since)
        messages = [message for message in found_since if message["batch_id"] not in sought.earlier]
        by_key = {message["metadata"].get(KEY_PAIR): message for message in messages}
        shows_metadata = any(message["metadata"] for message in messages)
        to_phone = {} if shows_metadata else by_phone(messages)
        found = {}
        for row in self.doubtful:
            message = by_key.get(row.key(sought.key))
            if message is None and (candidates := to_phone.get(phone_of(row.cost.to))):
                # What this row said in another list is written down nowhere.
                is_same = sought.words == self.words and not self.has_changed
                may_have_words = shortens(row.body) if is_same else row.has_sender
                message = find_by_words(candidates, row.cost.to, row.has_words, may_have_words, sought.since)
            if message is not None:
                found[row.name] = message
        if not found and not self.has_changed:
            return None
        batch_ids = dict.fromkeys(message["batch_id"] for message in found.values() if message["batch_id"])
        return {"batch_ids": list(batch_ids), "names": frozenset(found), "unseen": self._unseen(sought.key, messages)}

    def _unseen(self, key: str, messages: Iterable[Record]) -> int:
        """Return how many of the texts that certainly went out the gateway does not show."""
        if not self.has_changed:
            return 0
        beginning, batch_ids = beginning_of_keys(key), frozenset(self.done.batch_ids)
        by_key = sum((message["metadata"].get(KEY_PAIR) or "").startswith(beginning) for message in messages)
        by_batch = sum(message["batch_id"] in batch_ids for message in messages)
        unseen: int = max(0, self.done.texted - max(by_key, by_batch))
        return unseen

    def missing(self, found: Record) -> int:
        unseen: int = found["unseen"]
        # What was refused or answered leaves no doubt: who is not found then has joined the list.
        is_open = not self.is_known or self.done.reach > self.done.upto
        not_found = len(self.doubtful) - len(found["names"]) if is_open else 0
        return not_found + unseen

    def rest(self, found: Record) -> Text | None:
        if found["unseen"]:
            raise SmsWorksOutcomeUnknownError(
                f"the list has changed since an earlier try texted {self.done.texted:,} of it, and the gateway does not"
                f" show {found['unseen']:,} of them: without them nobody knows who got theirs"
            )
        names = found["names"]
        left = [row for row in self.left if row.name not in names]
        done = replace(self.done, reach=max([self.done.reach, *(row.place for row in self.doubtful)]))
        if self.has_changed:
            done = replace(done, upto="", seal=NOBODY)
        return self._behind(left, done, found["batch_ids"], None)

    def following(self, answer: Record) -> Text | None:
        return self._behind(self.left[len(self.call) :], self._with_call, [answer["batch_id"]], self._parts_with_call)

    def _behind(self, left: Sequence[Row], done: Progress, batch_ids: Iterable[str], parts: int | None) -> Text | None:
        if not left:
            return None
        begin, end = self._count_upto(done.upto), bisect_left(self.everybody, left[0].place, key=place_of)
        return replace(
            self,
            left=left,
            done=replace(
                done,
                upto=self.everybody[end - 1].place if end else "",
                seal=seal_of(self.everybody[begin:end], after=done.seal),
                texted=end,
                batch_ids=tuple(dict.fromkeys([*done.batch_ids, *batch_ids])),
                parts=parts,
            ),
            is_known=True,
            has_changed=False,
        ).text()

    def resumed(self, written: Record) -> Text:
        done = Progress.read(written)
        count = self._count_upto(done.upto)
        has_changed = seal_of(self.everybody[:count]) != done.seal
        left = self.everybody if has_changed else self.everybody[count:]
        return replace(self, left=left, done=done, is_known=True, has_changed=has_changed).text()

    def _count_upto(self, place: str) -> int:
        return bisect_right(self.everybody, place, key=place_of)

    def progress(self, *, with_call: bool) -> Record:
        return (self._with_call if with_call else self.done).to_write()

    @property
    def _with_call(self) -> Progress:
        return replace(self.done, reach=max(self.done.reach, *(row.place for row in self.call)))

    @property
    def _parts_with_call(self) -> int | None:
        parts = self.done.parts
        return None if parts is None else parts + sum(row.cost.parts for row in self.call)

    def result(self, answer: Record, adopted: bool) -> Record:
        batch_ids = answer["batch_ids"] if adopted else [answer["batch_id"]]
        parts = None if adopted else self._parts_with_call
        return {
            "batch_ids": list(dict.fromkeys([*self.done.batch_ids, *batch_ids])),
            # The gateway's own word here is SCHEDULED, in its documents' example, although nothing is.
            "status": "SENT",
            "recipients": len(self.everybody),
            "parts": parts,
            "credits_used": None,
            "adopted": adopted,
        }
