"""What the page shows of the phones: the latest texts of those that were busy last.

A database may hold a million messages, so nothing here goes through all of them: the phones come from the latest
messages, and a phone's texts from an index.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from sqlite3 import Row
from typing import Any

from airflow_provider_smsworks.sandbox import phones
from airflow_provider_smsworks.sandbox.database import Database
from airflow_provider_smsworks.sandbox.errors import ERROR_CODES
from airflow_provider_smsworks.sandbox.numbers import as_reply_number, is_digits, read_destination
from airflow_provider_smsworks.sandbox.settings import Settings
from airflow_provider_smsworks.sandbox.statuses import INCOMING, status_word

WINDOW = 2000  # messages that are looked at for phones, and incoming ones for a phone's own texts
TEXTS = 20  # of a phone
TEXTS_OF_ASKED = 200  # of a phone that was asked for by its number
BATCH = 12  # messages of a batch that a link leads to

_HABITS = {
    "fail": "This number does not exist",
    "miss": "Switched off: texts to it expire",
    "reject": "Rejects every text",
    "unknown": "Its network never reports",
}
_LATEST = "SELECT seq, status, sender, destination FROM messages ORDER BY seq DESC LIMIT ?"
_LATEST_INCOMING = (
    "SELECT seq, status, sender, destination FROM messages WHERE status = ? ORDER BY created DESC, seq DESC LIMIT ?"
)
_TO_PHONE = "SELECT seq FROM messages WHERE destination = ? AND +status != ? ORDER BY created DESC, seq DESC LIMIT ?"


class Conversations:
    """The phones to show, by number, and the texts of each."""

    def __init__(self, database: Database, limit: int) -> None:
        self._database = database
        self._texts: dict[str, set[int]] = {}  # by phone, the seq of its texts
        self._pinned: set[int] = set()
        self._earlier: set[str] = set()
        latest = database.rows(_LATEST, (WINDOW,))
        busy = list(dict.fromkeys(_phone(row) for row in latest))
        self._incoming: dict[str, list[int]] = {}  # by phone, latest first
        for row in database.rows(_LATEST_INCOMING, (INCOMING, WINDOW)):
            self._incoming.setdefault(_phone(row), []).append(row["seq"])
        self.more = len(busy) > limit
        self.window_full = len(latest) == WINDOW
        for phone in busy[:limit]:
            self._take(phone, TEXTS)

    def ask_for(self, phone: str) -> None:
        """Also show this phone, if it is one, with more of its texts; it may have none."""
        number = read_destination(phone, prefixes=True)
        self._take(number.digits if number else phone, TEXTS_OF_ASKED)

    def ask_for_link(self, anchor: str) -> None:
        """Also show what a link leads to: ``message-<id>`` or ``batch-<id>``."""
        kind, _, name = anchor.partition("-")
        column = {"message": "id", "batch": "batch_id"}.get(kind)
        if column is None:
            return
        sql = f"SELECT seq, status, sender, destination FROM messages WHERE {column} = ? ORDER BY seq LIMIT ?"
        for row in self._database.rows(sql, (name, BATCH)):
            phone = _phone(row)
            if phone not in self._texts:
                self._take(phone, TEXTS)
            self._texts[phone].add(row["seq"])
            self._pinned.add(row["seq"])

    def shown(self, settings: Settings) -> list[dict[str, Any]]:
        """The phones, those that were busy last first, each with its texts from first to last."""
        wanted = list(set().union(*self._texts.values()))
        marks = ", ".join("?" for _ in wanted)
        rows = self._database.rows(f"SELECT * FROM messages WHERE seq IN ({marks})", wanted)
        by_seq = {row["seq"]: row for row in rows}
        return [
            {
                "number": phone,
                "habit": _habit(phone),
                "earlier": phone in self._earlier,
                "messages": [_message(by_seq[seq], settings) for seq in sorted(texts)],
            }
            for phone, texts in self._texts.items()
        ]

    def _take(self, phone: str, most: int) -> None:
        to_phone = self._database.rows(_TO_PHONE, (phone, INCOMING, most + 1))
        found: Iterable[int] = (*(row["seq"] for row in to_phone), *self._incoming.get(phone, ())[: most + 1])
        latest = sorted(found, reverse=True)
        self._texts[phone] = {*islice(latest, most), *(self._texts.get(phone, set()) & self._pinned)}
        if len(latest) > most:
            self._earlier.add(phone)
        else:
            self._earlier.discard(phone)


def _phone(row: Row) -> str:
    return str(row["sender"] if row["status"] == INCOMING else row["destination"])


def _habit(phone: str) -> str | None:
    """What is special about a phone, in words."""
    steps = phones.steps(phone)
    if "reply" in steps:
        return f"Replies {phones.reply(phone, '')} by itself"
    return next((_HABITS[step] for step in steps if step in _HABITS), None)


def _message(row: Row, settings: Settings) -> dict[str, Any]:
    incoming = row["status"] == INCOMING
    other = row["destination"] if incoming else row["sender"]
    return {
        "id": row["id"],
        "batch": row["batch_id"],
        "sent": incoming,  # by the phone
        "other": other,
        # Where a reply goes to; the sender of a text may be a name, which nobody can text.
        "number": as_reply_number(other) if is_digits(other) else None,
        "text": row["content"],
        "status": status_word(row["status"], settings),
        "stored": row["status"],
        "reason": ERROR_CODES[row["failure"]].message if row["failure"] in ERROR_CODES else None,
        "parts": row["parts"],
        "credits": row["credits"],
        "at": row["created"],
    }
