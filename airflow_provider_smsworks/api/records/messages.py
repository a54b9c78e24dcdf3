"""Answers about messages: sent, found, deleted, counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_smsworks.api.records.fields import (
    Fields,
    Record,
    as_list,
    as_moment,
    as_number,
    as_pairs,
    as_status,
    as_text,
)

_MESSAGE_ID = ("messageid", "id", "_id")


def read_sent(data: Any) -> Record:
    """Read the answer to a send: ``message_id status parts credits_used credits_left metadata``."""
    fields = Fields(data)
    return fields.record(
        message_id=fields.identifier(*_MESSAGE_ID),
        status=as_status(fields.take("status")),
        parts=as_number(fields.take("messageparts")),
        credits_used=as_number(fields.take("creditsUsed")),
        credits_left=as_number(fields.take("credits")),
        metadata=as_pairs(fields.take("metadata")),
    )


def read_message(data: Any) -> Record:
    """Read a message as reports show it. ``credits_used`` is what the gateway calls credits here."""
    message = _message(data)
    if message["message_id"] is None:
        raise ValueError("no id")
    return message


def read_messages(data: Any) -> list[Record]:
    """
    Read a list of messages: a bare list, one object, or ``{"messages": […]}`` as older contracts have it.

    One message without an id does not hide the others; its ``message_id`` is None.
    """
    return [_message(entry) for entry in as_list(data)]


def read_done(data: Any) -> Record:
    """Read what became of one message: ``message_id status``; the id may be None, which was asked for by it."""
    fields = Fields(data)
    message_id, status = as_text(fields.take(*_MESSAGE_ID)), as_status(fields.take("status"))
    if not status:
        raise ValueError("no status")
    return fields.record(message_id=message_id, status=status)


def read_volume(data: Any) -> int:
    """Read how many messages were sent."""
    volume = as_number(Fields(data).take("volume"))
    if volume is None:
        raise ValueError("no volume")
    return int(volume)


def _message(data: Any) -> Record:
    fields = Fields(data)
    message = fields.record(
        message_id=as_text(fields.take(*_MESSAGE_ID)),
        status=as_status(fields.take("status")),
        to=as_text(fields.take("destination")),
        sender=as_text(fields.take("sender")),
        content=as_text(fields.take("content")),
        created=as_moment(fields.take("created")),
        modified=as_moment(fields.take("modified")),
        schedule=as_moment(fields.take("schedule")),
        tag=as_text(fields.take("tag")),
        batch_id=as_text(fields.take("batchid")),
        keyword=as_text(fields.take("keyword")),
        credits_used=as_number(fields.take("credits")),
        failure_reason=_failure(fields.take("failurereason", "failureReason")),
        metadata=as_pairs(fields.take("metadata")),
    )
    # Anything else, taken for a message, could make a look-up find nothing and a text go out twice.
    if message["message_id"] is None and (message["to"] is None or not message["status"]):
        raise ValueError("no message")
    return message


def _failure(value: Any) -> Record | None:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, Mapping):
        # The code alone, or words: a reason all the same.
        value = {} if as_text(value) is None else {"code": value, "details": value}
    if not value:
        return None
    return {
        **value,
        "code": as_number(value.get("code")),
        "details": as_text(value.get("details")),
        "permanent": value.get("permanent"),
    }
