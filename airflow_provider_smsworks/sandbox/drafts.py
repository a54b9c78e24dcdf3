"""From a request's body to a message that can be accepted: the documented checks, in the codes' order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_smsworks.sandbox.ai import optimised
from airflow_provider_smsworks.sandbox.errors import ACCOUNT_ERRORS, BLOCKED_TERMS, blocked_terms, refused
from airflow_provider_smsworks.sandbox.numbers import Destination, is_sender, read_destination
from airflow_provider_smsworks.sandbox.parts import count_parts, is_gsm, utf16_units
from airflow_provider_smsworks.sandbox.schemas import Message, pairs, read_body
from airflow_provider_smsworks.sandbox.settings import Settings

MAX_CONTENT = 1280
MAX_TAG = 280
PROFANITY, BLOCKED = "PROFANITY-TEST", "PHISHING-TEST"  # stand for what the gateway's filters find


@dataclass(frozen=True)
class Draft:
    """A message that is not accepted yet, and what the checks said."""

    destination: Destination
    sender: str
    content: str  # what the phone gets
    tag: str | None  # None: the request had none
    metadata: list[Any] | dict[str, Any]  # as received
    pairs: list[tuple[str, str]]  # the same, in one shape
    report_url: str
    validity: float  # minutes
    ttl: float  # minutes; 0: the report stays
    parts: int
    problem: int | None  # the documented error that forbids to send it


def read_draft(body: Mapping[str, Any], settings: Settings) -> Draft:
    """Check a request for one message. Raises the gateway's answer to what is wrong with it."""
    draft = examine(body, settings)
    if draft.problem is not None:
        raise blocked_terms() if draft.problem == BLOCKED_TERMS else refused(draft.problem)
    return draft


def examine(body: Mapping[str, Any], settings: Settings) -> Draft:
    """Check one message of several. Raises only if the body is malformed; the rest is in ``problem``.

    A destination that is none stays as it was supplied.
    """
    message = read_body(Message, body)
    destination = read_destination(message.destination, prefixes=settings.number_prefixes == "tolerated")
    optimise = message.ai or (settings.ai_optimiser and "ai" not in message.model_fields_set)
    content = optimised(message.content, settings.billing) if optimise else message.content
    return Draft(
        destination=destination or Destination(message.destination, international=False),
        sender=message.sender,
        content=content,
        tag=body.get("tag"),
        metadata=body.get("metadata", []),
        pairs=pairs(message.metadata),
        report_url=message.deliveryreporturl,
        validity=message.validity,
        ttl=message.ttl,
        parts=count_parts(content, settings.billing),
        problem=_problem(message, destination, settings),
    )


def _problem(message: Message, destination: Destination | None, settings: Settings) -> int | None:
    if error := ACCOUNT_ERRORS.get(settings.account):
        return error  # of a scheduled message whose time has come; all others were stopped before
    if not message.content:
        return 4001
    if len(message.content) > MAX_CONTENT or _is_long_unicode(message.content, settings):
        return 4002
    if not is_sender(message.sender):
        return 4003
    if destination is None:
        return 4004
    if len(message.tag) > MAX_TAG:
        return 4005
    if PROFANITY in message.content:
        return 4006
    if BLOCKED in message.content:
        return BLOCKED_TERMS
    if destination.international and settings.account == "no_international":
        return 4034
    return None


def _is_long_unicode(content: str, settings: Settings) -> bool:
    limit = settings.unicode_limit
    return limit is not None and not is_gsm(content) and utf16_units(content) > limit
