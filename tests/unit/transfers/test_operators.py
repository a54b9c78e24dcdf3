"""What the operators of transfers say of themselves and to their authors, before anything is read."""

from __future__ import annotations

import json

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowFailException, BaseOperator, ObjectStoragePath

from airflow_provider_smsworks.transfers.file_to_sms import FileToSmsWorksOperator
from airflow_provider_smsworks.transfers.sql_to_sms import SqlToSmsWorksOperator
from tests.task_context import task_context
from tests.versions import rendered_fields

SQL = {"conn_id": "rows", "sql": "SELECT id, phone FROM late", "key": "id", "to": "phone", "content": "Late, {id}!"}
FILE = {"path": "/nowhere/rows.csv", "key": "id", "to": "phone", "content": "Late, {id}!"}


@pytest.fixture(autouse=True)
def connection(monkeypatch):
    fields = {
        "conn_type": "smsworks",
        "host": "http://127.0.0.1:9",
        "password": "token",
        "extra": {"sender": "Parcels"},
    }
    monkeypatch.setenv("AIRFLOW_CONN_SMSWORKS_DEFAULT", json.dumps(fields))


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(
    ("kind", "more", "problem"),
    [
        (SqlToSmsWorksOperator, {"key": ""}, "`key` must be the name of a column"),
        (SqlToSmsWorksOperator, {"to": 7}, "`to` must be the name of a column"),
        (SqlToSmsWorksOperator, {"content": "{a.b}"}, "`content` has `{a.b}`, which is a part of a column"),
        (SqlToSmsWorksOperator, {"content": ["x"]}, "`content` must be text"),
        (SqlToSmsWorksOperator, {"content": ""}, "`content` is empty, or its template rendered to nothing"),
        (SqlToSmsWorksOperator, {"max_failed": -1}, "`max_failed` must be"),
        (SqlToSmsWorksOperator, {"max_failed": "1%"}, "`max_failed` must be"),
        (SqlToSmsWorksOperator, {"one_text_per_number": "no"}, "`one_text_per_number` must be True or False"),
        (SqlToSmsWorksOperator, {"manifest": "None"}, "`manifest` is empty, or its template rendered to nothing"),
        (SqlToSmsWorksOperator, {"sql": ""}, "`sql` is empty, or its template rendered to nothing"),
        (SqlToSmsWorksOperator, {"sql": ["SELECT 1", "SELECT 2"]}, "`sql` must be text"),
        (SqlToSmsWorksOperator, {"parameters": "17"}, "`parameters` must be a list or a mapping"),
        (SqlToSmsWorksOperator, {"parameters": "['a']"}, "`parameters` is a list that was made text"),
        (FileToSmsWorksOperator, {"path": "rows.txt"}, "`path` does not end as a CSV or Parquet file does"),
        (FileToSmsWorksOperator, {"path": ""}, "`path` is empty, or its template rendered to nothing"),
        (FileToSmsWorksOperator, {"file_format": "xlsx"}, "`file_format` must be one of csv, parquet"),
        (FileToSmsWorksOperator, {"encoding": "utf-9"}, "`encoding` must be one that Python knows"),
        (FileToSmsWorksOperator, {"delimiter": "||"}, "`delimiter` must be one character"),
        (FileToSmsWorksOperator, {"delimiter": '"'}, "`delimiter` must be one character"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_read(kind, more, problem, dry_run):
    task = kind(task_id="t", dry_run=dry_run, **(SQL if kind is SqlToSmsWorksOperator else FILE) | more)
    with pytest.raises(AirflowFailException) as caught:
        task.execute(task_context())
    assert problem in str(caught.value)


def test_whether_it_is_a_dry_run_must_be_certain():
    task = FileToSmsWorksOperator(task_id="t", dry_run="{{ params.dry_run }}", **FILE)
    with pytest.raises(AirflowFailException, match="`dry_run` must be True or False"):
        task.execute(task_context())


@pytest.mark.parametrize(
    "path", ["/a/{{ day }}.csv", "s3://c@b/{{ day }}.csv", ObjectStoragePath("file:///a/{{ day }}.csv")]
)
def test_paths_are_templates(path):
    with DAG("d"):
        task = FileToSmsWorksOperator(task_id="t", **FILE | {"path": path, "manifest": path})
    assert task.path is path
    task.render_template_fields({"day": "2026-11-22"})
    rendered = task.given("path", "manifest")
    assert str(rendered["path"]) == str(rendered["manifest"]) == str(path).replace("{{ day }}", "2026-11-22")
    assert type(rendered["path"]) is type(path)
    fields = rendered_fields(task)
    assert fields["path"] == fields["manifest"] == str(rendered["path"])


def test_a_query_comes_from_a_file_too(tmp_path):
    (tmp_path / "late.sql").write_text("SELECT id, phone FROM late WHERE day = '{{ day }}'")
    with DAG("d", template_searchpath=str(tmp_path)):
        task = SqlToSmsWorksOperator(task_id="t", **SQL | {"sql": "late.sql"})
    task.resolve_template_files()
    task.render_template_fields({"day": "2026-11-22"})
    assert task.given("sql")["sql"] == "SELECT id, phone FROM late WHERE day = '2026-11-22'"


def test_columns_of_the_text_are_left_to_the_rows():
    with DAG("d"):
        task = SqlToSmsWorksOperator(task_id="t", **SQL | {"content": "{{ shop }}: {name}, {eta:%A} {{ '{{' }}x}}"})
    task.render_template_fields({"shop": "Parcels"})
    assert task.given("content")["content"] == "Parcels: {name}, {eta:%A} {{x}}"


def test_mapped_tasks_are_made_of_it():
    with DAG("d"):
        mapped = FileToSmsWorksOperator.partial(task_id="t", dry_run=True, key="id", to="phone", content="x").expand(
            path=["a.csv", "b.csv"]
        )
    task = mapped.unmap({"path": "b.csv"})
    assert (task.given("path"), task.only_tries) == ({"path": "b.csv"}, True)


def test_airflows_own_dry_run_is_still_there():
    if not hasattr(BaseOperator, "dry_run"):
        pytest.skip("this Airflow has none")
    task = FileToSmsWorksOperator(task_id="t", **FILE)
    assert callable(task.dry_run)
