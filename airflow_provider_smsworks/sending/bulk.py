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
from airflow_provider_smsworks.sending.cost import Cost
from airflow_provider_smsworks.sending.finding import find_rows
from airflow_provider_smsworks.sending.identity import KEY_PAIR, pairs_of
from airflow_provider_smsworks.sending.lookup import messages_since
from airflow_provider_smsworks.sending.messages import with_pairs
from airflow_provider_smsworks.sending.progress import NOTHING_DONE, Progress, seal_of
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
        # Without the recipients: a list that changed between two tries is the same task's.
        return Text(self.task.key("batch"), self.words, self.prepare, self.find, self.result, many=self)

    @cached_property
    def call(self) -> Sequence[Row]:
        """The rows of the next call, in the author's order."""
        return sorted(self.left[: self.task.settings.batch_limit], key=lambda row: row.number)

    @cached_property
    def doubtful(self) -> Sequence[Row]:
        """Those that an earlier call may have texted."""
        return [row for row in self.left if row.place <= self.done.reach] if self.is_known else self.left

    @property
    def before(self) -> int:
        """How many of this list certainly have theirs, because they come before all that are left."""
        return 0 if self.has_changed else self._count_upto(self.done.upto)

    @property
    def so_far(self) -> str:
        return f"{self.done.certain:,} text(s) of this task have gone out; {len(self.left):,} are left."

    @property
    def is_done(self) -> bool:
        return self.is_known and not self.left and not self.has_changed

    @property
    def is_doubtful(self) -> bool:
        return self.is_known and bool(self.doubtful or self.has_changed)

    @property
    def has_begun(self) -> bool:
        return self.done.certain > 0

    @property
    def needs_its_order(self) -> bool:
        return len({row.cost.to for row in self.everybody}) < len(self.everybody)

    @property
    def bill(self) -> Sequence[Cost]:
        return [row.cost for row in self.left]

    @property
    def paid(self) -> Sequence[Cost]:
        left = {row.name for row in self.left}
        return [row.cost for row in self.everybody if row.name not in left]

    def prepare(self, key: str) -> Call[Record]:
        messages = [with_pairs(row.arguments, pairs_of(self.task.conn_id, row.key(key))) for row in self.call]
        return SEND_COLLECTION.prepare(self.task.settings, messages=messages)

    def find(self, sought: Sought) -> Record | None:
        found_since = messages_since(self.task.hook.search_all_messages, sought.since)
        messages = [message for message in found_since if message["batch_id"] not in sought.earlier]
        is_same = sought.words == {self.words} and not self.has_changed
        found = find_rows(
            self.doubtful,
            messages,
            sought,
            everybody=self.everybody,
            batch_ids=self.done.batch_ids,
            is_same=is_same,
        )
        unseen = self._unseen(sought.key, messages, len(found))
        if not found and not unseen and not self.has_changed:
            return None
        return {
            "batch_ids": list(dict.fromkeys(message["batch_id"] for message in found.values() if message["batch_id"])),
            "names": frozenset(found),
            "unnamed": sum(not message["batch_id"] for message in found.values()),
            "unseen": unseen,
            "is_decided": sought.is_decided,
        }

    def _unseen(self, key: str, messages: Sequence[Record], found: int) -> int:
        """Return how many of the texts that certainly went out the gateway does not show, if that matters."""
        if self.done.certain <= self.before:
            return 0
        beginning, batch_ids = beginning_of_keys(key), frozenset(self.done.batch_ids)
        by_batch = sum(message["batch_id"] in batch_ids for message in messages)
        by_key = sum((message["metadata"].get(KEY_PAIR) or "").startswith(beginning) for message in messages)
        # By key those of a call whose outcome is open count as well.
        shows_batches = any(message["batch_id"] for message in messages) and not self.done.unnamed
        seen = by_batch if shows_batches else max(by_batch, by_key, self.before + found)
        return max(0, self.done.certain - seen)

    def missing(self, found: Record) -> int:
        unseen: int = found["unseen"]
        # What was refused or answered leaves no doubt: who is not found then has joined the list.
        is_open = self.done.is_open or not self.is_known
        return unseen + (len(self.doubtful) - len(found["names"]) if is_open else 0)

    def rest(self, found: Record) -> Text:
        if found["unseen"] and not found["is_decided"]:
            raise SmsWorksOutcomeUnknownError(
                f"the list has changed since {self.done.certain:,} of it were texted, and the gateway does not show"
                f" {found['unseen']:,} of these texts: without them nobody knows who got theirs"
            )
        names = found["names"]
        done = replace(
            NOTHING_DONE if self.has_changed else self.done,
            reach=max([self.done.reach, *(row.place for row in self.doubtful)]),
            is_open=self.missing(found) > 0,
            certain=max(self.done.certain, self.before + len(names)),
            unnamed=self.done.unnamed + found["unnamed"],
            parts=None if names else self.done.parts,
            adopted=self.done.adopted or bool(names),
            batch_ids=self.done.batch_ids,
        )
        return self._behind([row for row in self.left if row.name not in names], done, found["batch_ids"])

    def following(self, answer: Record) -> Text:
        parts = None if self.done.parts is None else self.done.parts + sum(row.cost.parts for row in self.call)
        done = replace(self.done, reach=self._reach, certain=self.done.certain + len(self.call), parts=parts)
        return self._behind(self.left[len(self.call) :], done, [answer["batch_id"]])

    def _behind(self, left: Sequence[Row], done: Progress, batch_ids: Iterable[str]) -> Text:
        begin = self._count_upto(done.upto)
        end = bisect_left(self.everybody, left[0].place, key=place_of) if left else len(self.everybody)
        done = replace(
            done,
            upto=self.everybody[end - 1].place if end else "",
            seal=seal_of(self.everybody[begin:end], after=done.seal),
            batch_ids=tuple(dict.fromkeys([*done.batch_ids, *batch_ids])),
        )
        return replace(self, left=left, done=done, is_known=True, has_changed=False).text()

    def resumed(self, written: Record) -> Text:
        done = Progress.read(written)
        count = self._count_upto(done.upto)
        has_changed = seal_of(self.everybody[:count]) != done.seal
        left = self.everybody if has_changed else self.everybody[count:]
        return replace(self, left=left, done=done, is_known=True, has_changed=has_changed).text()

    def _count_upto(self, place: str) -> int:
        return bisect_right(self.everybody, place, key=place_of)

    def progress(self, *, with_call: bool) -> Record:
        return (replace(self.done, reach=self._reach, is_open=True) if with_call else self.done).to_write()

    @property
    def _reach(self) -> str:
        return max(self.done.reach, *(row.place for row in self.call))

    def result(self, answer: Record, adopted: bool) -> Record:
        return {
            # Some of them would be taken for all.
            "batch_ids": [] if self.done.unnamed else list(self.done.batch_ids),
            # The gateway's own word here is SCHEDULED, in its documents' example, although nothing is.
            "status": "SENT",
            "recipients": len(self.everybody),
            "parts": self.done.parts,
            "credits_used": None,
            "adopted": self.done.adopted,
        }
