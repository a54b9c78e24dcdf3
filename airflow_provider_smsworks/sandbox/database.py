"""The sandbox's memory: one SQLite database, in a file or in memory.

Everything runs in the event loop's thread on one connection, so each piece of code between two ``await``
has the database to itself.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

Values = Sequence[Any] | Mapping[str, Any]

VERSION = 5  # raise it when the tables change; files of another version are refused

_TABLES = """
CREATE TABLE messages (  -- what the gateway's API knows about messages, in both directions
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, status TEXT NOT NULL, failure INTEGER,
    sender TEXT NOT NULL, destination TEXT NOT NULL, international INTEGER NOT NULL,
    content TEXT NOT NULL, tag TEXT NOT NULL, keyword TEXT NOT NULL, metadata TEXT NOT NULL,
    report_url TEXT NOT NULL, batch_id TEXT, parts INTEGER NOT NULL, credits REAL NOT NULL,
    created REAL NOT NULL, modified REAL NOT NULL, unread INTEGER NOT NULL,
    visible REAL NOT NULL  -- by true time: from when searches find it, search_lag apart
);
CREATE INDEX messages_by_time ON messages (created, seq, visible);  -- all that skipping over messages looks at
CREATE INDEX messages_by_status ON messages (status, created);
CREATE INDEX messages_by_destination ON messages (destination, created);
CREATE INDEX messages_by_batch ON messages (batch_id);
CREATE TABLE metadata_pairs (  -- what searches by metadata look up; messages.metadata has the same
    key TEXT NOT NULL, value TEXT NOT NULL, message_id TEXT NOT NULL, PRIMARY KEY (key, value, message_id)
) WITHOUT ROWID;
CREATE TABLE awaited (  -- steps of a message's life that lie ahead; see life.py
    step TEXT NOT NULL, since REAL NOT NULL, message_id TEXT NOT NULL, validity REAL NOT NULL
);
CREATE INDEX awaited_by_step ON awaited (step, since);
CREATE TABLE scripts (  -- what phones are told to answer; texts: to how many more texts, null = every one
    seq INTEGER PRIMARY KEY, phone TEXT NOT NULL, replies TEXT NOT NULL, "when" TEXT, texts INTEGER
);
CREATE INDEX scripts_by_phone ON scripts (phone, seq);
CREATE TABLE replies (  -- the answers of such phones that lie ahead
    seq INTEGER PRIMARY KEY, due REAL NOT NULL, phone TEXT NOT NULL, "to" TEXT NOT NULL, content TEXT NOT NULL
);
CREATE INDEX replies_by_time ON replies (due, seq);
CREATE TABLE ledger (  -- every message that was truly accepted; only a reset removes rows
    seq INTEGER PRIMARY KEY, operation TEXT NOT NULL, message_id TEXT NOT NULL, "to" TEXT NOT NULL,
    sender TEXT NOT NULL, content TEXT NOT NULL, metadata TEXT NOT NULL, tag TEXT, batch_id TEXT,
    schedule TEXT, accepted_at REAL NOT NULL, parts INTEGER NOT NULL, credits REAL NOT NULL,
    send_key TEXT  -- of the metadata, for counting
);
CREATE INDEX ledger_by_message ON ledger (message_id);
CREATE INDEX ledger_by_time ON ledger (accepted_at);
CREATE INDEX ledger_by_number ON ledger ("to", accepted_at);
CREATE TABLE schedules (  -- what was scheduled: one text or a batch; request is the body as received
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, operation TEXT NOT NULL, batch INTEGER NOT NULL,
    status TEXT NOT NULL, due REAL NOT NULL, request TEXT NOT NULL, message_ids TEXT NOT NULL,
    created REAL NOT NULL, modified REAL NOT NULL
);
CREATE INDEX schedules_by_status ON schedules (status, due);
CREATE TABLE otps (  -- one-time passwords; validity in seconds, verified is the moment of it
    seq INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, passcode TEXT NOT NULL, destination TEXT NOT NULL,
    validity REAL NOT NULL, metadata TEXT NOT NULL, created REAL NOT NULL, verified REAL
);
CREATE INDEX otps_by_passcode ON otps (passcode);
CREATE TABLE requests (operation TEXT PRIMARY KEY, calls INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE late_calls (id INTEGER PRIMARY KEY AUTOINCREMENT, due REAL NOT NULL, call TEXT NOT NULL);
CREATE TABLE tokens (token TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;  -- settings, faults, balance
"""
_NAMES = (
    *("messages", "metadata_pairs", "awaited", "scripts", "replies", "ledger", "schedules", "otps"),
    *("requests", "late_calls", "tokens", "notes"),
)


class DatabaseError(Exception):
    """The file cannot be the sandbox's database; the text says why."""


class Database:
    """The open database. ``path`` None keeps it in memory."""

    def __init__(self, path: str | None) -> None:
        try:
            self._connection = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=0.5)
        except sqlite3.Error as error:
            raise DatabaseError(f"{path}: {error}") from None
        self._connection.row_factory = sqlite3.Row
        try:
            self._open()
        except sqlite3.Error as error:
            self.close()
            raise DatabaseError(f"{path}: {error}") from None

    def _open(self) -> None:
        # Exclusive: a second sandbox on the same file would not see the first one's settings change.
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
            self._connection.execute(f"PRAGMA {pragma}")
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            if self.row("SELECT 1 FROM sqlite_master"):
                raise sqlite3.DatabaseError("it belongs to another program; take a new file")
            self._connection.executescript(f"BEGIN;{_TABLES}PRAGMA user_version = {VERSION};COMMIT;")
        elif version != VERSION:
            raise sqlite3.DatabaseError("it was written by another version of the sandbox; take a new file")

    def close(self) -> None:
        """Close it; a database in memory is gone then."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Inside another transaction it is simply part of that one."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def run(self, sql: str, values: Values = ()) -> int:
        """Run a statement that changes something; returns the number of rows changed."""
        return self._connection.execute(sql, values).rowcount

    def insert(self, table: str, row: dict[str, Any]) -> None:
        """Add a row; the table and the row's keys are names in this program, never input."""
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" for _ in row)
        self._connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))

    def insert_many(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add rows, each with the values of the columns; table and columns are names in this program, never input."""
        names = ", ".join(f'"{name}"' for name in columns)
        marks = ", ".join("?" for _ in columns)
        self._connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)

    def rows(self, sql: str, values: Values = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Values = ()) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        found: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return found

    def note(self, name: str, value: Any) -> None:
        """Keep a value that can be JSON under a name."""
        self.run("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, json.dumps(value)))

    def noted(self, name: str, default: Any) -> Any:
        """The value kept under the name, or the default."""
        row = self.row("SELECT value FROM notes WHERE name = ?", (name,))
        return default if row is None else json.loads(row["value"])

    def clear(self) -> None:
        """Forget everything."""
        with self.transaction():
            for table in _NAMES:
                self.run(f"DELETE FROM {table}")
