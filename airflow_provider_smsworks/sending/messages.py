"""A text to one phone: plain, as a flash, or binary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.masking import mask_number
from airflow_provider_smsworks.api.operations import SEND_BINARY_MESSAGE, Call, Operation
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.api.text import count_parts
from airflow_provider_smsworks.sending.cost import cost_of_bytes, cost_of_text
from airflow_provider_smsworks.sending.identity import mark_of, pairs_of
from airflow_provider_smsworks.sending.lookup import HasWords, Wanted, find_message
from airflow_provider_smsworks.sending.task import SendingTask
from airflow_provider_smsworks.sending.text import Sought, Text, sent_message


def message_text(
    task: SendingTask, operation: Operation[..., Record], arguments: Mapping[str, Any], *, part: str = "message"
) -> Text:
    """
    Return a text to one phone. Its key travels in the message's metadata, and searches find it by phone and time.

    :param operation: of the table; it takes ``to content metadata``
    :param arguments: of the operation
    :param part: which of several texts of a task to one phone this is
    """
    body = operation.prepare(task.settings, **arguments).body
    to, content = body["destination"], body["content"]
    is_binary = operation is SEND_BINARY_MESSAGE
    cost = cost_of_bytes(to, content) if is_binary else cost_of_text(to, content)

    def words_of(sender: str, content: str) -> str:
        return task.fingerprint("words", sender, content)

    def prepare(key: str) -> Call[Record]:
        return operation.prepare(task.settings, **with_pairs(arguments, pairs_of(task.conn_id, key)))

    def find(sought: Sought) -> Record | None:
        def has_words(sender: str, content: str) -> bool:
            return words_of(sender, content) in sought.words

        wanted = Wanted(to, sought.since, sought.key, mark_of(task.conn_id), has_words, earlier=sought.earlier)
        if not is_binary:
            wanted = replace(wanted, may_have_words=shortens(body))
        return find_message(task.hook.search_all_messages, wanted)

    def result(message: Record, adopted: bool) -> Record:
        sent = sent_message(message, adopted)
        parts = sent["parts"] or (None if adopted else cost.parts)
        return {**sent, "to": mask_number(to), "parts": parts}

    return Text(task.key(part, [to]), words_of(body["sender"], content), prepare, find, result, bill=[cost])


def shortens(body: Mapping[str, Any]) -> HasWords:
    """
    Return what tells of sender and content of a message whether it may be this one, as the phone got it.

    The account's AI Optimiser may rewrite "a text just over the 1 or 2 credit boundary" (the specification's ``ai``).
    """
    parts = count_parts(body["content"])

    def may_have_words(sender: str, content: str) -> bool:
        is_shortened = parts in (2, 3) and count_parts(content) < parts
        return is_shortened and sender == body["sender"] and body.get("ai") is not False

    return may_have_words


def with_pairs(arguments: Mapping[str, Any], pairs: Mapping[str, str]) -> dict[str, Any]:
    """
    Return the arguments of a message that carries these pairs beside its own.

    :raises SmsWorksValidationError: its own have such names already
    """
    own = arguments.get("metadata") or {}
    if taken := set(pairs) & set(own):
        raise SmsWorksValidationError(
            [f"`metadata` must not use {', '.join(sorted(taken))}: the provider finds messages by them"]
        )
    return {**arguments, "metadata": {**own, **pairs}}
