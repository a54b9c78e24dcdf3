"""Tables of every kind to texts: everybody in them once, whatever happens in between."""

from __future__ import annotations

import csv
import gzip
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import fsspec
import pyarrow
import pyarrow.parquet
import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

from airflow_provider_smsworks.transfers.file_to_sms import FileToSmsWorksOperator
from airflow_provider_smsworks.transfers.sql_to_sms import SqlToSmsWorksOperator
from tests.task_context import FileStore, task_context
from tests.versions import attach_storage, needs_state_store

ROOT = Path(__file__).parents[2]
COLUMNS = ("order_id", "phone", "name")
ROWS = [(f"A{number}", f"07700 900{number:03}", f"Name{number}") for number in range(10, 35)]
ARGUMENTS = {"task_id": "t", "key": "order_id", "to": "phone", "content": "Hello {name}, your parcel is late."}
EVERYBODY = {f"447700900{number:03}": f"Hello Name{number}, your parcel is late." for number in range(10, 35)}


class Killed(BaseException):
    """The process died here."""


class Source:
    """A table that a test can change, in one of the kinds."""

    def __init__(self, kind, folder, monkeypatch):
        self.kind, self.folder = kind, folder
        name = {"sqlite": "rows.db", "csv": "rows.csv", "gzip": "rows.csv.gz", "parquet": "rows.parquet"}[kind]
        self.path = folder / name
        if kind == "sqlite":
            self.connection = {"conn_type": "sqlite", "host": str(self.path)}
            monkeypatch.setenv("AIRFLOW_CONN_ROWS", json.dumps(self.connection))

    def write(self, rows, columns=COLUMNS):
        self.path.unlink(missing_ok=True)
        if self.kind == "sqlite":
            with sqlite3.connect(self.path) as database:
                database.execute(f"CREATE TABLE late ({', '.join(columns)})")
                database.executemany(f"INSERT INTO late VALUES ({', '.join('?' * len(columns))})", rows)
            database.close()
        elif self.kind == "parquet":
            by_column = dict(zip(columns, zip(*rows, strict=True), strict=True)) if rows else {}
            arrays = {name: pyarrow.array(by_column.get(name, ()), pyarrow.string()) for name in columns}
            pyarrow.parquet.write_table(pyarrow.table(arrays), self.path)
        else:
            opened = gzip.open if self.kind == "gzip" else open
            with opened(self.path, "wt", newline="") as file:
                csv.writer(file).writerows([columns, *rows])

    @property
    def where(self):
        if self.kind == "sqlite":
            return {"conn_id": "rows", "sql": "SELECT * FROM late"}
        return {"path": str(self.path)}

    def operator(self, **more):
        kind = SqlToSmsWorksOperator if self.kind == "sqlite" else FileToSmsWorksOperator
        return kind(**self.where | ARGUMENTS | more)


@pytest.fixture(params=["sqlite", "csv", "gzip", "parquet"])
def source(request, tmp_path, monkeypatch):
    source = Source(request.param, tmp_path, monkeypatch)
    source.write(ROWS)
    return source


@pytest.fixture
def csv_source(tmp_path, monkeypatch):
    source = Source("csv", tmp_path, monkeypatch)
    source.write(ROWS)
    return source


@pytest.fixture
def attempt(tmp_path):
    """Run one try, which may be killed when so many calls were answered."""

    def attempt(operator, try_number=1, *, dies_after=None, has_store=True, max_tries=2):
        if dies_after is not None:
            client, answered = operator.hook.get_conn(), []
            call = client.call

            def call_and_die(prepared):
                if not prepared.operation.sends:
                    return call(prepared)
                if len(answered) >= dies_after:
                    raise Killed
                answer = call(prepared)
                answered.append(prepared)
                if len(answered) >= dies_after:
                    raise Killed
                return answer

            client.call = call_and_die
        store = FileStore(tmp_path / "state") if has_store else None
        context = task_context(store, try_number=try_number, max_tries=max_tries)
        result = operator.execute(context)
        assert "900" not in json.dumps(result)
        assert context["ti"].pushed == {}
        return result

    return attempt


def texts(sandbox):
    return [(row["to"], row["content"]) for row in sandbox.ledger()]


def manifest_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_everybody_gets_their_own_words_once(connected, source, attempt, tmp_path):
    manifest = tmp_path / "reports" / "late.csv"
    result = attempt(source.operator(manifest=str(manifest), reference="run 7"))
    assert Counter(texts(connected)) == Counter(EVERYBODY.items())
    counts = {"status": "SENT", "recipients": 25, "failed": 0, "duplicates": 0, "batches": 1, "parts": 25}
    assert result.items() >= (counts | {"manifest": "written", "reference": "run 7", "adopted": False}).items()
    lines = manifest_of(manifest)
    assert sorted(line["key"] for line in lines) == sorted(row[0] for row in ROWS)
    assert {(line["status"], line["reason"]) for line in lines} == {("SENT", "")}
    assert {line["batch_id"] for line in lines} == {row["batch_id"] for row in connected.ledger()}


def test_a_second_try_texts_nobody_again(connected, source, attempt):
    first = attempt(source.operator())
    assert attempt(source.operator(), 2) == first
    assert len(texts(connected)) == 25


@pytest.mark.parametrize("has_store", [True, False])
@pytest.mark.parametrize("dies_after", [0, 1, 2, 4])
def test_a_killed_task_goes_on_though_the_table_has_changed(
    connected, connect, source, attempt, tmp_path, dies_after, has_store
):
    connect(connected.url, batch_limit=5)
    with pytest.raises(Killed):
        attempt(source.operator(calls_at_once=1), dies_after=dies_after, has_store=has_store)
    texted = texts(connected)
    assert len(texted) == 5 * dies_after
    # Somebody has come, in front of all; somebody who was not texted has gone; the order is another one.
    new = ("A99", "+44 7700 900099", "Name99")
    gone = next((row for row in ROWS if f"44{row[1][1:].replace(' ', '')}" not in dict(texted)), None)
    left = [row for row in ROWS if row is not gone]
    source.write([new, *reversed(left)])
    manifest = tmp_path / "late.csv"
    attempt(source.operator(manifest=str(manifest)), 2, has_store=has_store)
    expected = dict(EVERYBODY, **{"447700900099": "Hello Name99, your parcel is late."})
    if gone:
        del expected[f"44{gone[1][1:].replace(' ', '')}"]
    assert Counter(texts(connected)) == Counter(expected.items())
    lines = manifest_of(manifest)
    assert Counter(line["key"] for line in lines) == Counter(row[0] for row in [new, *left])
    assert {line["status"] for line in lines} == {"SENT"}


@needs_state_store
@pytest.mark.parametrize("dies_after", [1, 6, 12])
def test_a_process_that_is_killed_while_several_calls_are_under_way(
    connected, connect, source, attempt, tmp_path, dies_after
):
    connect(connected.url, batch_limit=10)
    rows = [(f"A{number}", f"07700 900{number:03}", f"Name{number}") for number in range(100, 300)]
    source.write(rows)
    arguments = ARGUMENTS | source.where
    command = [sys.executable, "-m", "tests.wire.transfer_in_child", str(tmp_path / "state"), str(dies_after)]
    ended = subprocess.run([*command, json.dumps(arguments)], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    time.sleep(0.5)  # what was under way arrives
    texted = {to for to, _ in texts(connected)}
    assert dies_after * 10 <= len(texted) < 200
    gone = [row for row in rows if f"447700{row[1][-6:]}" not in texted][:5]
    new = [(f"A{number}", f"07700 900{number:03}", f"Name{number}") for number in range(300, 333)]
    left = [*new, *reversed([row for row in rows if row not in gone])]
    source.write(left)
    result = attempt(source.operator(manifest=str(tmp_path / "late.csv")), 2)
    assert Counter(to for to, _ in texts(connected)) == Counter(f"447700{row[1][-6:]}" for row in left)
    assert result["recipients"] == len(left)
    assert Counter(line["key"] for line in manifest_of(tmp_path / "late.csv")) == Counter(row[0] for row in left)


BAD = [
    ("A1", "07700 900101", None),
    ("A2", "0207 946 0000", "Ada"),
    (None, "07700 900103", "Ada"),
    ("07700 900104", "Ada", "Ada"),
]


class TestBadRows:
    def test_any_is_fatal_before_anything_is_sent(self, connected, source, attempt, capsys):
        source.write([*ROWS, *BAD])
        with pytest.raises(AirflowFailException) as caught:
            attempt(source.operator())
        assert texts(connected) == []
        said, logged = str(caught.value), "".join(capsys.readouterr())
        assert "A1: column `name` is empty" in said
        assert "A2: column `phone` is a landline" in said
        assert "row 28: column `order_id` is empty, which names the row" in said
        assert "*********04: column `phone` " in said
        assert not any(secret in said + logged for secret in ("Ada", "9460000", "946 0000", "90010", "900 10"))

    @pytest.mark.parametrize(("max_failed", "passes"), [(3, False), (4, True), (0.1, False), (0.14, True)])
    def test_so_many_may_be_left_out(self, connected, source, attempt, tmp_path, max_failed, passes):
        source.write([*ROWS, *BAD])
        manifest = tmp_path / "late.csv"
        operator = source.operator(max_failed=max_failed, manifest=str(manifest))
        if not passes:
            with pytest.raises(AirflowFailException):
                attempt(operator)
            assert texts(connected) == []
            return
        result = attempt(operator)
        assert (result["recipients"], result["failed"]) == (25, 4)
        failed = {line["key"]: line["reason"] for line in manifest_of(manifest) if line["status"] == "FAILED"}
        assert failed.keys() == {"A1", "A2", "row 28", "07700 900104"}
        assert failed["A1"] == "column `name` is empty"

    def test_the_error_names_twenty_and_says_how_many_more(self, connected, csv_source, attempt):
        csv_source.write([(f"A{number}", "x", "Ada") for number in range(50)])
        with pytest.raises(AirflowFailException, match=r"A19: .*; and 30 more") as caught:
            attempt(csv_source.operator())
        assert "A20:" not in str(caught.value)


class TestDuplicates:
    rows = [("A1", "07700 900010", "Ada"), ("A2", "+447700900010", "Bob"), ("A1", "07700900011", "Cy")]

    def test_a_phone_gets_the_text_of_its_first_row(self, connected, source, attempt, tmp_path):
        source.write(self.rows)
        result = attempt(source.operator(manifest=str(tmp_path / "late.csv"), content="{name}"))
        assert sorted(texts(connected)) == [("447700900010", "Ada"), ("447700900011", "Cy")]
        assert (result["recipients"], result["duplicates"], result["failed"]) == (2, 1, 0)
        lines = Counter((line["key"], line["status"]) for line in manifest_of(tmp_path / "late.csv"))
        assert lines == {("A1", "SENT"): 2, ("A2", "DUPLICATE"): 1}

    def test_or_each_key_gets_one(self, connected, source, attempt):
        source.write(self.rows)
        result = attempt(source.operator(one_text_per_number=False, content="{name}"))
        assert sorted(texts(connected)) == [("447700900010", "Ada"), ("447700900010", "Bob")]
        assert (result["recipients"], result["duplicates"]) == (2, 1)

    def test_a_phone_that_changed_between_tries_is_another_one_unless_the_key_counts(
        self, connected, connect, source, attempt
    ):
        connect(connected.url, batch_limit=1)
        rows = [("A1", "07700 900010", "Ada"), ("A2", "07700 900011", "Bob")]
        source.write(rows)
        more = {"one_text_per_number": False, "content": "{name}"}
        with pytest.raises(Killed):
            attempt(source.operator(**more, calls_at_once=1), dies_after=1)
        [(_, name)] = texts(connected)
        source.write([(key, "07700 900012" if row_name == name else phone, row_name) for key, phone, row_name in rows])
        attempt(source.operator(**more), 2)
        assert sorted(name for _, name in texts(connected)) == ["Ada", "Bob"]


class TestDryRun:
    def test_it_says_what_would_be_sent_and_what_it_costs_and_does_nothing(self, connected, source, attempt, tmp_path):
        connected.set(credits=1000)
        source.write([*ROWS, ROWS[0], *BAD])
        manifest = tmp_path / "late.csv"
        operator = source.operator(
            dry_run=True, max_failed=10, manifest=str(manifest), check_balance=True, reference="run 7"
        )
        assert attempt(operator) == {
            "status": "DRY_RUN",
            "recipients": 25,
            "failed": 4,
            "duplicates": 1,
            "parts": 25,
            "least_credits": 25,
            "most_credits": 25,
            "balance": 1000,
            "reference": "run 7",
        }
        assert texts(connected) == []
        assert set(connected.requests()) == {"GET /credits/balance"}
        assert not manifest.exists()
        assert not (tmp_path / "state").exists()
        # And nothing of it keeps the real one from being sent.
        attempt(source.operator(max_failed=10))
        assert len(texts(connected)) == 25

    @pytest.mark.parametrize(
        "more", [{"max_failed": 3}, {"max_credits": 24}, {"content": "{nmae}"}, {"content": "x" * 1281}]
    )
    def test_it_fails_where_sending_would(self, connected, source, attempt, more):
        source.write([*ROWS, *BAD])
        for dry_run in (True, False):
            with pytest.raises(AirflowFailException):
                attempt(source.operator(**{"max_failed": 4, "dry_run": dry_run} | more))
        assert texts(connected) == []

    def test_prices_abroad_are_asked_for(self, connected, csv_source, attempt):
        csv_source.write([("A1", "07700900010", "Ada"), ("A2", "+33 6 12 34 56 78", "Bob")])
        result = attempt(csv_source.operator(dry_run=True))
        assert result["most_credits"] > 2
        assert result["balance"] is None

    def test_of_several_calls_the_balance_is_asked_for_as_before_they_are_sent(
        self, connected, connect, source, attempt
    ):
        connect(connected.url, batch_limit=24)
        connected.set(credits=25)
        assert attempt(source.operator(dry_run=True))["balance"] == 25
        connected.set(credits=24)
        for dry_run in (True, False):
            with pytest.raises(AirflowFailException, match="The account has 24 credits, and this can cost 25"):
                attempt(source.operator(dry_run=dry_run))
        assert attempt(source.operator(dry_run=True, check_balance=False))["balance"] is None
        assert texts(connected) == []

    def test_of_nothing_it_costs_nothing(self, connected, source, attempt):
        source.write([])
        result = attempt(source.operator(dry_run=True, max_credits=5, check_balance=True))
        assert (result["recipients"], result["most_credits"]) == (0, 0)


@pytest.mark.parametrize("more", [{}, {"max_credits": 5, "max_parts": 1, "check_balance": True}])
@pytest.mark.parametrize("try_number", [1, 2])
def test_a_table_without_rows_is_no_failure(connected, source, attempt, tmp_path, capsys, more, try_number):
    source.write([])
    manifest = tmp_path / "late.csv"
    result = attempt(source.operator(manifest=str(manifest), **more), try_number)
    assert (result["recipients"], result["failed"], result["batches"]) == (0, 0, 0)
    assert texts(connected) == []
    assert "There is nobody to text: the list is empty." in capsys.readouterr().out
    assert manifest_of(manifest) == []


def test_a_column_that_is_not_there_ends_the_task(connected, source, attempt):
    with pytest.raises(AirflowFailException, match=r"column `nmae`, which is not there; the columns are order_id"):
        attempt(source.operator(content="Hello {nmae}"))


@pytest.mark.parametrize("kind", ["csv", "gzip"])
def test_a_file_without_names_is_told_and_not_quoted(connected, attempt, tmp_path, monkeypatch, kind):
    source = Source(kind, tmp_path, monkeypatch)
    source.write(ROWS[1:], columns=ROWS[0])
    with pytest.raises(AirflowFailException, match=r"does the first line name the columns\?") as caught:
        attempt(source.operator())
    assert not any(cell in str(caught.value) for cell in ROWS[0])


class TestManifest:
    def test_rows_that_the_gateway_refuses_are_in_it(self, connected, connect, source, attempt, tmp_path):
        connect(connected.url, batch_limit=5)
        refusal = {"operation": "POST /batch/any", "when": "before", "kind": "status", "error_code": 4004, "times": 1}
        connected.faults([refusal])
        manifest = tmp_path / "late.csv"
        result = attempt(source.operator(max_failed=5, manifest=str(manifest)))
        assert (result["recipients"], result["failed"], result["batches"]) == (20, 5, 4)
        lines = manifest_of(manifest)
        assert Counter(line["status"] for line in lines) == {"SENT": 20, "FAILED": 5}
        texted = {row["to"] for row in connected.ledger()}
        phone_of = {row[0]: f"44{row[1][1:].replace(' ', '')}" for row in ROWS}
        assert {phone_of[line["key"]] for line in lines if line["status"] == "SENT"} == texted
        assert all(line["reason"] and not line["batch_id"] for line in lines if line["status"] == "FAILED")

    def test_one_that_cannot_be_written_hides_no_result(self, connected, csv_source, attempt, tmp_path, capsys):
        (tmp_path / "file").write_text("")
        manifest = tmp_path / "file" / "late.csv"
        result = attempt(csv_source.operator(manifest=str(manifest)))
        assert (result["recipients"], result["manifest"]) == (25, "failed")
        assert "The manifest could not be written (FileExistsError" in capsys.readouterr().out
        assert len(texts(connected)) == 25

    def test_a_storage_that_there_is_not_is_told_before_anything_is_sent(self, connected, csv_source, attempt):
        with pytest.raises(ValueError, match=r"nowhere"):
            attempt(csv_source.operator(manifest="nowhere://late/x.csv"))
        assert texts(connected) == []

    def test_a_later_try_replaces_it(self, connected, connect, csv_source, attempt, tmp_path):
        connect(connected.url, batch_limit=5)
        manifest = tmp_path / "late.csv"
        operator = csv_source.operator(manifest=str(manifest), calls_at_once=1, check_balance=False)
        connected.set(credits=12)
        with pytest.raises(AirflowFailException):
            attempt(operator)
        assert Counter(line["status"] for line in manifest_of(manifest)) == {"SENT": 10, "NOT_SENT": 15}
        connected.set(credits=1000)
        attempt(csv_source.operator(manifest=str(manifest)), 2)
        assert {line["status"] for line in manifest_of(manifest)} == {"SENT"}

    def test_keys_that_are_phones_stay_what_they_are(self, connected, csv_source, attempt, tmp_path):
        manifest = tmp_path / "late.csv"
        attempt(csv_source.operator(key="phone", manifest=manifest.as_uri()))
        assert {line["key"] for line in manifest_of(manifest)} == {row[1] for row in ROWS}


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz", "rows.parquet"])
def test_file_and_manifest_may_be_in_another_storage(connected, attempt, tmp_path, monkeypatch, name):
    storage = fsspec.filesystem("memory")
    attach_storage("memory", storage)
    kind = {"rows.csv": "csv", "rows.csv.gz": "gzip", "rows.parquet": "parquet"}[name]
    source = Source(kind, tmp_path, monkeypatch)
    source.write(ROWS)
    storage.pipe(f"/lake/{name}", source.path.read_bytes())
    source.path.unlink()
    manifest = "memory://lake/reports/late.csv"
    result = attempt(source.operator(path=f"memory://lake/{name}", manifest=manifest))
    assert (result["recipients"], result["manifest"]) == (25, "written")
    assert Counter(texts(connected)) == Counter(EVERYBODY.items())
    lines = list(csv.DictReader(storage.cat("/lake/reports/late.csv").decode().splitlines()))
    assert sorted(line["key"] for line in lines) == sorted(row[0] for row in ROWS)


class TestDatabase:
    def test_a_connection_that_is_no_database(self, connected, attempt, monkeypatch):
        monkeypatch.setenv("AIRFLOW_CONN_ROWS", json.dumps({"conn_type": "smsworks"}))
        operator = SqlToSmsWorksOperator(conn_id="rows", sql="SELECT 1", **ARGUMENTS)
        with pytest.raises(AirflowFailException, match="`rows` is no database: its hook is SmsWorksHook"):
            attempt(operator)

    def test_a_query_that_fails_can_be_tried_again(self, connected, attempt, tmp_path, monkeypatch):
        source = Source("sqlite", tmp_path, monkeypatch)
        operator = source.operator(sql="SELECT order_id, phone, name FROM late WHERE name <> 'Ada'")
        with pytest.raises(AirflowException, match="no such table: late") as caught:
            attempt(operator)
        assert not isinstance(caught.value, AirflowFailException)
        source.write(ROWS)
        attempt(operator, 2)
        assert len(texts(connected)) == 25

    def test_its_connection_is_closed_before_the_first_text(self, connected, attempt, tmp_path, monkeypatch):
        source = Source("sqlite", tmp_path, monkeypatch)
        source.write(ROWS)
        operator = source.operator()
        call = operator.hook.get_conn().call

        def call_and_write(prepared):
            # While somebody reads, nobody else can write.
            with sqlite3.connect(source.path, timeout=0) as database:
                database.execute("DELETE FROM late")
            database.close()
            return call(prepared)

        operator.hook.get_conn().call = call_and_write
        attempt(operator)
        assert len(texts(connected)) == 25
