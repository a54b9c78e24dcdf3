"""
What "the same text" is: the key of a logical send, which travels in the message's metadata.

The words are not part of it: a task instance texts somebody once, also if a retry renders other words.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KEY_PAIR = "airflow_send"
MARK_PAIR = "airflow"
REPORTS_KEPT = dt.timedelta(days=90)
"""The gateway deletes its reports after 3 months: later there is nothing left to look up."""

RESERVED_PAIRS = frozenset({KEY_PAIR, MARK_PAIR})


@dataclass(frozen=True)
class Attempt:
    """
    Which task instance is sending, and for the how-many-eth time.

    :param max_tries: Airflow changes it when a task is cleared that ran, not when it retries
    :param partition: of a run that was scheduled for a partition, the partition: a backfill of it is another run
    :param is_repeat: whether an earlier try may have sent: of this task instance, or of another one before a Clear
        (a mapped task's list may have changed its order in between)
    :param due: when the run was due; what ``max_age`` is measured from
    :param began: a moment before any try: how far back a look-up must reach
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    max_tries: int
    is_repeat: bool
    due: dt.datetime | None
    began: dt.datetime
    partition: str | None = None

    @classmethod
    def of_task(cls, context: Mapping[str, Any], now: dt.datetime) -> Attempt:
        """Read it from a task's context, of Airflow 2 or 3."""
        ti, run = context["ti"], context.get("dag_run")
        due = _due(context, run)
        kind = getattr(run, "run_type", None)
        kind = getattr(kind, "value", kind)
        partition = getattr(run, "partition_key", None) if kind in ("scheduled", "backfill") else None
        # A Clear sets the run's own dates anew; the moment it was due stays.
        moments = [due, getattr(run, "queued_at", None), getattr(run, "start_date", None)]
        may_have_another_run = partition is not None and kind == "backfill"
        if may_have_another_run:
            # Another run may have texted at any time; a day less, for the gateway's days are not ours.
            moments.append(now - REPORTS_KEPT + dt.timedelta(days=1))
        return cls(
            dag_id=ti.dag_id,
            run_id=ti.run_id,
            task_id=ti.task_id,
            map_index=-1 if ti.map_index is None else ti.map_index,
            max_tries=ti.max_tries or 0,
            is_repeat=(ti.try_number or 1) > 1 or (getattr(run, "clear_number", None) or 0) > 0 or may_have_another_run,
            due=due,
            began=min([now, *(moment for moment in moments if isinstance(moment, dt.datetime))]),
            partition=partition,
        )


def _due(context: Mapping[str, Any], run: Any) -> dt.datetime | None:
    run_after = getattr(run, "run_after", None)
    if isinstance(run_after, dt.datetime):
        return run_after
    # Airflow 2: a manual run has the data interval of the last schedule, but its own logical date.
    moments = [context.get("data_interval_end"), context.get("logical_date")]
    return max((moment for moment in moments if isinstance(moment, dt.datetime)), default=None)


def send_key(conn_id: str, attempt: Attempt, *, send_key: str | None, part: str, recipients: Sequence[str]) -> str:
    """
    Return the key of a logical send, for the message's metadata.

    Whoever knows the Dag can try out numbers until one gives this key, so it goes to the gateway, which knows the
    number, and nowhere else: see :func:`blind`.

    :param conn_id: the connection that sends
    :param attempt: the task instance; its tries share the key
    :param send_key: the author's own name for this send, in the place of the map index
    :param part: which of the texts of a task this is
    :param recipients: numbers in the gateway's spelling; their order does not matter
    """
    place = ["map", attempt.map_index] if send_key is None else ["key", str(send_key)]
    run = attempt.run_id if attempt.partition is None else ["partition", attempt.partition]
    named = [conn_id, attempt.dag_id, run, attempt.task_id, place, part, sorted(recipients)]
    return hashlib.sha256(_text(named)).hexdigest()[:32]


def pairs_of(conn_id: str, key: str) -> dict[str, str]:
    """Return the metadata that makes a message findable: its key, and what marks all messages of this connection."""
    return {KEY_PAIR: key, MARK_PAIR: mark_of(conn_id)}


def mark_of(conn_id: str) -> str:
    """Return what marks all messages that a connection sent."""
    return hashlib.sha256(_text(["connection", conn_id])).hexdigest()[:12]


def blind(secret: str, *named: str) -> str:
    """
    Return a fingerprint that only who has the account's secret can try out numbers or words for.

    It is what Airflow's database may hold. A new token makes other fingerprints, as if nothing were written down:
    then the task looks at the gateway.
    """
    return hmac.new(secret.encode(), _text(named), hashlib.sha256).hexdigest()[:32]


def _text(named: Sequence[Any]) -> bytes:
    return json.dumps(named, ensure_ascii=True).encode()
