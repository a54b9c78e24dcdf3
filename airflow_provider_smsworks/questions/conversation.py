"""
Which text of a phone answers which question, found by replaying what went to and fro between it and one number.

Every task that waits replays the same facts. What each works out for itself is only which of them are its own: what
is open does not depend on who looks. So no text is ever clear to two questions, and no later text changes what an
earlier one meant.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from airflow_provider_smsworks.questions.answers import is_stop
from airflow_provider_smsworks.questions.codes import without_code


@dataclass(frozen=True)
class Sent:
    """A text to the phone, with the codes that it has."""

    message_id: str
    moment: dt.datetime
    codes: frozenset[str]


@dataclass(frozen=True)
class Received:
    """A text of the phone."""

    message_id: str
    moment: dt.datetime
    content: str = field(repr=False)


@dataclass(frozen=True)
class Thread:
    """
    One question.

    :param message_ids: its texts: the question, reminders, apologies
    :param codes: those that it gave
    """

    message_ids: frozenset[str]
    codes: frozenset[str]


@dataclass(frozen=True)
class Meant:
    """
    A text that concerns a question.

    :param is_clear: whether it answers this question and no other; if not, the question should say how to reply
    """

    text: Received
    is_clear: bool


def meant_for(
    thread: Thread, sent: Iterable[Sent], received: Iterable[Received], *, code_needed: bool = False
) -> list[Meant]:
    """
    Return the texts of a phone that concern a question, oldest first.

    :param sent: all texts to the phone from the number that asked, each once
    :param received: all texts of the phone to that number, each once
    :param code_needed: whether a text without the code is never clear
    """
    replay = _Replay(thread, code_needed)
    events: list[Sent | Received] = [*sent, *received]
    for text in sorted(events, key=lambda text: (text.moment, isinstance(text, Received), text.message_id)):
        if isinstance(text, Sent):
            replay.send(text)
        else:
            replay.receive(text)
    return replay.meant


class _Replay:
    def __init__(self, thread: Thread, code_needed: bool) -> None:
        self.meant: list[Meant] = []
        # The same whoever looks: the texts that gave each code; and of each code that is open the last one of them,
        # the newest last.
        self._givers: dict[str, set[str]] = {}
        self._open: dict[str, str] = {}
        self._others_are_open = False
        # What only the question itself knows.
        self._mine = thread.message_ids
        self._my_codes = set(thread.codes)
        self._code_needed = code_needed
        self._has_asked = self._waits = False

    def send(self, text: Sent) -> None:
        for code in text.codes:
            self._givers.setdefault(code, set()).add(text.message_id)
            self._open.pop(code, None)
            self._open[code] = text.message_id
        if not text.codes:
            self._others_are_open = True
        if text.message_id in self._mine:
            # A question may quote what looks like a code; if a reply does too, it is still about this question.
            self._my_codes |= text.codes
            self._has_asked = self._waits = True

    def receive(self, text: Received) -> None:
        codes = {code for code in self._givers if without_code(text.content, code) is not None}
        if codes:
            self._receive_with(codes, text)
        elif not is_stop(text.content):
            self._receive_without_code(text)

    def _receive_with(self, codes: set[str], text: Received) -> None:
        if self._has_asked and codes & self._my_codes:
            self._note(text, is_clear=self._only_i_gave(codes))
        if set.intersection(*(self._givers[code] for code in codes)):
            for code in codes:
                self._close(self._open.get(code))

    def _receive_without_code(self, text: Received) -> None:
        if self._open:
            newest = list(self._open.values())[-1]
            asks_newest = any(self._open[code] == newest for code in self._my_codes & self._open.keys())
            if self._waits and asks_newest:
                is_sure = self._only_i_gave(self._open) and not self._others_are_open
                self._note(text, is_clear=is_sure and not self._code_needed)
            if len(set(self._open.values())) == 1 and not self._others_are_open:
                self._close(newest)
        # The phone has reacted to them, or at least seen them.
        self._others_are_open = False

    def _note(self, text: Received, *, is_clear: bool) -> None:
        self.meant.append(Meant(text, is_clear))
        self._waits = self._waits and not is_clear

    def _only_i_gave(self, codes: Iterable[str]) -> bool:
        return all(self._givers[code] <= self._mine for code in codes)

    def _close(self, message_id: str | None) -> None:
        """Close the question that a text asked, whatever codes it has."""
        self._open = {code: last for code, last in self._open.items() if last != message_id}
