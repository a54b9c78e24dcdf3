from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import pytest
from airflow.utils.types import DagRunType

from airflow_provider_smsworks.sending.identity import Attempt, blind, mark_of, pairs_of, send_key

NOW = dt.datetime(2026, 1, 31, 9, 30, tzinfo=dt.UTC)
ATTEMPT = Attempt("dag", "run", "task", 3, max_tries=2, is_repeat=False, due=NOW, began=NOW)


def key(attempt=ATTEMPT, conn_id="conn", name=None, part="message", recipients=("447700900000",)):
    return send_key(conn_id, attempt, send_key=name, part=part, recipients=recipients)


def test_tries_and_clears_of_a_task_instance_share_the_key():
    again = replace(ATTEMPT, is_repeat=True, max_tries=6, began=NOW - dt.timedelta(1), due=None)
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


def test_who_does_not_have_the_secret_cannot_try_out_numbers():
    assert blind("secret", "key", key()) != blind("another", "key", key())
    assert blind("secret", "key", key()) == blind("secret", "key", key())
    assert blind("secret", "a", "bc") != blind("secret", "ab", "c")


def context(*, try_number=2, **run):
    ti = SimpleNamespace(dag_id="d", run_id="r", task_id="t", map_index=-1, try_number=try_number, max_tries=5)
    return {"ti": ti, "dag_run": SimpleNamespace(**run)}


def test_a_task_of_airflow_3_is_as_old_as_the_moment_its_run_was_due():
    due = NOW - dt.timedelta(days=2)
    attempt = Attempt.of_task(context(run_after=due, start_date=NOW), NOW)
    assert (attempt.due, attempt.began, attempt.max_tries) == (due, due, 5)


def test_a_run_of_airflow_2_that_was_cleared_began_when_it_was_due():
    """A Clear sets the run's queued_at and start_date anew."""
    due = NOW - dt.timedelta(days=2)
    dates = {"data_interval_end": due, "logical_date": due - dt.timedelta(days=1)}
    attempt = Attempt.of_task(context(queued_at=NOW, start_date=None) | dates, NOW)
    assert (attempt.due, attempt.began) == (due, due)


def test_a_manual_run_of_airflow_2_was_due_when_it_was_started():
    """Its data interval is that of the last schedule."""
    dates = {"data_interval_end": NOW - dt.timedelta(days=7), "logical_date": NOW - dt.timedelta(minutes=1)}
    assert Attempt.of_task(context() | dates, NOW).due == NOW - dt.timedelta(minutes=1)


def test_a_run_that_started_before_it_was_due_began_when_it_started():
    attempt = Attempt.of_task(
        context(run_after=NOW + dt.timedelta(hours=1), queued_at=NOW - dt.timedelta(hours=1)), NOW
    )
    assert attempt.began == NOW - dt.timedelta(hours=1)


def test_a_run_without_any_date_is_as_old_as_now():
    attempt = Attempt.of_task(context(), NOW)
    assert (attempt.due, attempt.began) == (None, NOW)


@pytest.mark.parametrize(
    ("try_number", "run", "is_repeat"),
    [(1, {}, False), (2, {}, True), (1, {"clear_number": 0}, False), (1, {"clear_number": 1}, True)],
)
def test_a_first_try_after_a_clear_may_repeat_what_another_map_index_did(try_number, run, is_repeat):
    assert Attempt.of_task(context(try_number=try_number, **run), NOW).is_repeat is is_repeat


class TestPartitions:
    """A backfill of a partition is a new run beside the one that was scheduled."""

    def attempt(self, kind, partition="2026-01-31", run_id="r"):
        ti = SimpleNamespace(dag_id="d", run_id=run_id, task_id="t", map_index=-1, try_number=1, max_tries=0)
        run = SimpleNamespace(run_type=kind, partition_key=partition, run_after=NOW)
        return Attempt.of_task({"ti": ti, "dag_run": run}, NOW)

    @pytest.mark.parametrize("kind", ["backfill", DagRunType.BACKFILL_JOB])
    def test_a_backfill_looks_for_the_text_of_the_other_run(self, kind):
        first, again = self.attempt("scheduled", run_id="1"), self.attempt(kind, run_id="2")
        keys = {send_key("c", one, send_key=None, part="p", recipients=[]) for one in (first, again)}
        assert len(keys) == 1
        assert (first.is_repeat, again.is_repeat) == (False, True)
        assert NOW - again.began > dt.timedelta(days=80)

    @pytest.mark.parametrize("kind", ["manual", "asset_triggered", None])
    def test_any_other_run_is_another_send(self, kind):
        runs = [self.attempt(kind, run_id=run_id) for run_id in "12"]
        assert len({send_key("c", one, send_key=None, part="p", recipients=[]) for one in runs}) == 2

    def test_a_backfill_without_partitions_clears_the_run_itself(self):
        assert self.attempt("backfill", partition=None).is_repeat is False
