"""One text as it would go out now: what the rule that sends once has to know of it, whatever its kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from airflow_provider_smsworks.api.errors import SmsWorksError
from airflow_provider_smsworks.api.operations import Call
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.sending.journal import Entry

if TYPE_CHECKING:
    from airflow_provider_smsworks.sending.cost import Bill, Cost, Credits


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
    """What there is to know of a text to many: it takes several calls, and may be found in part."""

    @property
    def is_empty(self) -> bool:
        """Whether nobody is to be texted, and nobody was."""

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
    def so_far(self) -> str:
        """How many have gone out, for the log."""

    @property
    def is_doubtful(self) -> bool:
        """Whether some of what is left may have gone out."""

    @property
    def is_open(self) -> bool:
        """Whether it is not known what became of a call."""

    @property
    def progress(self) -> Record:
        """What is to be written down."""

    def missing(self, found: Record) -> int:
        """Return how many that may have gone out are not among what was found."""

    def take_found(self, found: Record) -> None:
        """
        Take what was found for sent.

        :raises SmsWorksOutcomeUnknownError: what was found does not tell
        """

    def resume(self, written: Record | None) -> None:
        """Take what an earlier try wrote down; None if nothing is, and one may have sent."""

    def begin_anew(self) -> None:
        """Forget what went out before a Clear that makes this a new text."""

    def send(
        self, key: str, call: Callable[[Call[Record]], Record], note: Callable[[], None], at_once: int
    ) -> tuple[SmsWorksError | None, SmsWorksError | None]:
        """
        Send what is left.

        :param note: writes down what may go out from now on
        :param at_once: how many calls may be under way
        :return: the error of a call whose outcome is open, and the one that ended it before all was sent
        """

    credits: Credits | None

    @property
    def takes_calls(self) -> int:
        """How many calls the rest takes, at least."""

    @property
    def bill(self) -> Bill:
        """What the rest will cost."""

    @property
    def paid(self) -> Bill:
        """What the texts cost that went out."""

    def tell_outcomes(self) -> None:
        """Tell the author what became of each entry, if that is wanted."""

    def close(self) -> None:
        """Let go of the list."""


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
    One text as it would go out now: to one phone, or to many.

    :param key: of the logical send
    :param words: fingerprint of what it says
    :param prepare: makes the call, given the key that the message shall carry
    :param find: looks for what may have gone out, and raises where that cannot be known; None if the gateway has no
        look-up for it
    :param result: what the task returns, once all is sent, of what the gateway answered, or (adopted) of what was found
    :param withdraw: takes back what an earlier try returned, and tells whether it will not go out; raises, and
        takes nothing back, where this text cannot take its place; None if that cannot be
    :param bill: what it will cost, for each recipient; a text to many has another one
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
