"""A query on a real PostgreSQL, with both of its drivers: rows stay on the server, and nothing is left behind."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import Counter
from contextlib import closing
from decimal import Decimal
from urllib.parse import unquote

import psutil
import pytest
from airflow.providers.common.compat.sdk import AirflowException

from airflow_provider_smsworks.exceptions import SmsWorksValidationError
from airflow_provider_smsworks.transfers.sql_to_sms import SqlToSmsWorksOperator
from airflow_provider_smsworks.transfers.table.database import query_table
from scripts import postgres
from scripts.processes import Family, StackError
from tests.task_context import FileStore, task_context

hooks = pytest.importorskip("airflow.providers.postgres.hooks.postgres", reason="its provider is not installed")

MANY = "SELECT n, repeat(md5(n::text), 8) FROM generate_series(1, 200000) AS n"


@pytest.fixture(scope="module")
def socket():
    try:
        postgres.check_drivers()
        postgres.find_binaries()
    except StackError as error:
        pytest.skip(str(error))
    family = Family("transfers")
    try:
        yield unquote(postgres.start_postgres(family).rsplit("host=", 1)[1])
    finally:
        family.end()


@pytest.fixture(params=["psycopg", "psycopg2"])
def connection(request, socket, monkeypatch):
    """Set the connection `rows`; keyword arguments are its extras."""
    monkeypatch.setattr(hooks, "USE_PSYCOPG3", request.param == "psycopg")

    def connection(**extra):
        fields = {"conn_type": "postgres", "host": socket, "login": "airflow", "schema": "postgres", "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_ROWS", json.dumps(fields))

    connection()
    hooks.PostgresHook("rows").run(
        [
            "DROP TABLE IF EXISTS late",
            "DROP SEQUENCE IF EXISTS numbers",
            "CREATE SEQUENCE numbers",
            "CREATE TABLE late (order_id int, phone text, name text, eta date, price numeric)",
            "INSERT INTO late VALUES (17, '07700900123', 'Ada', '2026-11-27', 1.5)",
            "INSERT INTO late VALUES (18, '+447700900124', '5%', NULL, 2)",
        ]
    )
    return connection


def read(sql, parameters=None, places=(0, 1)):
    with query_table(hooks.PostgresHook("rows"), sql, parameters) as table:
        return table.columns, [tuple(row) for row in table.read(places)]


def sessions():
    [count] = hooks.PostgresHook("rows").get_first(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'postgres' AND pid <> pg_backend_pid()"
    )
    return count


def test_rows_come_in_their_kinds_with_their_columns(connection):
    columns, rows = read("SELECT *, name AS who FROM late ORDER BY order_id;", places=(5, 0, 3, 4))
    assert columns == ["order_id", "phone", "name", "eta", "price", "who"]
    assert rows == [("Ada", 17, dt.date(2026, 11, 27), Decimal("1.5")), ("5%", 18, None, Decimal("2"))]
    assert sessions() == 0


@pytest.mark.parametrize(
    ("sql", "parameters"),
    [
        ("SELECT order_id, phone FROM late WHERE name LIKE '5%'", None),
        ("SELECT order_id, phone FROM late WHERE order_id = %s", [18]),
        ("SELECT order_id, phone FROM late WHERE order_id = %(id)s", {"id": 18}),
        ("WITH x AS (SELECT * FROM late) SELECT order_id, phone FROM x WHERE eta IS NULL -- the other one", None),
    ],
)
def test_parameters_are_the_drivers(connection, sql, parameters):
    assert read(sql, parameters) == (["order_id", "phone"], [(18, "+447700900124")])


def test_the_cursor_that_the_connection_asks_for_matters_to_others(connection):
    connection(cursor="dictcursor")
    assert read("SELECT order_id, phone FROM late WHERE order_id = 18")[1] == [(18, "+447700900124")]


def test_no_rows_are_no_error(connection):
    assert read("SELECT order_id, phone FROM late WHERE false") == (["order_id", "phone"], [])


def test_more_rows_than_one_portion_come_in_order(connection):
    assert [n for n, _ in read("SELECT n, 0 FROM generate_series(1, 5001) AS n")[1]] == list(range(1, 5002))


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT order_id FROM parcels", '42P01: relation "parcels" does not exist'),
        ("SELECT nmae FROM late WHERE name = 'Ada'", '42703: column "nmae" does not exist'),
        ("SELECT order_id FROM late WHERE order_id = 'Ada of 07700 900123'", "22P02 (its text may quote the data"),
        ("SELECT name::int FROM late", "22P02 (its text may quote the data"),
        ("SELECT 1 / (n - 3000) FROM generate_series(1, 5000) AS n", "22012 (its text may quote the data"),
        ("SELECT nextval('numbers')", "25006: cannot execute nextval() in a read-only transaction"),
        ("UPDATE late SET name = '' RETURNING order_id", '42601: syntax error at or near "UPDATE"'),
        ("CREATE TABLE x ()", '42601: syntax error at or near "CREATE"'),
    ],
)
def test_an_error_is_told_without_data_and_nothing_is_left_open(connection, sql, said):
    with pytest.raises(AirflowException, match="The query failed") as caught:
        read(sql, places=(0, 0))
    assert said in str(caught.value)
    assert not any(secret in str(caught.value) for secret in ("Ada", "9001"))
    assert caught.value.__suppress_context__
    assert sessions() == 0


def test_what_gives_no_columns_is_no_query(connection):
    with pytest.raises((SmsWorksValidationError, AirflowException), match=r"gives no rows|syntax error"):
        read("SET timezone = 'UTC'")


def resident():
    return psutil.Process().memory_info().rss / 2**20


def test_memory_does_not_grow_with_the_rows(connection):
    before, most = resident(), 0.0
    with query_table(hooks.PostgresHook("rows"), MANY) as table:
        for count, _ in enumerate(table.read((0, 1)), 1):
            if count % 5000 == 0:
                most = max(most, resident())
    assert count == 200_000
    assert most - before < 20
    # What a plain cursor takes, to know that this would be seen.
    with closing(hooks.PostgresHook("rows").get_conn()) as plain, closing(plain.cursor()) as cursor:
        cursor.execute(MANY)
        assert resident() - before > 30


def test_everybody_is_texted_once_though_the_table_changes_after_a_crash(connected, connect, connection, tmp_path):
    connect(connected.url, batch_limit=20)
    hook = hooks.PostgresHook("rows")
    hook.run("TRUNCATE late; INSERT INTO late SELECT n, '07700900' || n, 'Name' || n FROM generate_series(100, 299) n")
    arguments = {
        **{"task_id": "t", "conn_id": "rows", "key": "order_id", "to": "phone", "content": "Hello {name}"},
        "sql": "SELECT order_id, phone, name FROM late WHERE phone LIKE %(like)s",
        "parameters": {"like": "0%"},
    }
    store = FileStore(tmp_path / "state")
    dying = SqlToSmsWorksOperator(**arguments, calls_at_once=1)
    call, answered = dying.hook.get_conn().call, []

    def call_and_die(prepared):
        answered.append(call(prepared))
        if len(answered) > 4:
            raise SystemExit
        return answered[-1]

    dying.hook.get_conn().call = call_and_die
    with pytest.raises(SystemExit):
        dying.execute(task_context(store))
    texted = {row["to"] for row in connected.ledger()}
    assert 0 < len(texted) < 200
    left = random.Random(7).sample(sorted({f"447700900{n}" for n in range(100, 300)} - texted), 3)
    hook.run([f"DELETE FROM late WHERE '44' || substr(phone, 2) = '{phone}'" for phone in left])
    hook.run("INSERT INTO late SELECT n, '07700900' || n, 'Name' || n FROM generate_series(300, 350) n")
    result = SqlToSmsWorksOperator(**arguments).execute(task_context(store, try_number=2))
    everybody = Counter(f"447700900{n}" for n in range(100, 351)) - Counter(left)
    assert Counter(row["to"] for row in connected.ledger()) == everybody
    assert result["recipients"] == len(everybody)
