"""From a request's body to a message that can be accepted: the documented checks, in the codes' order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_smsworks.sandbox.errors import refused
from airflow_provider_smsworks.sandbox.numbers import Destination, is_sender, read_destination
from airflow_provider_smsworks.sandbox.schemas import Message, pairs, read_body
from airflow_provider_smsworks.sandbox.settings import Settings

MAX_CONTENT = 1280
MAX_TAG = 280


@dataclass(frozen=True)
class Draft:
    """A message that passed the checks and is not accepted yet."""

    destination: Destination
    sender: str
    content: str
    tag: str | None  # None: the request had none
    metadata: list[Any] | dict[str, Any]  # as received
    pairs: list[tuple[str, str]]  # the same, in one shape
    report_url: str
    validity: float  # minutes


def read_draft(body: Mapping[str, Any], settings: Settings) -> Draft:
    """Check a request for one message. Raises the gateway's answer to what is wrong with it."""
    message = read_body(Message, body)
    if not message.content:
        raise refused(4001)
    if len(message.content) > MAX_CONTENT:
        raise refused(4002)
    if not is_sender(message.sender):
        raise refused(4003)
    destination = read_destination(message.destination, prefixes=settings.number_prefixes == "tolerated")
    if destination is None:
        raise refused(4004)
    if len(message.tag) > MAX_TAG:
        raise refused(4005)
    if destination.international and settings.account == "no_international":
        raise refused(4034)
    return Draft(
        destination=destination,
        sender=message.sender,
        content=message.content,
        tag=body.get("tag"),
        metadata=body.get("metadata", []),
        pairs=pairs(message.metadata),
        report_url=message.deliveryreporturl,
        validity=message.validity,
    )
