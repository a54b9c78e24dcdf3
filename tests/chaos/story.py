"""A story: one logical send, and everything that will happen to it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.kinds import BULK, PHONES, SCHEDULES, TO_ONE

CLIENT_LAG = 0.3
"""Seconds, what the connection says (`search_lag`): the sandbox's lag, and 250 ms for a busy machine."""


@dataclass
class Try:
    """
    What happens to one try of the task.

    :param faults: what the gateway does to its calls
    :param kill: the step at which its process is killed; empty: it is not
    :param after: seconds from that step to the kill, where it is a timer
    :param stop: the step at which it is stopped while another copy runs
    :param words: which words this try renders
    :param numbers: whom this try would text
    :param pause: seconds before the next try
    :param settle: whether the next try waits until the gateway has done everything that it will do
    :param clear: whether a user clears the task before its next try
    :param in_trigger: kills of the triggerer while the task waits
    :param at_resume: whether the process dies that goes on after the wait
    """

    faults: list[dict[str, Any]] = field(default_factory=list)
    kill: str = ""
    after: float = 0.0
    stop: str = ""
    words: int = 0
    numbers: list[str] = field(default_factory=list)
    pause: float = 0.0
    settle: bool = False
    clear: bool = False
    in_trigger: list[float] = field(default_factory=list)
    at_resume: str = ""

    @property
    def is_disturbed(self) -> bool:
        """Whether anything happens to it."""
        return bool(self.faults or self.kill or self.stop or self.in_trigger or self.at_resume)


@dataclass
class Story:
    """
    One logical send: a task, its author's choices, the gateway's habits, and its tries.

    :param row: of the table: what it is about
    :param reading: how the gateway reads its documents' open questions
    :param lag: seconds that a new message is invisible to searches
    :param resends: whether a Clear shall text again (`on_clear`, or `replace` of schedules)
    :param changes: whether tries render other words, or other lists
    :param waits: how it waits for the delivery report: "", "worker" or "deferred"
    :param is_long: whether the text is just over one part
    :param ends: what a user does each time the task has ended: "clear" or "backfill"
    :param tries: those that something happens to; whatever comes after them is undisturbed
    :param neighbour: another text to the same phone: "other words", "same words", or what a sibling differs in
    :param batch_limit: of the connection
    :param client_lag: seconds that the connection says (`search_lag`)
    :param moves: whether a Clear finds the text at another map index, under its `send_key`
    :param among: the rows of the table that were asked for
    """

    seed: int
    number: int
    row: str
    kind: str
    has_store: bool
    reading: dict[str, Any]
    lag: float
    retries: int = 3
    on_unknown: str = "retry"
    resends: bool = False
    changes: bool = False
    waits: str = ""
    is_long: bool = False
    ends: list[str] = field(default_factory=list)
    tries: list[Try] = field(default_factory=list)
    neighbour: str = "other words"
    numbers: list[str] = field(default_factory=list)
    batch_limit: int | None = None
    client_lag: float = CLIENT_LAG
    moves: bool = False
    among: tuple[str, ...] = ()

    def dice(self, what: str) -> random.Random:
        """Return the dice for one question, which do not depend on those for any other."""
        return random.Random(f"{self.seed}/{self.number}/{what}")

    def planned(self, index: int) -> Try:
        """Return what happens to the how-many-eth try, from 0."""
        return self.tries[index] if index < len(self.tries) else Try(numbers=self.numbers)

    def list_of(self, dice: random.Random) -> list[str]:
        """Draw whom a list names."""
        most = 7 if self.batch_limit else 3
        return dice.sample(PHONES, dice.randint(1, most))

    @property
    def shows_metadata(self) -> bool:
        """Whether what is found shows whose it is."""
        return bool(self.reading["metadata_echo"]) and self.kind not in ("schedule batch", "otp")

    @property
    def finds_by_key(self) -> bool:
        """Whether a look-up can tell this task's text from any other with the same words."""
        filters = self.kind in TO_ONE and self.reading["metadata_search"] == "filters"
        return self.shows_metadata or filters

    @property
    def is_schedule(self) -> bool:
        """Whether the gateway sends it later."""
        return self.kind in SCHEDULES

    @property
    def is_bulk(self) -> bool:
        """Whether it is many texts now."""
        return self.kind in BULK

    @property
    def repeat(self) -> str:
        """Return the command that repeats it."""
        rows = "".join(f' --rows "{row}"' for row in self.among)
        return f"python -m tests.chaos --seed {self.seed} --only {self.number}{rows}"
