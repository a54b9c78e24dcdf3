"""Batches: several messages that are accepted together, in one transaction.

The documents say that batch messages which cannot be sent get the status FAILED, and not whether that
holds for numbers that are none: the setting ``batch_partial`` has both readings. Their limits of 500 and
5,000 messages disagree, and the answer to more is unknown. Nor do they say what happens to a number that is
given twice, and to a batch that there is too little credit for: ``batch_duplicates`` and ``batch_credit``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from airflow_provider_smsworks.sandbox.accept import NO_CREDIT, Origin, accept_each, check_credit, cost, spendable
from airflow_provider_smsworks.sandbox.drafts import Draft, examine
from airflow_provider_smsworks.sandbox.errors import BLOCKED_TERMS, blocked_terms, malformed, refused
from airflow_provider_smsworks.sandbox.schemas import BatchMessage, read_body
from airflow_provider_smsworks.sandbox.settings import Settings
from airflow_provider_smsworks.sandbox.state import Sandbox

_ABOUT_THE_NUMBER = {4004, 4034}
_NOT_FOR_ONE_MESSAGE = {"destination", "destinations", "metadata", "responseemail"}  # BatchMessage has no such fields
_REQUIRED = {"sender", "destination", "content"}  # empty ones make a message that fails, absent ones none at all


def read_batch(body: Mapping[str, Any], settings: Settings) -> list[Draft]:
    """Check a BatchMessage: one text for many numbers. What is wrong with the text refuses them all."""
    _check_size(read_body(BatchMessage, body).destinations, settings)
    drafts = draft_batch(body, settings)
    for draft in drafts:
        if draft.problem is not None and draft.problem not in _ABOUT_THE_NUMBER:
            raise blocked_terms() if draft.problem == BLOCKED_TERMS else refused(draft.problem)
    if settings.batch_duplicates == "refused" and len(_by_number(drafts)) < len(drafts):
        raise malformed("destinations: must not have a number twice")
    return _check(drafts, settings)


def draft_batch(body: Mapping[str, Any], settings: Settings) -> list[Draft]:
    """The messages of a BatchMessage, with their problems."""
    batch = read_body(BatchMessage, body)
    shared = {name: value for name, value in body.items() if name not in _NOT_FOR_ONE_MESSAGE}
    drafts = [examine({**shared, "destination": number}, settings) for number in batch.destinations]
    return list(_by_number(drafts).values()) if settings.batch_duplicates == "once" else drafts


def read_collection(bodies: Sequence[Any], settings: Settings) -> list[Draft]:
    """Check a list of complete messages, each with a text of its own. A malformed one refuses them all."""
    _check_size(bodies, settings)
    for number, body in enumerate(bodies):
        if not isinstance(body, dict):
            raise malformed(f"{number}: Input should be an object")
        if missing := sorted(_REQUIRED - body.keys()):
            raise malformed(f"{number}.{missing[0]}: Field required")
    drafts = [examine(body, settings) for body in bodies]
    if any(draft.problem == BLOCKED_TERMS for draft in drafts):
        raise blocked_terms()  # with the account disabled there is nothing to be sent for the others
    return _check(drafts, settings)


def send(sandbox: Sandbox, drafts: Sequence[Draft], operation: str) -> str:
    """Accept the messages that can be sent, or raise error 4021; returns the batch's id."""
    batch_id = sandbox.new_id()
    with sandbox.database.transaction():
        accept_each(sandbox, afford(sandbox, drafts), Origin(operation, batch_id))
    return batch_id


def afford(sandbox: Sandbox, drafts: Sequence[Draft]) -> Sequence[Draft]:
    """The messages, with error 4021 for those that there is no credit for, or raised if that is none or too few."""
    if sandbox.settings.batch_credit == "all" or not any(draft.problem is None for draft in drafts):
        check_credit(sandbox, drafts)
        return drafts
    left = spendable(sandbox)
    affordable: list[Draft] = []
    for draft in drafts:
        price = cost(draft) if draft.problem is None else 0.0
        affordable.append(draft if price <= left else replace(draft, problem=NO_CREDIT))
        left -= price if price <= left else 0.0
    if all(draft.problem is not None for draft in affordable):
        raise refused(NO_CREDIT)
    return affordable


def _by_number(drafts: Sequence[Draft]) -> dict[str, Draft]:
    """The first message to each number."""
    first: dict[str, Draft] = {}
    for draft in drafts:
        first.setdefault(draft.destination.digits, draft)
    return first


def _check_size(messages: Sequence[Any], settings: Settings) -> None:
    if not messages:
        raise malformed("a batch needs at least one message")
    if len(messages) > settings.batch_limit:
        raise malformed(f"a batch may contain up to {settings.batch_limit} messages at a time")


def _check(drafts: list[Draft], settings: Settings) -> list[Draft]:
    problems = [draft.problem for draft in drafts if draft.problem is not None]
    if problems and not settings.batch_partial:
        raise refused(problems[0])
    return drafts
