"""
The entries of a list, however many, in a file that nobody else can open.

It is SQLite's temporary database: on disk as soon as it is large, in the directory of ``TMPDIR``, and without a name
there, so that it is gone when this process ends, however that happens. Memory does not grow with the list.

Entries go out in the order of their *places*, which are fingerprints of their names: so it does not matter in which
order they come, and a stretch of places says who it was without naming anybody.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import chain, islice
from typing import Any, NamedTuple

from airflow_provider_smsworks.api.errors import SmsWorksError
from airflow_provider_smsworks.sending.cost import Bill, cost_of_text
from airflow_provider_smsworks.sending.entries import BadEntry, Entry, Outcome

LEFT, SENT, REFUSED = 0, 1, 2
_AT_ONCE = 1000
_CACHE = 16_000
"""KiB of the file that SQLite keeps in memory."""

_TABLES = """
CREATE TABLE entry (
    id INTEGER PRIMARY KEY, place INTEGER NOT NULL, name TEXT, label TEXT NOT NULL, phone TEXT NOT NULL,
    content TEXT NOT NULL, more TEXT, country TEXT NOT NULL, parts INTEGER NOT NULL, least INTEGER NOT NULL,
    most INTEGER NOT NULL
);
CREATE TABLE bad (label TEXT NOT NULL, reason TEXT NOT NULL);
"""
# Of several entries with one name the first counts: with min() SQLite takes all columns from that one.
_IN_ORDER = f"""
CREATE TABLE row AS
    SELECT place, min(id) AS id, name, label, phone, content, more, country, parts, least, most, {LEFT} AS state,
        NULL AS reason, NULL AS batch
    FROM entry GROUP BY place, coalesce(name, phone) ORDER BY place;
"""
_REST = """
CREATE TABLE duplicate AS SELECT label FROM entry WHERE id NOT IN (SELECT id FROM row) ORDER BY id;
DROP TABLE entry;
"""


class Row(NamedTuple):
    """
    One text of a list.

    :ivar at: where it stands in the order of places, from 1 on
    :ivar number: where it stood in the author's list
    :ivar name: what decides that it was sent already; the phone unless the author names it otherwise
    """

    at: int
    place: int
    number: int
    name: str
    label: str
    phone: str
    content: str
    more: str | None
    parts: int

    @property
    def own(self) -> dict[str, Any]:
        """What its body says beside phone and words."""
        own: dict[str, Any] = json.loads(self.more) if self.more else {}
        return own


class Known(NamedTuple):
    """The batch of all rows of a stretch, if that is one, and whether it is not known what became of a call."""

    batch_id: str | None
    is_open: bool


_COLUMNS = "rowid, place, id, coalesce(name, phone), label, phone, content, more, parts"


class Spool:
    """
    The list of one task.

    :param place_of: gives the place of a name
    :ivar count: how many texts there are
    :ivar duplicates: how many entries more had the name of another one
    :ivar bad: how many entries cannot be sent
    :ivar words: a fingerprint of what all texts say, whatever their order
    """

    def __init__(self, place_of: Callable[[str], int]) -> None:
        self._place_of = place_of
        self._database = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "temp_store = FILE", f"cache_size = -{_CACHE}"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.executescript(_TABLES)
        self.count = self.duplicates = self.bad = self.words = 0

    def close(self) -> None:
        """Let go of the file, with which it is gone."""
        self._database.close()

    def fill(self, entries: Iterable[Entry | BadEntry]) -> None:
        """
        Read all entries.

        :raises SmsWorksError: the disk is full
        """
        try:
            for some in _portions(entries):
                good = [entry for entry in some if isinstance(entry, Entry)]
                self._database.execute("BEGIN")
                self._database.executemany(
                    "INSERT INTO entry VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", map(self._columns, good)
                )
                if len(good) < len(some):
                    bad = [entry for entry in some if isinstance(entry, BadEntry)]
                    self._database.executemany("INSERT INTO bad VALUES (?, ?)", bad)
                    self.bad += len(bad)
                self._database.execute("COMMIT")
            self._put_in_order()
        except sqlite3.OperationalError as error:
            raise SmsWorksError(
                f"The list does not fit into the temporary directory ({error}): make room there, or set TMPDIR to"
                " another one. Nothing more was sent."
            ) from None

    def _put_in_order(self) -> None:
        [[read]] = self.all("SELECT count(*) FROM entry")
        self._database.executescript(_IN_ORDER)
        [[self.count]] = self.all("SELECT count(*) FROM row")
        self.duplicates = read - self.count
        self._database.executescript(_REST if self.duplicates else "DROP TABLE entry")

    def _columns(self, entry: Entry) -> tuple[Any, ...]:
        name, label, to, content, more = entry
        cost = cost_of_text(to, content)
        own = json.dumps(more, sort_keys=True) if more else None
        words = f"{name}\0{own}\0{content}".encode()
        self.words += int.from_bytes(blake2b(words, digest_size=8).digest())
        return (
            self._place_of(name),
            None if name == to else name,
            label,
            to,
            content,
            own,
            cost.country,
            cost.parts,
            cost.least,
            cost.most,
        )

    def bad_entries(self, most: int) -> list[BadEntry]:
        """Return the first of what cannot be sent."""
        return [BadEntry(*found) for found in self.all("SELECT label, reason FROM bad LIMIT ?", most)]

    def places(self) -> Iterator[int]:
        """Yield the place of each row, in order."""
        return (place for (place,) in self._database.execute("SELECT place FROM row ORDER BY rowid"))

    def sum_of_places(self, after: int, upto: int) -> int:
        """Return what all rows of a stretch of the order add up to."""
        rows = self._database.execute("SELECT place FROM row WHERE rowid > ? AND rowid <= ?", (after, upto))
        return sum(place for (place,) in rows)

    def place_at(self, at: int) -> int:
        """Return the place of a row."""
        [[place]] = self.all("SELECT place FROM row WHERE rowid = ?", at)
        return int(place)

    def left(self, after: int, upto: int, most: int = -1) -> list[Row]:
        """Return the first rows of a stretch of the order that have to be sent yet."""
        return list(map(Row._make, self._left(after, upto, most)))

    def each_left(self, after: int, upto: int) -> Iterator[Row]:
        """Yield the rows of a stretch that have to be sent yet; nothing may be marked meanwhile."""
        return map(Row._make, self._left(after, upto, -1))

    def _left(self, after: int, upto: int, most: int) -> sqlite3.Cursor:
        return self._database.execute(
            f"SELECT {_COLUMNS} FROM row WHERE rowid > ? AND rowid <= ? AND state = {LEFT} ORDER BY rowid LIMIT ?",
            (after, upto, most),
        )

    def mark(self, after: int, upto: int, state: int, reason: str | None = None) -> None:
        """Note what became of all rows of a stretch that had to be sent yet."""
        self._database.execute(
            f"UPDATE row SET state = ?, reason = ? WHERE rowid > ? AND rowid <= ? AND state = {LEFT}",
            (state, reason, after, upto),
        )

    def mark_found(self) -> None:
        """Note that the rows of the table ``found`` went out, and in which batch."""
        self._database.execute(
            f"UPDATE row SET state = {SENT}, batch = (SELECT batch FROM found WHERE at = row.rowid)"
            " WHERE rowid IN (SELECT at FROM found)"
        )

    def mark_all_left(self) -> None:
        """Begin anew."""
        self._database.execute(f"UPDATE row SET state = {LEFT}, reason = NULL, batch = NULL")

    def found_batches(self, after: int, upto: int) -> list[str]:
        """Return the batches in which rows of a stretch were found."""
        found = self.all(
            "SELECT DISTINCT batch FROM row WHERE rowid > ? AND rowid <= ? AND batch IS NOT NULL", after, upto
        )
        return [batch_id for (batch_id,) in found]

    def counted(self, state: int, after: int = 0, upto: int | None = None) -> int:
        """Return how many rows of a stretch, or of all, are of a state."""
        [[count]] = self.all(
            "SELECT count(*) FROM row WHERE rowid > ? AND rowid <= ? AND state = ?",
            after,
            self.count if upto is None else upto,
            state,
        )
        return int(count)

    def bill(self, state: int) -> Bill:
        """Return what the rows of a state cost."""
        found = self.all(
            "SELECT country, count(*), sum(parts), max(parts), sum(least), sum(most) FROM row WHERE state = ?"
            " GROUP BY country ORDER BY country",
            state,
        )
        return Bill(
            texts=sum(row[1] for row in found),
            parts=sum(row[2] for row in found),
            largest=max((row[3] for row in found), default=0),
            by_country={row[0]: (row[4], row[5]) for row in found},
        )

    def has_phone_twice(self) -> bool:
        """Tell whether a phone gets several texts."""
        # Only names of their own can be several of one phone.
        if not self.all("SELECT 1 FROM row WHERE name IS NOT NULL LIMIT 1"):
            return False
        return bool(self.all("SELECT 1 FROM row GROUP BY phone HAVING count(*) > 1 LIMIT 1"))

    def outcomes(self, known: Callable[[int], Known]) -> Iterator[Outcome]:
        """
        Yield what became of each entry.

        :param known: tells of a row, by where it stands in the order, what is known of those around it
        """
        rows = self._database.execute("SELECT rowid, label, state, reason, batch FROM row ORDER BY rowid")
        for at, label, state, reason, batch_id in rows:
            around = known(at)
            if state == SENT:
                yield Outcome(label, "SENT", batch_id or around.batch_id, None)
            elif state == REFUSED:
                yield Outcome(label, "FAILED", None, reason)
            else:
                yield Outcome(label, "UNKNOWN" if around.is_open else "NOT_SENT", None, None)
        if self.duplicates:
            for (label,) in self._database.execute("SELECT label FROM duplicate"):
                yield Outcome(label, "DUPLICATE", None, "another entry is the same")
        for label, reason in self._database.execute("SELECT label, reason FROM bad"):
            yield Outcome(label, "FAILED", None, reason)

    def script(self, sql: str) -> None:
        """Run statements that give nothing back."""
        self._database.executescript(sql)

    def insert(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each of some rows."""
        self._database.execute("BEGIN")
        self._database.executemany(sql, rows)
        self._database.execute("COMMIT")

    def all(self, sql: str, *values: Any) -> list[Any]:
        """Return all that a statement finds."""
        return self._database.execute(sql, values).fetchall()


def _portions(entries: Iterable[Entry | BadEntry]) -> Iterator[list[Entry | BadEntry]]:
    each = iter(entries)
    for first in each:
        yield list(islice(chain([first], each), _AT_ONCE))
