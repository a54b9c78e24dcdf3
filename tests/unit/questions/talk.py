"""A conversation between an account and a phone, written down as it goes on."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from airflow_provider_smsworks.questions.conversation import Meant, Received, Sent, Thread, meant_for

START = dt.datetime(2026, 1, 31, 9, 30, tzinfo=dt.UTC)


class Talk:
    def __init__(self):
        self.sent: list[Sent] = []
        self.received: list[Received] = []
        self._ids = defaultdict(set)
        self._codes = defaultdict(set)
        self._now = START

    def ask(self, name, code, *, seconds=1, quoted=None):
        """A text of a question, with its code and perhaps with words that look like one."""
        message_id = self._send({code, quoted} - {None}, seconds)
        self._ids[name].add(message_id)
        self._codes[name].add(code)
        return self

    def tell(self, *, seconds=1):
        """A text that has no code."""
        self._send(set(), seconds)
        return self

    def hear(self, content, *, seconds=1):
        """A text of the phone."""
        self.received.append(Received(f"r{len(self.received):03}", self._later(seconds), content))
        return self

    def names(self):
        return list(self._ids)

    def thread(self, name):
        return Thread(frozenset(self._ids[name]), frozenset(self._codes[name]))

    def texts(self, name, *, code_needed=False) -> list[Meant]:
        return meant_for(self.thread(name), self.sent, self.received, code_needed=code_needed)

    def meant(self, name, *, code_needed=False) -> list[str]:
        """What concerns a question, with a question mark behind what is unclear."""
        return [
            meant.text.content + ("" if meant.is_clear else "?") for meant in self.texts(name, code_needed=code_needed)
        ]

    def _send(self, codes, seconds):
        # Sorts behind what was received, if only ids decide.
        message_id = f"s{len(self.sent):03}"
        self.sent.append(Sent(message_id, self._later(seconds), frozenset(codes)))
        return message_id

    def _later(self, seconds):
        self._now += dt.timedelta(seconds=seconds)
        return self._now
