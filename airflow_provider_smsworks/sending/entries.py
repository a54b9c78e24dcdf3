"""What a list is made of, whoever reads it from wherever: texts to send, and what cannot be one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """
    One text of many, checked.

    :ivar name: the same in every try; what decides that it was sent already
    :ivar label: how the author knows it, for reports: ``to[3]``, or the value of a key column
    :ivar to: the phone, in the gateway's spelling
    :ivar more: what its body says beside phone, sender and words, if that is not what all of them say
    """

    name: str
    label: str
    to: str
    content: str
    more: Mapping[str, Any] | None = None


class BadEntry(NamedTuple):
    """
    What cannot be sent.

    :ivar reason: what is wrong with which field, without number and words
    """

    label: str
    reason: str


class Outcome(NamedTuple):
    """
    What became of an entry.

    :ivar status: ``SENT``; ``FAILED`` (it cannot be sent, or the gateway refused it); ``DUPLICATE`` (another entry of
        the list is the same); ``UNKNOWN`` (it may have gone out); ``NOT_SENT`` (the task ended before)
    :ivar batch_id: the gateway's, if that is known
    """

    label: str
    status: str
    batch_id: str | None
    reason: str | None
