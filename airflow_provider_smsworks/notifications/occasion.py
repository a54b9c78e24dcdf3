"""
What an alert is about, read from whatever context Airflow gives it.

A task's callback has the task instance. A Dag's callback has the one that ended the run, or nothing but the run's id. A
Deadline Alert has a run as a plain dict. A human-in-the-loop task calls its notifiers itself, before it waits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_smsworks.api.masking import mask_numbers

_A_DAY = dt.timedelta(days=1)

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
    if context.get("reason") is not None or context.get("ti") is None:
        return _of_run(context, now)
    return _of_task(context, now)


def _of_task(context: Mapping[str, Any], now: dt.datetime) -> Occasion:
    ti, task, error = context["ti"], context.get("task"), context.get("exception")
    what = _word(getattr(ti, "state", None)) or ("failed" if error else "running")
    if what == "running" and hasattr(task, "subject") and hasattr(task, "options"):
        what = "asks"
    map_index = -1 if getattr(ti, "map_index", None) is None else ti.map_index
    name = f"{ti.dag_id}.{ti.task_id}" + (f"[{map_index}]" if map_index >= 0 else "")
    tries, most = getattr(ti, "try_number", None) or 1, (getattr(ti, "max_tries", None) or 0) + 1
    which_try = f", try {tries} of {most}" if what in ("failed", "up_for_retry") and most > 1 else ""
    details = _error(error) if error else ""
    headline = f"{_told(what)}: {name}{which_try}{_when(context)}"
    if what == "asks":
        headline, details = f"{_told(what)}: {getattr(task, 'subject', '')}", f"{name}{_when(context)}"
    since = getattr(ti, "start_date", None)
    return Occasion(
        what,
        ti.dag_id,
        ti.run_id,
        ti.task_id,
        map_index,
        f"try {tries}",
        since if isinstance(since, dt.datetime) else now - _A_DAY,
        headline,
        details,
    )


def _of_run(context: Mapping[str, Any], now: dt.datetime) -> Occasion:
    run, ti = context.get("dag_run"), context.get("ti")
    dag_id = getattr(run, "dag_id", None) or getattr(context.get("dag"), "dag_id", None) or ""
    run_id = getattr(run, "run_id", None) or context.get("run_id") or ""
    reason = str(context.get("reason") or "")
    what = "success" if reason == "success" else "failed"
    # A Clear starts a run anew, and its end is another one then.
    started = getattr(run, "start_date", None)
    details = []
    if what == "failed" and reason not in ("", "task_failure"):
        details.append(reason.replace("_", " "))
    if what == "failed" and ti is not None:
        details.append(f"task {ti.task_id}")
    return Occasion(
        what,
        str(dag_id),
        str(run_id),
        "",
        -1,
        f"{started}, {getattr(run, 'clear_number', None) or 0}",
        started if isinstance(started, dt.datetime) else now - _A_DAY,
        f"{_told(what)}: Dag {dag_id}{_when(context)}",
        ", ".join(details),
    )


def _of_deadline(context: Mapping[str, Any], now: dt.datetime) -> Occasion:
    run, deadline = context.get("dag_run") or {}, context.get("deadline") or {}
    due = _moment(deadline.get("deadline_time"))
    return Occasion(
        "late",
        str(run.get("dag_id", "")),
        str(run.get("dag_run_id", "")),
        "",
        -1,
        f"deadline {deadline.get('id')}",
        due or now - _A_DAY,
        f"{_told('late')}: Dag {run.get('dag_id', '')}" + (f", was due by {_shown(due)}" if due else ""),
        f"run {run.get('dag_run_id', '')}, {run.get('state', '')}",
    )


def _told(what: str) -> str:
    return _TOLD.get(what, what.replace("_", " ").capitalize())


def _word(state: Any) -> str:
    return str(getattr(state, "value", state) or "")


def _error(error: Any) -> str:
    """Return what kind of error it is, and the first line of what it says."""
    # It may quote whatever the task had in its hands.
    said = mask_numbers(_first_line(str(error)))
    return said if isinstance(error, str) else ": ".join(part for part in (type(error).__name__, said) if part)


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _when(context: Mapping[str, Any]) -> str:
    run = context.get("dag_run")
    moments = (getattr(run, "logical_date", None), getattr(run, "run_after", None), context.get("logical_date"))
    moment = next((moment for moment in moments if isinstance(moment, dt.datetime)), None)
    return f", run {_shown(moment)}" if moment else ""


def _moment(value: Any) -> dt.datetime | None:
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, dt.datetime) else None


def _shown(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
