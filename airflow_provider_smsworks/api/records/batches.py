"""Answers about batches, and about everything that is scheduled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_smsworks.api.records.fields import (
    Fields,
    Record,
    as_list,
    as_moment,
    as_pairs,
    as_status,
    as_text,
)

_BATCH_ID = ("batchid", "messageid", "id", "_id")


def read_batch_sent(data: Any) -> Record:
    """Read the answer to a batch: ``batch_id status``. The status may be SCHEDULED although it goes out at once."""
    fields = Fields(data)
    return fields.record(batch_id=fields.identifier(*_BATCH_ID), status=as_status(fields.take("status")))


def read_batch_done(data: Any) -> Record:
    """Read what became of one batch: ``batch_id status``; the gateway calls the batch's id messageid here."""
    fields = Fields(data)
    batch_id, status = as_text(fields.take(*_BATCH_ID)), as_status(fields.take("status"))
    if not status:
        raise ValueError("no status")
    return fields.record(batch_id=batch_id, status=status)


def read_schedules(data: Any) -> list[Record]:
    """
    Read what is scheduled: ``schedule_id is_batch status to sender content schedule metadata``.

    ``to`` is a list, and ``schedule_id`` the message's or batch's id to cancel it by. The specification's schema is one
    object, whose fields are all optional: an empty one is no entry.
    """
    if data == {}:
        return []
    return [_schedule(entry) for entry in as_list(data)]


def _schedule(data: Any) -> Record:
    fields = Fields(data)
    message = fields.take("message")
    inside = Fields(message if isinstance(message, Mapping) else {})

    def take(name: str) -> Any:
        return inside.take(name) or fields.take(name)

    to = take("destinations") or take("destination")
    read = fields.record(
        schedule_id=fields.identifier("id", "messageid", "batchid", "_id"),
        is_batch=fields.take("batch") is True,
        status=as_status(fields.take("status")),
        to=[text for number in (to if isinstance(to, list) else [to]) if (text := as_text(number))],
        sender=as_text(take("sender")),
        content=as_text(take("content")),
        schedule=as_moment(take("schedule")),
        metadata=as_pairs(take("metadata")),
    )
    return inside.record(**read)
