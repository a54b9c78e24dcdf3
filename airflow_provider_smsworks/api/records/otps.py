"""Answers about one-time passcodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_smsworks.api.records.fields import (
    Fields,
    Record,
    as_moment,
    as_number,
    as_pairs,
    as_status,
    as_text,
)


def read_otp(data: Any) -> Record:
    """
    Read a passcode's record: ``message_id status to passcode validity metadata created expires modified``.

    ``validity`` is in seconds. Of a passcode that the gateway answers with as a number, as its schema has it, zeros in
    front are lost. ``message_id`` is None where the answer has none, as in its schema.
    """
    fields = Fields(data)
    return fields.record(
        message_id=as_text(fields.take("messageid", "id", "_id")),
        status=as_status(fields.take("status")),
        to=as_text(fields.take("destination")),
        passcode=as_text(fields.take("passcode")),
        validity=as_number(fields.take("validity")),
        metadata=_document(fields.take("metadata")),
        created=as_moment(fields.take("created")),
        expires=as_moment(fields.take("expires")),
        modified=as_moment(fields.take("modified")),
    )


def _document(value: Any) -> Record:
    """Return the object that was sent with the passcode, also from a list of pairs, as messages have it."""
    return dict(value) if isinstance(value, Mapping) else dict(as_pairs(value))
