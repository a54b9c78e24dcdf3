"""
What "the same text" is: the key of a logical send, which travels in the message's metadata.

The words are not part of it: a task instance texts somebody once, also if a retry renders other words.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KEY_PAIR = "airflow_send"
MARK_PAIR = "airflow"
RESERVED_PAIRS = frozenset({KEY_PAIR, MARK_PAIR})


@dataclass(frozen=True)
class Attempt:
    """Which task instance is sending, and for the how-many-eth time."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    try_number: int
    max_tries: int
    retries: int
    run_moment: dt.datetime | None
    """When the run was due; what ``max_age`` is measured from."""
    began: dt.datetime
    """A moment before any try of this task instance: how far back a look-up must reach."""

    @property
    def is_repeat(self) -> bool:
        """Whether there was a try before this one."""
        return self.try_number > 1

    @classmethod
    def of_task(cls, context: Mapping[str, Any], now: dt.datetime) -> Attempt:
        """Read it from a task's context, of Airflow 2 or 3."""
        ti, run = context["ti"], context.get("dag_run")
        due = (getattr(run, "run_after", None), context.get("data_interval_end"), context.get("logical_date"))
        moments = [getattr(run, name, None) for name in ("run_after", "queued_at", "start_date")]
        began = min([now, *(moment for moment in moments if isinstance(moment, dt.datetime))])
        return cls(
            dag_id=ti.dag_id,
            run_id=ti.run_id,
            task_id=ti.task_id,
            map_index=-1 if ti.map_index is None else ti.map_index,
            try_number=ti.try_number or 1,
            max_tries=ti.max_tries or 0,
            retries=getattr(context.get("task"), "retries", None) or 0,
            run_moment=next((moment for moment in due if isinstance(moment, dt.datetime)), None),
            began=began,
        )


def send_key(conn_id: str, attempt: Attempt, *, send_key: str | None, part: str, recipients: Sequence[str]) -> str:
    """
    Return the key of a logical send: 32 hexadecimal characters that say nothing about anybody.

    :param conn_id: the connection that sends
    :param attempt: the task instance; its tries share the key
    :param send_key: the author's own name for this send, in the place of the map index
    :param part: which of the texts of a task this is
    :param recipients: numbers in the gateway's spelling; their order does not matter
    """
    place = ["map", attempt.map_index] if send_key is None else ["key", str(send_key)]
    named = [conn_id, attempt.dag_id, attempt.run_id, attempt.task_id, place, part, sorted(recipients)]
    return _digest(named, 32)


def pairs_of(conn_id: str, key: str) -> dict[str, str]:
    """Return the metadata that makes a message findable: its key, and what marks all messages of this connection."""
    return {KEY_PAIR: key, MARK_PAIR: mark_of(conn_id)}


def mark_of(conn_id: str) -> str:
    """Return what marks all messages that a connection sent."""
    return _digest(["connection", conn_id], 12)


def words_of(sender: str, content: str) -> str:
    """Return a fingerprint of sender and text, which tells other words from the same ones without keeping them."""
    return _digest(["words", sender, content], 32)


def _digest(named: Sequence[Any], length: int) -> str:
    return hashlib.sha256(json.dumps(named, ensure_ascii=False).encode()).hexdigest()[:length]
