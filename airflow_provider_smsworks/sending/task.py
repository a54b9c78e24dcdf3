"""The rule that sends a text once, applied to a task: its context, its hook, and an operation with its arguments."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from airflow_provider_smsworks.api.masking import mask_number
from airflow_provider_smsworks.api.operations import Call, Operation
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.api.text import count_parts
from airflow_provider_smsworks.sending.identity import Attempt, blind, mark_of, pairs_of, send_key
from airflow_provider_smsworks.sending.journal import journal_of_task
from airflow_provider_smsworks.sending.lookup import Wanted, find_message
from airflow_provider_smsworks.sending.once import Rules, SendOnce, Text

if TYPE_CHECKING:
    from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook


def send_from_task(
    context: Mapping[str, Any],
    hook: SmsWorksHook,
    operation: Operation[..., Record],
    arguments: Mapping[str, Any],
    *,
    rules: Rules,
    own_name: str | None,
    part: str,
    now: Callable[[], dt.datetime],
    log: logging.Logger,
) -> dict[str, Any]:
    """
    Send one text of a task, once, and return ``message_id status to parts credits_used adopted``, ``to`` masked.

    :param operation: of the table; it takes ``metadata``
    :param arguments: of the operation
    :param own_name: the author's ``send_key``
    :param part: which of the texts of this task it is
    :raises SmsWorksError: see :meth:`SendOnce.send`
    """
    conn_id, settings = hook.smsworks_conn_id, hook.settings
    body = operation.prepare(settings, **arguments).body
    to, content = body["destination"], body["content"]
    attempt = Attempt.of_task(context, now())
    key = send_key(conn_id, attempt, send_key=own_name, part=part, recipients=[to])
    secret = settings.secrets[-1]

    def words_of(sender: str, content: str) -> str:
        return blind(secret, "words", sender, content)

    def prepare(wire_key: str) -> Call[Record]:
        pairs = {**(arguments.get("metadata") or {}), **pairs_of(conn_id, wire_key)}
        return operation.prepare(settings, **{**arguments, "metadata": pairs})

    def find(wire_key: str, words: str, since: dt.datetime) -> Record | None:
        def has_words(sender: str, content: str) -> bool:
            return words_of(sender, content) == words

        return find_message(hook.search_all_messages, Wanted(to, since, wire_key, mark_of(conn_id), has_words))

    once = SendOnce(
        attempt=attempt,
        rules=rules,
        journal=journal_of_task(context, blind(secret, "key", key)),
        call=hook.get_conn().call,
        log=log,
        now=now,
    )
    result = once.send(Text(key, words_of(body["sender"], content), prepare, find))
    parts = result["parts"] or (None if result["adopted"] else count_parts(content))
    return {**result, "to": mask_number(to), "parts": parts}
