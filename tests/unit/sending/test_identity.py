from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import pytest

from airflow_provider_smsworks.sending.identity import Attempt, mark_of, pairs_of, send_key, words_of

NOW = dt.datetime(2026, 1, 31, 9, 30, tzinfo=dt.UTC)
ATTEMPT = Attempt("dag", "run", "task", 3, 1, 2, 2, run_moment=NOW, began=NOW)


def key(attempt=ATTEMPT, conn_id="conn", name=None, part="message", recipients=("447700900000",)):
    return send_key(conn_id, attempt, send_key=name, part=part, recipients=recipients)


def test_tries_and_clears_of_a_task_instance_share_the_key():
    again = replace(ATTEMPT, try_number=4, max_tries=6, retries=9, began=NOW - dt.timedelta(1), run_moment=None)
    assert key(again) == key()


@pytest.mark.parametrize(
    "other",
    [
        key(replace(ATTEMPT, dag_id="dag2")),
        key(replace(ATTEMPT, run_id="run2")),
        key(replace(ATTEMPT, task_id="task2")),
        key(replace(ATTEMPT, map_index=4)),
        key(conn_id="conn2"),
        key(part="reminder"),
        key(name="order 7"),
        key(name="3"),
        key(recipients=["447700900001"]),
    ],
)
def test_another_send_has_another_key(other):
    assert other != key()


def test_with_a_send_key_of_the_author_the_map_index_does_not_matter():
    assert key(replace(ATTEMPT, map_index=4), name="order 7") == key(name="order 7")


def test_names_that_run_into_each_other_do_not_share_a_key():
    assert key(replace(ATTEMPT, dag_id="a", run_id="bc")) != key(replace(ATTEMPT, dag_id="ab", run_id="c"))


def test_the_order_of_recipients_does_not_matter():
    assert key(recipients=["1", "2"]) == key(recipients=["2", "1"])


def test_nothing_of_a_person_is_in_what_travels():
    pairs = pairs_of("conn", key())
    assert "900000" not in str(pairs)
    assert pairs == {"airflow_send": key(), "airflow": mark_of("conn")}
    assert "Hello" not in words_of("Parcels", "Hello")


def context(**run):
    ti = SimpleNamespace(dag_id="d", run_id="r", task_id="t", map_index=-1, try_number=2, max_tries=5)
    return {"ti": ti, "dag_run": SimpleNamespace(**run), "task": SimpleNamespace(retries=3)}


def test_a_task_of_airflow_3_is_as_old_as_the_moment_its_run_was_due():
    due = NOW - dt.timedelta(days=2)
    attempt = Attempt.of_task(context(run_after=due, start_date=NOW), NOW)
    assert attempt.run_moment == due
    assert attempt.began == due
    assert (attempt.try_number, attempt.max_tries, attempt.retries) == (2, 5, 3)
    assert attempt.is_repeat


def test_a_task_of_airflow_2_is_as_old_as_its_data():
    due = NOW - dt.timedelta(days=2)
    attempt = Attempt.of_task(context(start_date=NOW) | {"data_interval_end": due}, NOW)
    assert attempt.run_moment == due


def test_a_run_without_any_date_is_as_old_as_now():
    attempt = Attempt.of_task(context(), NOW)
    assert attempt.run_moment is None
    assert attempt.began == NOW
