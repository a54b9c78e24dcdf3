"""The rows of a query, a portion at a time: neither here nor in the driver does memory grow with them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from importlib import import_module
from operator import itemgetter
from typing import Any

from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.transfers.table.rows import Cells, Table
from airflow_provider_smsworks.transfers.table.statement import plain_errors

_AT_ONCE = 2000


@contextmanager
def query_table(hook: Any, sql: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None) -> Generator[Table]:
    """
    Run a query and let its rows be read.

    It runs in a transaction that is never committed; PostgreSQL, MySQL and SQLite are told to let nothing be written.

    :param hook: of Airflow's common SQL hooks
    :raises SmsWorksValidationError: it is no query: it gives no rows
    :raises AirflowException: the database refused it
    """
    with closing(hook.get_conn()) as connection:
        cursor = None
        try:
            with plain_errors(sql):
                driver = type(connection).__module__.partition(".")[0]
                cursor = _CURSORS.get(driver, _any_cursor)(connection)
                # Without parameters a driver must not look for places for them: LIKE '%x' is a query.
                cursor.execute(sql, parameters) if parameters else cursor.execute(sql)
                # Of its cursors on the server, psycopg2 knows the columns only when rows have come.
                first = cursor.fetchmany(_AT_ONCE) if cursor.description or driver == "psycopg2" else []
            if not cursor.description:
                raise SmsWorksValidationError(["`sql` gives no rows: it must be one SELECT"])
            columns = [str(column[0]) for column in cursor.description]
            yield Table(columns, lambda places: _read(cursor, first, itemgetter(*places), sql))
        finally:
            if cursor is not None and driver in _KEPT_BY_THE_SERVER:
                with suppress(Exception):  # what went wrong before matters more
                    cursor.close()


def _read(cursor: Any, rows: Sequence[Any], choose: Callable[[Any], Sequence[Any]], sql: str) -> Iterator[Cells]:
    while rows:
        yield from map(choose, rows)
        with plain_errors(sql):
            rows = cursor.fetchmany(_AT_ONCE)


def _psycopg2_cursor(connection: Any) -> Any:
    connection.set_session(readonly=True, autocommit=False)
    # Rows as tuples, whatever `cursor` in the connection's extra says.
    return connection.cursor("smsworks_rows", cursor_factory=import_module("psycopg2.extensions").cursor)


def _psycopg_cursor(connection: Any) -> Any:
    connection.autocommit = False
    connection.read_only = True
    return connection.cursor("smsworks_rows", row_factory=import_module("psycopg.rows").tuple_row)


def _sqlite_cursor(connection: Any) -> Any:
    connection.execute("PRAGMA query_only = ON")
    return connection.cursor()


def _mysql_cursor(connection: Any) -> Any:
    """Return a cursor of MySQLdb or pymysql whose rows stay on the server."""
    with closing(connection.cursor()) as cursor:
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
    package = type(connection).__module__.partition(".")[0]
    return connection.cursor(import_module(f"{package}.cursors").SSCursor)


def _any_cursor(connection: Any) -> Any:
    cursor = connection.cursor()
    with suppress(Exception):  # not every driver lets one say it
        cursor.arraysize = _AT_ONCE
    return cursor


_CURSORS: dict[str, Callable[[Any], Any]] = {
    "psycopg2": _psycopg2_cursor,
    "psycopg": _psycopg_cursor,
    "sqlite3": _sqlite_cursor,
    "MySQLdb": _mysql_cursor,
    "pymysql": _mysql_cursor,
}
_KEPT_BY_THE_SERVER = {"psycopg2", "psycopg"}
"""Others end with their connection; MySQL's would read all that is left first."""
