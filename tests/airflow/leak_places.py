"""Everywhere that an Airflow keeps something: its files, its database as it is, and whatever the database once held."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.leaks import Canary, Find, search

_PAST = "leak_past"
_TOGETHER = 400_000
"""Bytes."""

_NAMED_BY = ("dag_id", "task_id", "key", "trigger_id", "classpath", "event")


def remember_everything(database_file: Path) -> None:
    """
    Let the database keep every row that is ever written to it.

    Rows of triggers, of retries and of cleared tasks are gone when a test looks.
    """
    database = sqlite3.connect(database_file, timeout=60)
    with database:
        database.execute(f"CREATE TABLE {_PAST} (what TEXT, row TEXT)")
        for table, columns in _tables(database).items():
            if table == _PAST:
                continue
            row = " || char(10) || ".join(f"'{column}=' || quote(NEW.\"{column}\")" for column in columns)
            named = [column for column in _NAMED_BY if column in columns]
            name = " || '.' || ".join([f"'{table}'", *(f"COALESCE(NEW.\"{column}\", '')" for column in named)])
            for event in ("INSERT", "UPDATE"):
                database.execute(
                    f'CREATE TRIGGER "{_PAST}_{event}_{table}" AFTER {event} ON "{table}"'
                    f" BEGIN INSERT INTO {_PAST} VALUES ({name}, {row}); END"
                )
    database.close()


def places(home: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each place. Cells are by table, column and whose they are."""
    for file in sorted(home.rglob("*")):
        if file.is_file():
            yield f"file {file.relative_to(home)}", file.read_bytes()
    database = sqlite3.connect(f"file:{home / 'airflow.db'}?mode=ro", uri=True, timeout=60)
    database.text_factory = bytes
    for table, columns in _tables(database).items():
        cells: dict[str, set[bytes]] = defaultdict(set)
        for row in database.execute(f'SELECT * FROM "{table}"'):
            values = dict(zip(columns, row, strict=True))
            if table == _PAST:
                cells[f"past {_text(values['what'])}"].add(bytes(values["row"]))
                continue
            named = [_text(values[column]) for column in _NAMED_BY if values.get(column) is not None]
            for column, value in values.items():
                if value is not None:
                    raw = value if isinstance(value, bytes) else str(value).encode()
                    cells[".".join([f"table {table}:{column}", *named])].add(raw)
        for name, contents in cells.items():
            yield name, b"\n".join(sorted(contents))
    database.close()


def found_in(home: Path, canaries: list[Canary]) -> set[Find]:
    """Return every canary that is anywhere, with the place and the spelling."""
    groups: list[list[tuple[str, bytes]]] = [[]]
    size = 0
    for name, content in places(home):
        if size > _TOGETHER:
            groups.append([])
            size = 0
        groups[-1].append((name, content))
        size += len(content)
    with ProcessPoolExecutor(2) as pool:
        # The large ones first, so that none is the last.
        groups.sort(key=lambda group: -sum(len(content) for _, content in group))
        return set().union(*pool.map(_found_in_group, groups, [canaries] * len(groups)))


def _found_in_group(group: list[tuple[str, bytes]], canaries: list[Canary]) -> set[Find]:
    """Search many small places as if they were one, and each by itself only for what is in one of them."""
    together = search("", b"\n--------\n".join(content for _, content in group), canaries)
    names = {find.canary for find in together}
    left = [canary for canary in canaries if canary.name in names]
    return {find for name, content in group if left for find in search(name, content, left)}


def _tables(database: sqlite3.Connection) -> dict[str, list[str]]:
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    tables = [_text(name) for (name,) in names]
    return {
        table: [_text(row[1]) for row in database.execute(f'PRAGMA table_info("{table}")')]
        for table in tables
        if not table.startswith("sqlite_")
    }


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
