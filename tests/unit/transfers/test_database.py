"""Queries on SQLite, through Airflow's own hook; those on PostgreSQL are among the wire tests."""

from __future__ import annotations

import json
import sqlite3
import tracemalloc

import pytest
from airflow.providers.common.compat.sdk import AirflowException
from airflow.providers.sqlite.hooks.sqlite import SqliteHook

from airflow_provider_smsworks.exceptions import SmsWorksValidationError
from airflow_provider_smsworks.transfers.table.database import query_table
from airflow_provider_smsworks.transfers.table.statement import plain_errors, show_statement


@pytest.fixture
def hook(tmp_path, monkeypatch):
    with sqlite3.connect(tmp_path / "rows.db") as database:
        database.execute("CREATE TABLE late (id INTEGER, phone TEXT, name TEXT)")
        rows = [(17, "07700900123", "Ada"), (18, "07700900124", "100%")]
        database.executemany("INSERT INTO late VALUES (?, ?, ?)", rows)
    database.close()
    monkeypatch.setenv("AIRFLOW_CONN_ROWS", json.dumps({"conn_type": "sqlite", "host": str(tmp_path / "rows.db")}))

    class WatchedHook(SqliteHook):
        connections = []

        def get_conn(self):
            self.connections.append(super().get_conn())
            return self.connections[-1]

    return WatchedHook("rows")


def read(hook, sql, parameters=None, places=(0, 1)):
    with query_table(hook, sql, parameters) as table:
        return table.columns, list(table.read(places))


def is_closed(connection):
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return True
    return False


def test_rows_come_with_their_columns(hook):
    assert read(hook, "SELECT id, phone, name AS who FROM late ORDER BY id", places=(2, 0)) == (
        ["id", "phone", "who"],
        [("Ada", 17), ("100%", 18)],
    )
    assert all(map(is_closed, hook.connections))


@pytest.mark.parametrize(
    ("sql", "parameters"),
    [
        ("SELECT id, phone FROM late WHERE name LIKE '%00!%' ESCAPE '!'", None),
        ("SELECT id, phone FROM late WHERE id = ?", [18]),
        ("SELECT id, phone FROM late WHERE id = :id", {"id": 18}),
    ],
)
def test_parameters_are_the_drivers(hook, sql, parameters):
    assert read(hook, sql, parameters)[1] == [(18, "07700900124")]


def test_no_rows_are_no_error(hook):
    assert read(hook, "SELECT id, phone FROM late WHERE id > 99") == (["id", "phone"], [])


def test_a_connection_is_closed_also_if_its_rows_are_not_read_to_the_end(hook):
    with query_table(hook, "SELECT id, phone FROM late") as table:
        next(table.read((0, 1)))
        assert not is_closed(hook.connections[0])
    assert is_closed(hook.connections[0])


@pytest.mark.parametrize("sql", ["UPDATE late SET name = ''", "UPDATE late SET name = '' RETURNING id, phone"])
def test_a_query_writes_nothing_and_that_is_told(hook, sql):
    with pytest.raises(AirflowException, match="OperationalError: attempt to write a readonly database"):
        read(hook, sql)
    assert is_closed(hook.connections[0])
    assert read(hook, "SELECT id, name FROM late ORDER BY id")[1] == [(17, "Ada"), (18, "100%")]


def test_what_gives_no_rows_is_no_query(hook):
    with pytest.raises(SmsWorksValidationError, match="`sql` gives no rows"):
        read(hook, "PRAGMA query_only = ON")


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("SELECT id FROM parcels", "no such table: parcels"),
        ("SELECT id FROM late WHERE nmae = 'Ada of 07700 900123'", "no such column: nmae"),
        ('SELECT id FROM late WHERE id = "Ada" "Bob"', 'near ""***"": syntax error'),
        ("SELECT 'Ada' FORM late", 'near "late": syntax error'),
        ("SELECT id FROM late WHERE id = 07700900123x", 'unrecognized token: "*********23x"'),
    ],
)
def test_an_error_is_told_without_what_the_query_quotes(hook, sql, shown):
    with pytest.raises(AirflowException) as caught:
        read(hook, sql, places=(0,))
    assert str(caught.value) == f"The query failed: OperationalError: {shown}. Nothing was sent by this try."
    assert caught.value.__suppress_context__
    assert is_closed(hook.connections[0])


def test_an_error_while_rows_are_read_is_told_alike(hook):
    sql = "SELECT abs(-9223372036854775808 + n), n FROM (WITH RECURSIVE c(n) AS (SELECT 5000 UNION ALL SELECT n - 1"
    with pytest.raises(AirflowException, match="The query failed: OperationalError: integer overflow"):
        read(hook, f"{sql} FROM c WHERE n > 0) SELECT n FROM c)")


@pytest.mark.parametrize(
    ("kind", "said", "shown"),
    [
        (
            "ProgrammingError",
            "relation \"late\" does not exist\nLINE 1: SELECT 'Ada'",
            'relation "late" does not exist',
        ),
        ("ProgrammingError", "Numeric value 'Ada' is not recognized", "Numeric value '***' is not recognized"),
        ("OperationalError", "no answer for 07700 900123", "no answer for *********23"),
        ("OperationalError", "", "no text"),
        ("DataError", "invalid input: Ada", None),
        ("IntegrityError", "Ada is there already", None),
    ],
)
def test_errors_of_other_drivers_are_told_without_data(kind, said, shown):
    base = type(kind, (Exception,), {})
    error = type("OfThisDriver", (base,), {"sqlstate": "42P01"})(said)
    with pytest.raises(AirflowException) as caught, plain_errors("SELECT id FROM late"):
        raise error
    shown = f": {shown}" if shown else " (its text may quote the data, and is not shown)"
    assert str(caught.value) == f"The query failed: OfThisDriver 42P01{shown}. Nothing was sent by this try."


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("SELECT a FROM b WHERE c = 1", "SELECT a FROM b WHERE c = 1"),
        ("SELECT a FROM b WHERE c = 'Ada''s' AND d = 'Bob'", "SELECT a FROM b WHERE c = '***''***' AND d = '***'"),
        ('SELECT "Ada" FROM b', "SELECT '***' FROM b"),
        ("SELECT a -- don't tell Ada\nFROM b WHERE c = 'Bob'", "SELECT a '***'\nFROM b WHERE c = '***'"),
        ("SELECT a /* don't */ FROM b WHERE c = 'Bob'", "SELECT a '***' FROM b WHERE c = '***'"),
        ("SELECT a FROM b WHERE c = $$Ada$$", "SELECT a FROM b WHERE c = '***'"),
        ("SELECT a FROM b WHERE c = 'Ada", "SELECT a FROM b WHERE c = '***'"),
        ("SELECT a FROM b WHERE c = 07700900123", "SELECT a FROM b WHERE c = *********23"),
    ],
)
def test_a_query_is_shown_without_its_values(sql, shown):
    assert show_statement(sql) == shown


def test_memory_does_not_grow_with_the_rows(hook):
    numbers = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {})"
    sql = f"{numbers} SELECT n, hex(zeroblob(50)) FROM c"
    peaks = []
    for rows in (10_000, 100_000):
        tracemalloc.start()
        with query_table(hook, sql.format(rows)) as table:
            assert sum(1 for _ in table.read((0, 1))) == rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.2
