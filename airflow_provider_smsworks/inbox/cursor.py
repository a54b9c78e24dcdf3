"""Which texts a watcher has told already: what outlives the triggerer."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_smsworks.inbox.shared import OVERLAP
from airflow_provider_smsworks.subjects.arrived import TOLERANCE, Arrived

_WIDTH = 8


@dataclass
class Cursor:
    """
    Where a watcher is: a moment, and which texts since then it has told.

    The moment stays an hour behind the newest text, so that one which becomes visible late, or is dated wrongly, is
    still found; the marks let none of that hour be told twice.

    :param since: texts of before are not told any more
    :param told: what stands for the ids of texts since then
    :param began: of a watcher that has not looked yet, when it began: what came before is not its business
    """

    since: dt.datetime
    told: set[str] = field(default_factory=set)
    began: dt.datetime | None = None

    @classmethod
    def at_the_beginning(cls, now: dt.datetime) -> Cursor:
        """Return the cursor of a watcher that begins now."""
        return cls(now - OVERLAP, began=now)

    @classmethod
    def written(cls, value: Mapping[str, Any]) -> Cursor:
        """Return what was written down."""
        marks, began = str(value["told"]), value.get("began")
        told = {marks[place : place + _WIDTH] for place in range(0, len(marks), _WIDTH)}
        return cls(dt.datetime.fromisoformat(value["since"]), told, began and dt.datetime.fromisoformat(began))

    def to_write(self) -> dict[str, Any]:
        """Return what to write down, JSON-shaped: 8 bytes a text."""
        began = {"began": self.began.isoformat()} if self.began else {}
        return {"since": self.since.isoformat(), "told": "".join(sorted(self.told)), **began}

    def begin(self, texts: Iterable[Arrived]) -> None:
        """
        Pass over what came before this watcher began, of what is there at its first look.

        By its id, not by its date alone: the gateway's clock may be behind, and what comes from now on is told.
        """
        if self.began is not None:
            self.told |= {mark(text) for text in texts if not text.came_since(self.began)}
            self.began = None

    def wants(self, text: Arrived) -> bool:
        """Tell whether a text has not been told, and is not of before."""
        return text.came_since(self.since) and mark(text) not in self.told

    def tell(self, text: Arrived) -> None:
        """Note that a text is told."""
        self.told.add(mark(text))

    def move(self, newest: dt.datetime, texts: Iterable[Arrived]) -> None:
        """
        Move on, once all is told and safe.

        :param newest: when the newest text came
        :param texts: all that are known since ``since``
        """
        self.since = max(self.since, newest - OVERLAP)
        if not self.told:
            return
        kept = {mark(text) for text in texts if text.came_since(self.since - TOLERANCE)}
        self.told &= kept


def mark(text: Arrived) -> str:
    """Return what stands for the id of a text: short, and 48 bits, so that no two of an hour have the same."""
    digest = hashlib.sha256(str(text.message_id).encode()).digest()
    return base64.b64encode(digest)[:_WIDTH].decode()
