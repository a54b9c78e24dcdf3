"""One text as it would go out now: what the rule that sends once has to know of it, whatever its kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

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


_NAMED = 3


class Many(Protocol):
    """What there is to know of a text to many: it may take several calls, and be found in part."""

    @property
    def is_done(self) -> bool:
        """Whether nothing has to be sent any more."""

    @property
    def has_begun(self) -> bool:
        """Whether some of it certainly went out in an earlier call or try."""

    @property
    def needs_its_order(self) -> bool:
        """Whether only their order tells some of the texts apart."""

    @property
    def bill(self) -> Sequence[Cost]:
        """What the rest will cost."""

    @property
    def paid(self) -> Sequence[Cost]:
        """What the texts cost that went out."""

    @property
    def so_far(self) -> str:
        """How many that is, for the log."""

    @property
    def is_doubtful(self) -> bool:
        """Whether some of what is left may have gone out, by what earlier tries wrote down."""

    def missing(self, found: Record) -> int:
        """Return how many that may have gone out are not among what was found."""

    def rest(self, found: Record) -> Text:
        """
        Return what has to be sent yet, of what was found.

        :raises SmsWorksOutcomeUnknownError: what was found does not tell
        """

    def following(self, answer: Record) -> Text:
        """Return what has to be sent yet when the next call has been answered."""

    def progress(self, *, with_call: bool) -> Record:
        """Return what is to be written down, before the next call goes out or as if it never had."""

    def resumed(self, written: Record) -> Text:
        """Return what has to be sent yet, by what an earlier try wrote down."""


@dataclass(frozen=True)
class Sought:
    """
    What may have gone out.

    :param key: that it carries
    :param words: fingerprints of what it said in any attempt
    :param since: when it was attempted first
    :param earlier: ids of messages and batches of this task that are not it: what went out before a Clear
    :param is_decided: whether a person has decided that what nobody can tell shall go out
    """

    key: str
    words: frozenset[str]
    since: dt.datetime
    earlier: frozenset[str] = frozenset()
    is_decided: bool = False


Find = Callable[[Sought], Record | None]


@dataclass(frozen=True)
class Text:
    """
    One text as it would go out now: to one phone or in one call to many.

    :param key: of the logical send
    :param words: fingerprint of what it says
    :param prepare: makes the call, given the key that the message shall carry
    :param find: looks for what may have gone out, and raises where that cannot be known; None if the gateway has no
        look-up for it
    :param result: what the task returns, once all is sent, of what the gateway answered, or (adopted) of what was found
    :param withdraw: takes back what an earlier try returned, and tells whether it will not go out; raises, and
        takes nothing back, where this text cannot take its place; None if that cannot be
    :param bill: what it will cost, for each recipient; of a text to many see there
    :param many: of a text to many
    """

    key: str
    words: str
    prepare: Callable[[str], Call[Record]]
    find: Find | None
    result: Callable[[Record, bool], Record] = sent_message
    withdraw: Callable[[Record], bool] | None = None
    bill: Sequence[Cost] = ()
    many: Many | None = None

    def missing(self, found: Record | None) -> int:
        """Return how many messages that may have gone out are not among what was found."""
        if found is None:
            return 1
        return self.many.missing(found) if self.many else 0

    @property
    def is_done(self) -> bool:
        """Whether nothing has to be sent any more: of one message, once it is answered or found."""
        return self.many is None or self.many.is_done

    def rest(self, found: Record) -> Text:
        """Return what has to be sent yet, of what was found."""
        return self.many.rest(found) if self.many else self

    def following(self, answer: Record) -> Text:
        """Return what has to be sent yet when the next call has been answered."""
        return self.many.following(answer) if self.many else self

    def progress(self, *, with_call: bool) -> Record | None:
        """Return how far the calls have come, before the next one goes out or as if it never had."""
        return self.many.progress(with_call=with_call) if self.many else None

    def key_of(self, entry: Entry) -> str:
        """Return the key that the message of an entry carries."""
        return f"{self.key}-{entry.resend}" if entry.resend else self.key


def ids_of(result: Record) -> list[str]:
    """Return the ids of what was sent."""
    found = [*(result.get("batch_ids") or ()), result.get("message_id")]
    return [one for one in found if one]


def name_of(result: Record) -> str:
    """Name what was sent, for the log."""
    batch_ids = result.get("batch_ids")
    if batch_ids is None:
        return f"message {result.get('message_id')}"
    if len(batch_ids) > _NAMED:
        return f"{len(batch_ids):,} batches, the last {batch_ids[-1]}"
    return f"batch {', '.join(batch_ids)}" if batch_ids else "a batch whose id is not known"
