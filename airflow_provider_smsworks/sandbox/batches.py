"""Batches: several messages that are accepted together, in one transaction.

The documents say that batch messages which cannot be sent get the status FAILED, and not whether that
holds for numbers that are none: the setting ``batch_partial`` has both readings. Their limits of 500 and
5,000 messages disagree, and the answer to more is unknown. Also unknown, and decided here: a number given
twice is texted twice, the credits suffice for all messages or none is sent, and a batch can be looked up
at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_smsworks.sandbox.accept import Origin, accept, check_credit, record_failure
from airflow_provider_smsworks.sandbox.drafts import Draft, examine
from airflow_provider_smsworks.sandbox.errors import malformed, refused
from airflow_provider_smsworks.sandbox.schemas import BatchMessage, read_body
from airflow_provider_smsworks.sandbox.settings import Settings
from airflow_provider_smsworks.sandbox.state import Sandbox

_ABOUT_THE_NUMBER = {4004, 4034}
_NOT_FOR_ONE_MESSAGE = {"destination", "destinations", "metadata", "responseemail"}  # BatchMessage has no such fields


def read_batch(body: Mapping[str, Any], settings: Settings) -> list[Draft]:
    """Check a BatchMessage: one text for many numbers. What is wrong with the text refuses them all."""
    _check_size(read_body(BatchMessage, body).destinations, settings)
    drafts = draft_batch(body, settings)
    for draft in drafts:
        if draft.problem is not None and draft.problem not in _ABOUT_THE_NUMBER:
            raise refused(draft.problem)
    return _check(drafts, settings)


def draft_batch(body: Mapping[str, Any], settings: Settings) -> list[Draft]:
    """The messages of a BatchMessage, with their problems."""
    batch = read_body(BatchMessage, body)
    shared = {name: value for name, value in body.items() if name not in _NOT_FOR_ONE_MESSAGE}
    return [examine({**shared, "destination": number}, settings) for number in batch.destinations]


def read_collection(bodies: Sequence[Any], settings: Settings) -> list[Draft]:
    """Check a list of complete messages, each with a text of its own. A malformed one refuses them all."""
    _check_size(bodies, settings)
    for number, body in enumerate(bodies):
        if not isinstance(body, dict):
            raise malformed(f"{number}: Input should be an object")
    return _check([examine(body, settings) for body in bodies], settings)


def send(sandbox: Sandbox, drafts: Sequence[Draft], operation: str) -> str:
    """Accept the messages that can be sent, or none if the credits are not enough; returns the batch's id."""
    batch_id = sandbox.new_id()
    with sandbox.database.transaction():
        check_credit(sandbox, drafts)
        store(sandbox, drafts, Origin(operation, batch_id))
    return batch_id


def store(sandbox: Sandbox, drafts: Sequence[Draft], origin: Origin, message_id: str | None = None) -> list[str]:
    """Accept each message, or record why it fails; returns their ids. ``message_id`` is for a single one."""
    return [
        accept(sandbox, draft, origin, message_id).message_id
        if draft.problem is None
        else record_failure(sandbox, draft, origin, message_id)
        for draft in drafts
    ]


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
