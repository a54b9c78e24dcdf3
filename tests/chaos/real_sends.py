"""The logical sends of a campaign in a real Airflow, and what is promised of each."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

SUCCESS, FAILED = frozenset({"success"}), frozenset({"failed"})
TO_TWO = frozenset({"schedule_batch", "batch", "collection"})
TO_ONE = ("message", "flash", "schedule", "otp")
KINDS = ("message", "flash", "schedule", "schedule_batch", "batch", "collection", "otp")
WAITING = ("waiting", "waiting_flash", "waiting_otp")


@dataclass
class Send:
    """
    One task of one run, which shall text each of its phones once.

    :param row: of the table
    :param gate: the gateway that it uses
    :param ends: the states that it may end in
    :param asked: how many texts to each phone somebody asked for; a Clear with `resend` asks for another one
    :param texts: how many texts to each phone there must be if it does not succeed; None if nobody can know
    :param tries: how many there are at least if what was to be done to it was truly done
    :param adopted: whether the result must say so; None if both may be
    :param wrong: broken promises, in words
    :param notes: what happened, in words
    """

    row: str
    kind: str
    gate: str
    phones: list[str]
    dag_id: str
    run_id: str
    task_id: str = "send"
    ends: frozenset[str] = SUCCESS
    asked: int = 1
    texts: int | None = None
    tries: int = 1
    adopted: bool | None = None
    faults: int = 0
    kills: int = 0
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str, str]:
        """What Airflow knows it by."""
        return self.dag_id, self.run_id, self.task_id

    @property
    def is_otp(self) -> bool:
        """Whether the gateway has no look-up for it: after an open outcome it fails, visibly."""
        return "otp" in self.kind

    def conf(self, more: dict[str, Any]) -> dict[str, Any]:
        """Return the configuration of its run."""
        return {"phones": self.phones, "gate": self.gate, **more}


class Phones:
    """Phones of the range that is kept for drama, each for one send. Those up to 009 behave in ways of their own."""

    def __init__(self, rng: random.Random) -> None:
        numbers = list(range(10, 800))
        rng.shuffle(numbers)
        self._left: Iterator[int] = iter(numbers)

    def take(self, kind: str) -> list[str]:
        """Return the phones of one more send of a kind."""
        return [f"07700900{next(self._left):03d}" for _ in range(2 if kind in TO_TWO else 1)]
