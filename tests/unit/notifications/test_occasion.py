"""What an alert is about, from each of the contexts that Airflow gives; real ones are in tests/airflow."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from airflow_provider_smsworks.notifications.occasion import occasion_of

NOW = dt.datetime(2026, 11, 22, 7, tzinfo=dt.UTC)
BEGAN = dt.datetime(2026, 11, 22, 6, 30, tzinfo=dt.UTC)
RUN_ID = "manual__2026-11-22T06:30:11.213094+00:00"
RUN = SimpleNamespace(
    dag_id="load_orders", run_id="r1", logical_date=dt.datetime(2026, 11, 22, 6, tzinfo=dt.UTC), start_date=BEGAN
)


def task_instance(**more):
    given = {"dag_id": "load_orders", "run_id": "r1", "task_id": "fetch", "map_index": -1, "try_number": 2}
    return SimpleNamespace(**(given | {"max_tries": 2, "state": "failed", "start_date": BEGAN} | more))


def context(**more):
    return {"ti": task_instance(), "dag_run": RUN, "task": SimpleNamespace()} | more


def test_a_failed_task():
    error = ValueError("\n no such table: orders\nmore about it")
    occasion = occasion_of(context(exception=error), NOW)
    assert occasion.headline == "Failed: load_orders.fetch, try 2 of 3, run 2026-11-22 06:00 UTC"
    assert occasion.details == "ValueError: no such table: orders"
    assert (occasion.what, occasion.repetition, occasion.since) == ("failed", "try 2", BEGAN)


@pytest.mark.parametrize(
    ("ti", "headline"),
    [
        ({"state": "up_for_retry", "try_number": 1}, "Will retry: load_orders.fetch, try 1 of 3"),
        ({"state": "success"}, "Succeeded: load_orders.fetch"),
        ({"state": "skipped"}, "Skipped: load_orders.fetch"),
        ({"state": "running"}, "Started: load_orders.fetch"),
        ({"state": None}, "Started: load_orders.fetch"),
        # Of a worker that died the Dag processor knows no more.
        ({"state": None, "start_date": None}, "Failed: load_orders.fetch, try 2 of 3"),
        ({"max_tries": 0, "try_number": 1}, "Failed: load_orders.fetch"),
        ({"map_index": 4, "max_tries": 0}, "Failed: load_orders.fetch[4]"),
        ({"state": SimpleNamespace(value="up_for_retry"), "max_tries": 0}, "Will retry: load_orders.fetch"),
    ],
)
def test_other_things_that_happen_to_tasks(ti, headline):
    assert occasion_of(context(ti=task_instance(**ti)), NOW).headline == f"{headline}, run 2026-11-22 06:00 UTC"


def test_an_alert_of_a_dead_worker_is_not_the_one_of_its_start():
    """Airflow's own words for a request whose worker died, as the Dag processor reads them."""
    task = SimpleNamespace(subject="Release 500 refunds?", options=["Approve", "Reject"])
    asked = occasion_of(context(ti=task_instance(state="running"), task=task), NOW)
    died = occasion_of(context(ti=task_instance(state=None, start_date=None), task=task), NOW)
    assert (asked.what, died.what) == ("asks", "failed")


class Mute(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "details"),
    [
        (Mute(), "Mute"),
        (ValueError("07911 123456 is wrong"), "ValueError: *********56 is wrong"),
        (ValueError("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc"), "ValueError: ***"),
        ("a text", "a text"),
    ],
)
def test_what_an_error_says(error, details):
    assert occasion_of(context(exception=error), NOW).details == details


def test_a_long_error_takes_no_time():
    assert len(occasion_of(context(exception=ValueError("x" * 10_000_000)), NOW).details) < 3000


def test_a_secret_of_several_lines_is_masked_as_a_whole():
    from airflow.providers.common.compat.sdk import mask_secret

    mask_secret("tiger-0123456789\nabcdef-hidden")
    occasion = occasion_of(context(exception=ValueError("cannot log in with tiger-0123456789\nabcdef-hidden")), NOW)
    assert occasion.details == "ValueError: cannot log in with ***"


@pytest.mark.parametrize("started", [None, dt.datetime(2026, 11, 22, 6), "soon"])
def test_a_start_that_cannot_be_compared_is_none(started):
    run = SimpleNamespace(**(vars(RUN) | {"start_date": started}))
    assert occasion_of(context(ti=task_instance(start_date=started), dag_run=run), NOW).since < NOW


def test_a_sensor_that_looks_again_is_looked_for_since_its_run_began():
    assert occasion_of(context(ti=task_instance(state="running", start_date=NOW)), NOW).since == BEGAN


def test_a_failed_run_names_no_task_that_did_not_fail():
    """Airflow 2 hands over any task of the run."""
    assert occasion_of(context(reason="task_failure", ti=task_instance(state="upstream_failed")), NOW).details == ""


def test_a_missed_sla_of_airflow_2():
    given = {"dag": SimpleNamespace(dag_id="load_orders"), "task_list": "fetch on 2026-11-22", "slas": []}
    occasion = occasion_of(given, NOW)
    assert (occasion.headline, occasion.details) == ("Late: Dag load_orders", "fetch on 2026-11-22")


def test_of_what_has_no_run_id_another_moment_is_another_occasion():
    first, second = (occasion_of({"reason": "timed_out"}, now) for now in (NOW, NOW + dt.timedelta(hours=1)))
    assert first.repetition != second.repetition


def test_an_error_without_a_state_is_a_failure():
    assert occasion_of(context(ti=task_instance(state=None), exception=KeyError("x")), NOW).what == "failed"


def test_a_request_for_input():
    task = SimpleNamespace(subject="Release 500 refunds?", options=["Approve", "Reject"])
    occasion = occasion_of(context(ti=task_instance(state="running"), task=task), NOW)
    assert occasion.headline == "Asks: Release 500 refunds?"
    assert occasion.details == "load_orders.fetch, run 2026-11-22 06:00 UTC"


def test_a_failed_run_names_the_task():
    occasion = occasion_of(context(reason="task_failure"), NOW)
    assert (occasion.headline, occasion.details) == ("Failed: Dag load_orders, run 2026-11-22 06:00 UTC", "task fetch")
    assert occasion.task_id == ""


def test_a_run_that_timed_out_says_so():
    assert occasion_of(context(reason="timed_out"), NOW).details == "timed out, task fetch"


def test_a_run_that_succeeded():
    occasion = occasion_of(context(reason="success"), NOW)
    assert (occasion.what, occasion.headline) == ("success", "Succeeded: Dag load_orders, run 2026-11-22 06:00 UTC")


def test_a_run_of_which_nothing_but_its_id_is_known():
    dag = SimpleNamespace(dag_id="load_orders")
    occasion = occasion_of({"dag": dag, "run_id": "r1", "reason": "timed_out"}, NOW)
    assert (occasion.headline, occasion.run_id) == ("Failed: Dag load_orders", "r1")
    assert occasion.since < NOW


def test_a_cleared_run_that_fails_again_is_another_occasion():
    again = SimpleNamespace(**(vars(RUN) | {"start_date": NOW}))
    first, second = (occasion_of(context(dag_run=run, reason="task_failure"), NOW) for run in (RUN, again))
    assert first.repetition != second.repetition


def test_a_missed_deadline():
    occasion = occasion_of(
        {
            "dag_run": {"dag_id": "load_orders", "dag_run_id": RUN_ID, "state": "running"},
            "deadline": {"id": "d1", "deadline_time": "2026-11-22T06:45:00+00:00"},
        },
        NOW,
    )
    assert occasion.headline == "Late: Dag load_orders, was due by 2026-11-22 06:45 UTC"
    assert occasion.details == f"run {RUN_ID}, running"
    assert occasion.since == dt.datetime(2026, 11, 22, 6, 45, tzinfo=dt.UTC)


@pytest.mark.parametrize("context", [{}, {"ti": None}, {"deadline": None}, {"deadline": {}, "dag_run": None}])
def test_a_context_that_says_nothing_is_no_error(context):
    assert occasion_of(context, NOW).headline
