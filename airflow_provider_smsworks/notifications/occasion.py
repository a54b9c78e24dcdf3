"""
What an alert is about, read from whatever context Airflow gives it.

A task's callback has the task instance. If its worker died, the Dag processor calls back instead, with a task instance
that has neither state nor start nor error. A Dag's callback has the task instance that ended the run (of Airflow 2, any
of the run's), or nothing but the run's id. A Deadline Alert has a run as a plain dict. A human-in-the-loop task calls
its notifiers itself, before it waits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow.providers.common.compat.sdk import redact

from airflow_provider_smsworks.api.masking import mask_numbers, mask_secrets

_A_DAY = dt.timedelta(days=1)
_LONGEST = 2000
"""Characters: more of an error than fits any text."""

_TOLD = {
    "failed": "Failed",
    "up_for_retry": "Will retry",
    "success": "Succeeded",
    "skipped": "Skipped",
    "late": "Late",
    "asks": "Asks",
    "running": "Started",
}


@dataclass(frozen=True)
class Occasion:
    """
    What happened to what.

    :param what: ``failed up_for_retry success skipped late asks running``, or another state of Airflow's
    :param dag_id: of the Dag
    :param run_id: of the run
    :param task_id: of the task; empty if it is the run as a whole
    :param map_index: of a mapped task instance, else -1
    :param repetition: what tells it from the same thing happening again: the try, the start of a run that was cleared
    :param since: a moment before it happened
    :param headline: one sentence
    :param details: what it may be read without
    """

    what: str
    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    repetition: str
    since: dt.datetime
    headline: str
    details: str = ""


def occasion_of(context: Mapping[str, Any], now: dt.datetime) -> Occasion:
    """Return what an alert is about; a context that says nothing gives an occasion of which nothing is known."""
    if "deadline" in context:
        return _of_deadline(context, now)
    if "reason" in context or context.get("ti") is None:
        return _of_run(context, now)
    return _of_task(context, now)


def _of_task(context: Mapping[str, Any], now: dt.datetime) -> Occasion:
    ti, task, error = context["ti"], context.get("task"), context.get("exception")
    started = _moment(getattr(ti, "start_date", None))
    # Only what the Dag processor knows of a task whose worker died has no start.
    what = _word(getattr(ti, "state", None)) or ("running" if started and not error else "failed")
    if what == "running" and hasattr(task, "subject") and hasattr(task, "options"):
        what = "asks"
    map_index = -1 if getattr(ti, "map_index", None) is None else ti.map_index
    name = f"{ti.dag_id}.{ti.task_id}" + (f"[{map_index}]" if map_index >= 0 else "")
    tries, most = getattr(ti, "try_number", None) or 1, (getattr(ti, "max_tries", None) or 0) + 1
    which_try = f", try {tries} of {most}" if what in ("failed", "up_for_retry") and most > 1 else ""
    headline = f"{_told(what)}: {name}{which_try}{_when(context)}"
    details = _error(error) if error else ""
    if what == "asks":
        headline, details = f"{_told(what)}: {getattr(task, 'subject', '')}", f"{name}{_when(context)}"
    # A sensor that looks again and again begins anew each time.
    began = [moment for moment in (started, _moment(getattr(context.get("dag_run"), "start_date", None))) if moment]
    since = min(began, default=now - _A_DAY)
    return Occasion(what, ti.dag_id, ti.run_id, ti.task_id, map_index, f"try {tries}", since, headline, details)


def _of_run(context: Mapping[str, Any], now: dt.datetime) -> Occasion:
    run, ti = context.get("dag_run"), context.get("ti")
    dag_id = str(getattr(run, "dag_id", None) or getattr(context.get("dag"), "dag_id", None) or "")
    run_id = str(getattr(run, "run_id", None) or context.get("run_id") or "")
    started = _moment(getattr(run, "start_date", None))
    # A Clear starts a run anew, and its end is another one then.
    repetition = f"{started}, {getattr(run, 'clear_number', None) or 0}"
    if not (run_id and started):
        repetition = f"{now:%Y-%m-%d %H:%M}"
    reason = str(context.get("reason") or "")
    what = "success" if reason == "success" else "failed"
    details = [reason.replace("_", " ")] if what == "failed" and reason not in ("", "task_failure") else []
    if what == "failed" and ti is not None and _word(getattr(ti, "state", None)) in ("", "failed"):
        details.append(f"task {ti.task_id}")
    if "task_list" in context:
        what, details = "late", [_first_line(context["task_list"])]
    headline = f"{_told(what)}: Dag {dag_id}{_when(context)}"
    return Occasion(what, dag_id, run_id, "", -1, repetition, started or now - _A_DAY, headline, ", ".join(details))


def _of_deadline(context: Mapping[str, Any], now: dt.datetime) -> Occasion:
    run, deadline = context.get("dag_run") or {}, context.get("deadline") or {}
    dag_id, run_id = str(run.get("dag_id", "")), str(run.get("dag_run_id", ""))
    due = _moment(deadline.get("deadline_time"))
    headline = f"{_told('late')}: Dag {dag_id}" + (f", was due by {_shown(due)}" if due else "")
    details = f"run {run_id}, {run.get('state', '')}"
    repetition = f"deadline {deadline.get('id')}"
    return Occasion("late", dag_id, run_id, "", -1, repetition, due or now - _A_DAY, headline, details)


def _told(what: str) -> str:
    return _TOLD.get(what, what.replace("_", " ").capitalize())


def _word(state: Any) -> str:
    return str(getattr(state, "value", state) or "")


def _error(error: Any) -> str:
    """Return what kind of error it is, and the first line of what it says."""
    try:
        # It may quote whatever the task had in its hands; as a whole, for a secret may have several lines.
        said = mask_numbers(_first_line(mask_secrets(str(redact(str(error)[:_LONGEST])), ())))
    except Exception:  # of an error that cannot say what it is
        said = ""
    return said if isinstance(error, str) else ": ".join(part for part in (type(error).__name__, said) if part)


def _first_line(text: object) -> str:
    return next((line.strip() for line in str(text).splitlines() if line.strip()), "")


def _when(context: Mapping[str, Any]) -> str:
    run = context.get("dag_run")
    moments = (getattr(run, "logical_date", None), getattr(run, "run_after", None), context.get("logical_date"))
    moment = next(filter(None, map(_moment, moments)), None)
    return f", run {_shown(moment)}" if moment else ""


def _moment(value: Any) -> dt.datetime | None:
    """Return a moment that can be compared with others."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, dt.datetime) and value.tzinfo else None


def _shown(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
