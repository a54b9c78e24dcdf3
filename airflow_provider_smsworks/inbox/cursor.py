"""Which texts a watcher has told already: what outlives the triggerer."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow.providers.common.compat.sdk import timezone

from airflow_provider_smsworks.inbox.shared import OVERLAP
from airflow_provider_smsworks.subjects.arrived import TOLERANCE, Arrived

_WIDTH = 8
_PERIODS = 6
"""How many periods an hour has. What was told is forgotten period by period, and not by what a look shows of it: the
next look may be answered by a server that does not know it yet."""


@dataclass
class Cursor:
    """
    Where a watcher is: a moment, and which texts since then it has told.

    The moment stays an hour behind the newest text, so that one which becomes visible late, or is dated wrongly, is
    still found; the marks let none of that hour be told twice.

    :param since: texts of before are not told any more
    :param told: what stands for the ids of texts since then, by the period in which they came
    :param began: of a watcher that has not looked yet, when it began: what came before is not its business
    """

    since: dt.datetime
    told: dict[int, set[str]] = field(default_factory=dict)
    began: dt.datetime | None = None

    @classmethod
    def at_the_beginning(cls, now: dt.datetime) -> Cursor:
        """Return the cursor of a watcher that begins now."""
        return cls(now - OVERLAP, began=now)

    @classmethod
    def written(cls, value: Mapping[str, Any]) -> Cursor:
        """Return what was written down."""
        told = {int(period): _cut(marks) for period, marks in value["told"].items()}
        began = value.get("began")
        return cls(dt.datetime.fromisoformat(value["since"]), told, began and dt.datetime.fromisoformat(began))

    def to_write(self) -> dict[str, Any]:
        """Return what to write down, JSON-shaped: 8 bytes a text."""
        began = {"began": self.began.isoformat()} if self.began else {}
        told = {str(period): "".join(sorted(marks)) for period, marks in sorted(self.told.items())}
        return {"since": self.since.isoformat(), "told": told, **began}

    def begin(self, texts: Iterable[Arrived]) -> None:
        """
        Pass over what came before this watcher began, of what is there at its first look.

        By its id, not by its date alone: the gateway's clock may be behind, and what comes from now on is told.
        """
        if self.began is not None:
            for text in texts:
                if not text.came_since(self.began):
                    self.tell(text)
            self.began = None

    def wants(self, text: Arrived) -> bool:
        """Tell whether a text has not been told, and is not of before."""
        name = mark(text)
        return text.came_since(self.since) and not any(name in marks for marks in self.told.values())

    def tell(self, text: Arrived) -> None:
        """Note that a text is told."""
        # One without a date may be found for as long as it is wanted, whatever its date would be.
        moment = text.moment or timezone.utcnow() + OVERLAP
        self.told.setdefault(_period(moment), set()).add(mark(text))

    def move(self, newest: dt.datetime) -> None:
        """
        Move on, once all is told and safe.

        :param newest: when the newest text came
        """
        self.since = max(self.since, newest - OVERLAP)
        first = _period(self.since - TOLERANCE)
        self.told = {period: marks for period, marks in self.told.items() if period >= first}


def mark(text: Arrived) -> str:
    """Return what stands for the id of a text: short, and 48 bits, so that no two of an hour have the same."""
    digest = hashlib.sha256(str(text.message_id).encode()).digest()
    return base64.b64encode(digest)[:_WIDTH].decode()


def _period(moment: dt.datetime) -> int:
    return int(moment.timestamp() * _PERIODS // OVERLAP.total_seconds())


def _cut(marks: str) -> set[str]:
    return {marks[place : place + _WIDTH] for place in range(0, len(marks), _WIDTH)}
