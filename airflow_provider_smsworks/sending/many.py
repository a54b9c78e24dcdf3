"""
Texts to many phones, in as few calls as the gateway takes, however many they are.

Every message carries a key of its own in its metadata, made of the task and the recipient; so they go out as
collections, for a plain batch has no metadata. The list is read to its end before anything goes out: what is wrong with
it, and what it costs, is known by then. It lies in a file without a name (see :mod:`spool`) and is written down
nowhere else.

Before calls go out it is written down which stretches of the list they take, see :mod:`progress`: a task that was
killed goes on with the others. What may have gone out is looked for at the gateway (see :mod:`finding`), and so is a
stretch where people have joined or left the list: who got theirs gets none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from airflow_provider_smsworks import metrics
from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksOutcomeUnknownError, SmsWorksValidationError
from airflow_provider_smsworks.api.masking import mask_numbers
from airflow_provider_smsworks.api.operations import SEND_COLLECTION, Call
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.api.requests.rows import MessageRows
from airflow_provider_smsworks.sending.cost import Bill, Credits
from airflow_provider_smsworks.sending.entries import BadEntry, Entry, Outcome
from airflow_provider_smsworks.sending.finding import Shown, Unseen
from airflow_provider_smsworks.sending.identity import KEY_PAIR, MARK_PAIR, mark_of
from airflow_provider_smsworks.sending.in_flight import InFlight
from airflow_provider_smsworks.sending.keys import key_of, place_maker
from airflow_provider_smsworks.sending.lookup import messages_since
from airflow_provider_smsworks.sending.progress import Progress
from airflow_provider_smsworks.sending.spool import LEFT, REFUSED, SENT, Known, Row, Spool
from airflow_provider_smsworks.sending.stretches import Planned, Stretch, Stretches
from airflow_provider_smsworks.sending.task import MANY, SendingTask
from airflow_provider_smsworks.sending.text import Sought, Text

_SHOWN, _NAMED = 20, 10_000

Entries = Callable[[MessageRows], Iterable[Entry | BadEntry]]


def many_text(
    task: SendingTask,
    entries: Entries,
    common: Mapping[str, Any],
    *,
    max_failed: float = 0,
    outcomes: Callable[[Iterator[Outcome]], None] | None = None,
) -> Text:
    """
    Return texts to many phones.

    :param entries: reads the list, given what checks numbers and words
    :param common: the arguments of ``send_batch`` that hold for all of them, but ``to`` and ``content``
    :param max_failed: how many entries may not be sent: a number, or if it is below 1 a fraction of the list
    :param outcomes: gets what became of each entry, at the end of a try in which something may have gone out
    :raises SmsWorksValidationError: more of them cannot be sent
    """
    rows = MessageRows(task.settings, **common)
    texts = TextsToMany(task, rows.body, str(common.get("sender") or task.settings.sender), max_failed, outcomes)
    return text_of(texts, entries(rows))


def text_of(texts: TextsToMany, entries: Iterable[Entry | BadEntry]) -> Text:
    """Return texts to many phones, of a list that is read now."""
    try:
        texts.read(entries)
    except BaseException:
        texts.close()
        raise
    # Without the recipients: a list that changed between two tries is the same task's.
    return Text(texts.task.key(MANY), texts.words, texts.prepare, texts.find, texts.result, many=texts)


class TextsToMany:
    """
    The list of one task, and what is known of it.

    :param body_of: makes a message of phone, words and pairs
    :param sender: of texts that do not say otherwise
    :param max_failed: see :func:`many_text`
    :param outcomes: see :func:`many_text`
    :param is_ordered: whether several texts to one phone are told apart by their order
    """

    def __init__(
        self,
        task: SendingTask,
        body_of: Callable[[str, str, Mapping[str, str]], Record],
        sender: str,
        max_failed: float,
        outcomes: Callable[[Iterator[Outcome]], None] | None = None,
        *,
        is_ordered: bool = False,
    ) -> None:
        self.task = task
        self.spool = Spool(place_maker(task.fingerprint("place")))
        self.stretches = Stretches(self.spool)
        self.credits: Credits | None = None
        self.log = logging.getLogger(__name__)
        self._body_of = body_of
        self._sender = sender
        self._max_failed = max_failed
        self._outcomes = outcomes
        self._is_ordered = is_ordered
        self._done = Progress()

    def close(self) -> None:
        """Let go of the list."""
        self.spool.close()

    def read(self, entries: Iterable[Entry | BadEntry]) -> None:
        """
        Read the list to its end.

        :raises SmsWorksValidationError: too many of it cannot be sent
        """
        self.spool.fill(entries)
        self.stretches = Stretches(self.spool)
        if not self.spool.bad:
            return
        bad = [
            f"{mask_numbers(entry.label)}: {entry.reason}" if entry.label else entry.reason
            for entry in self.spool.bad_entries(_NAMED)
        ]
        if not self.may_fail(0):
            raise SmsWorksValidationError(bad)
        self.log.warning(
            "%s of the list cannot be sent, which `max_failed` allows: %s%s.",
            f"{self.spool.bad:,}",
            "; ".join(bad[:_SHOWN]),
            "; and more" if self.spool.bad > _SHOWN else "",
        )

    def may_fail(self, more: int) -> bool:
        """Tell whether the author allows that so many more are not sent."""
        failed = self.spool.bad + self.spool.counted(REFUSED) + more
        read = self.spool.count + self.spool.bad + self.spool.duplicates
        allowed = self._max_failed * read if 0 < self._max_failed < 1 else self._max_failed
        return failed <= allowed

    @property
    def is_empty(self) -> bool:
        """Whether nobody is to be texted, and nobody was."""
        return not self.spool.count and not self.stretches.all

    @property
    def is_done(self) -> bool:
        """Whether nothing has to be sent any more."""
        return not self.spool.counted(LEFT)

    @property
    def is_open(self) -> bool:
        """Whether it is not known what became of a call."""
        return self.stretches.is_open

    @property
    def is_doubtful(self) -> bool:
        """Whether some of what is left may have gone out."""
        return bool(self.stretches.doubtful)

    @property
    def has_begun(self) -> bool:
        """Whether some of it certainly went out."""
        return self.certain > 0

    @property
    def needs_its_order(self) -> bool:
        """Whether only their order tells some of the texts apart."""
        return self._is_ordered and self.spool.has_phone_twice()

    @property
    def certain(self) -> int:
        """How many texts certainly went out."""
        return self.stretches.certain

    @property
    def count(self) -> int:
        """How many texts there are."""
        return self.spool.count

    @property
    def so_far(self) -> str:
        """How many have gone out, for the log."""
        return f"{self.certain:,} text(s) of this task have gone out; {self.spool.counted(LEFT):,} are left."

    @property
    def bill(self) -> Bill:
        """What the rest will cost."""
        return self.spool.bill(LEFT)

    @property
    def paid(self) -> Bill:
        """What the texts cost that went out."""
        return self.spool.bill(SENT)

    @property
    def takes_calls(self) -> int:
        """How many calls the rest takes, at least."""
        return -(-self.spool.counted(LEFT) // self.task.settings.batch_limit)

    def begin_anew(self) -> None:
        """Forget what went out before a Clear that makes this a new text."""
        self.spool.mark_all_left()
        self.stretches = Stretches(self.spool)
        self._done = Progress()

    def resume(self, written: Mapping[str, Any] | None) -> None:
        """Take what an earlier try wrote down; None if nothing is, and one may have sent."""
        if written is None:
            self.stretches.doubt_all()
            return
        self._done = Progress.read(written)
        self.stretches.resume(self._done.parts)

    @property
    def progress(self) -> Record:
        """What is to be written down."""
        done = self._done
        return Progress(self.stretches.parts, done.unnamed, done.radio_parts, done.adopted).to_write()

    def calls(self) -> Iterator[Planned]:
        """Yield what is left, call by call, in the author's order within each."""
        for run in self.stretches.runs():
            while run:
                limit = self.task.settings.batch_limit
                # One more, to know whether the run ends with them.
                rows = self.spool.left(run[0].after, run[-1].upto, limit + 1)
                if not rows:
                    break
                upto = rows[limit - 1].at if len(rows) > limit else run[-1].upto
                yield Planned(self.stretches.cut(run, upto), sorted(rows[:limit], key=lambda row: row.number))

    def call(self, planned: Planned, key: str) -> Call[Record]:
        """Return a call, ready to go out."""
        mark = mark_of(self.task.conn_id)
        bodies = [self._body(row, {KEY_PAIR: key_of(key, row.name), MARK_PAIR: mark}) for row in planned.rows]
        return Call(SEND_COLLECTION, SEND_COLLECTION.path, bodies)

    def _body(self, row: Row, pairs: Mapping[str, str]) -> Record:
        body: Record = self._body_of(row.phone, row.content, pairs)
        if row.more is None:
            return body
        own = row.own
        return {**body, **own, "metadata": [*own.get("metadata", ()), *body.get("metadata", ())]}

    def prepare(self, key: str) -> Call[Record]:
        """Return the next call."""
        return self.call(next(self.calls()), key)

    def went_out(self, planned: Planned, batch_id: str) -> None:
        """Note that the gateway took a call."""
        metrics.count("sent", len(planned.rows), self.task.conn_id)
        metrics.count("parts", planned.radio_parts, self.task.conn_id)
        stretch = planned.stretch
        self.spool.mark(stretch.after, stretch.upto, SENT)
        stretch.count += len(planned.rows)
        stretch.batch_ids = (*stretch.batch_ids, batch_id)
        self.stretches.settle(stretch)
        parts = self._done.radio_parts
        self._done = Progress(
            (), self._done.unnamed, None if parts is None else parts + planned.radio_parts, self._done.adopted
        )

    def was_refused(self, planned: Planned, error: SmsWorksError) -> None:
        """Note that the gateway refused a call for what is in it, and that the task goes on without."""
        stretch = planned.stretch
        self.spool.mark(stretch.after, stretch.upto, REFUSED, str(error))
        if stretch.count or stretch.is_open:
            # A seal would say of all of them that they have theirs, or that nobody has.
            stretch.is_mixed = True
        else:
            self.stretches.settle(stretch)

    def send(
        self, key: str, call: Callable[[Call[Record]], Record], note: Callable[[], None], at_once: int
    ) -> tuple[SmsWorksError | None, SmsWorksError | None]:
        """Send what is left; see :class:`InFlight`."""
        calls = InFlight(self, key, call, note, self.log, at_once=at_once)
        calls.run()
        return calls.unknown, calls.refused

    def find(self, sought: Sought) -> Record | None:
        """Look for all that may have gone out; see :class:`Shown`."""
        doubtful = self.stretches.doubtful
        settled = [stretch for stretch in self.stretches.all if stretch.is_settled]
        batch_ids = dict.fromkeys(chain.from_iterable(stretch.batch_ids for stretch in self.stretches.all))
        shown = Shown(self.spool, sought, batch_ids, self.log)
        messages_since(self.task.hook.search_each_page, shown.take, sought.since)
        has_changed = any(stretch.count for stretch in doubtful)
        is_same = not has_changed and sought.words == {self.words}
        counts = shown.find(doubtful, lambda row: self._body(row, {}), is_same=is_same)
        found = sum(counts.values())
        unseen = Unseen(doubtful, self.stretches.certain, sum(one.count for one in settled), not self._done.unnamed)
        not_shown = unseen.count(shown, found) if has_changed else 0
        if not found and not not_shown and not has_changed and self.is_open:
            return None
        [[unnamed]] = self.spool.all("SELECT count(*) FROM found WHERE batch IS NULL")
        return {
            "found": found,
            "counts": counts,
            "unnamed": unnamed,
            "unseen": not_shown,
            "is_decided": sought.is_decided,
        }

    @property
    def words(self) -> str:
        """Fingerprint of what all rows say."""
        return self.task.fingerprint("words", str(self.spool.words), self._sender)

    def missing(self, found: Record) -> int:
        """Return how many that may have gone out are not among what was found."""
        missing: int = found["unseen"]
        for stretch in self.stretches.doubtful:
            # What was refused or answered leaves no doubt: who is not found then has joined the list.
            if stretch.is_open:
                left = self.spool.counted(LEFT, stretch.after, stretch.upto)
                missing += left - found["counts"].get(id(stretch), 0)
        return missing

    def take_found(self, found: Record) -> None:
        """
        Take what was found for sent.

        :raises SmsWorksOutcomeUnknownError: what was found does not tell
        """
        if found["unseen"] and not found["is_decided"]:
            raise SmsWorksOutcomeUnknownError(
                f"the list has changed since {self.stretches.certain:,} of it were texted, and the gateway does not"
                f" show {found['unseen']:,} of these texts: without them nobody knows who got theirs"
            )
        metrics.count("adopted", found["found"], self.task.conn_id)
        self.spool.mark_found()
        done = self._done
        self._done = Progress(
            (),
            done.unnamed + found["unnamed"],
            None if found["found"] else done.radio_parts,
            done.adopted or found["found"] > 0,
        )
        self.stretches.found((stretch, found["counts"][id(stretch)]) for stretch in self.stretches.doubtful)

    def result(self, answer: Record, adopted: bool) -> Record:
        """Return what the task returns once all is sent."""
        ids = chain.from_iterable(stretch.batch_ids for stretch in self.stretches.all)
        return {
            # Some of them would be taken for all.
            "batch_ids": [] if self._done.unnamed else list(dict.fromkeys(ids)),
            # The gateway's own word here is SCHEDULED, in its documents' example, although nothing is.
            "status": "SENT",
            "recipients": self.spool.counted(SENT),
            "failed": self.spool.bad + self.spool.counted(REFUSED),
            "duplicates": self.spool.duplicates,
            "parts": self._done.radio_parts,
            "credits_used": None,
            "adopted": self._done.adopted,
        }

    def tell_outcomes(self) -> None:
        """Tell the author what became of each entry, if that is wanted."""
        if self._outcomes is not None:
            self._outcomes(self.spool.outcomes(self._known()))

    def _known(self) -> Callable[[int], Known]:
        """Return what tells of a row, asked in the order of rows, what is known of its stretch."""
        stretches = iter(self.stretches.all)
        stretch = next(stretches, Stretch(0, 0))

        def known(at: int) -> Known:
            nonlocal stretch
            while stretch.upto < at:
                stretch = next(stretches)
            return Known(stretch.batch_ids[0] if len(stretch.batch_ids) == 1 else None, stretch.is_open)

        return known
