"""Lists as an author writes them in a Dag: one text to many phones, or a text to each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.numbers import NumberProblem
from airflow_provider_smsworks.api.requests.batches import collection_entry
from airflow_provider_smsworks.api.requests.rows import MessageRows
from airflow_provider_smsworks.sending.entries import BadEntry, Entry
from airflow_provider_smsworks.sending.identity import RESERVED_PAIRS
from airflow_provider_smsworks.sending.many import TextsToMany, many_text, text_of
from airflow_provider_smsworks.sending.task import SendingTask
from airflow_provider_smsworks.sending.text import Text


def batch_text(task: SendingTask, arguments: Mapping[str, Any], *, max_failed: float = 0) -> Text:
    """
    Return one text to many phones.

    :param arguments: of ``send_batch``
    """
    common = dict(arguments)
    to, content = common.pop("to"), common.pop("content")

    def entries(rows: MessageRows) -> Iterator[Entry | BadEntry]:
        numbers = _list("to", to, "numbers")
        if problem := rows.content_problem(content):
            raise SmsWorksValidationError([f"`content` {problem}"])
        places: dict[str, int] = {}
        for index, value in enumerate(numbers):
            try:
                number = rows.recipient(value)
            except NumberProblem as wrong:
                yield BadEntry("", f"`to[{index}]` {wrong}")
                continue
            if places.setdefault(number, index) != index:
                same = places[number]
                yield BadEntry("", f"`to[{index}]` is the same phone as to[{same}]: leave one of them out")
            else:
                yield Entry(number, f"to[{index}]", number, content)

    return many_text(task, entries, common, max_failed=max_failed)


def collection_text(task: SendingTask, messages: Any, common: Mapping[str, Any], *, max_failed: float = 0) -> Text:
    """
    Return texts to many phones, each with words of its own.

    :param messages: as ``send_collection`` takes them, but any number of them
    :param common: what holds for messages that do not say otherwise
    """

    def entries() -> Iterator[Entry | BadEntry]:
        seen: Counter[str] = Counter()
        places: dict[tuple[str, str], int] = {}
        for index, message in enumerate(_list("messages", messages, "messages")):
            whole = {**common, **message} if isinstance(message, Mapping) else message
            body, problems = collection_entry(task.settings, index, whole)
            if not problems:
                problems = _problems_between(index, body, places)
            if problems:
                yield BadEntry("", "; ".join(problems))
                continue
            number, content = body.pop("destination"), body.pop("content")
            # Of several texts to a phone the order tells which one is which.
            name = f"{number}/{seen[number]}" if seen[number] else number
            seen[number] += 1
            yield Entry(name, f"messages[{index}]", number, content, body)

    return text_of(TextsToMany(task, _message, "", max_failed, is_ordered=True), entries())


def _message(number: str, content: str, pairs: Mapping[str, str]) -> dict[str, Any]:
    """Return of a message what it does not bring itself."""
    metadata = [{"key": key, "value": value} for key, value in pairs.items()]
    return {"destination": number, "content": content, "metadata": metadata}


def _problems_between(index: int, body: Mapping[str, Any], places: dict[tuple[str, str], int]) -> list[str]:
    problems = []
    same = places.setdefault((body["destination"], body["content"]), index)
    if same != index:
        problems.append(f"`messages[{index}].to` gets the same text as in messages[{same}]: leave one of them out")
    taken = sorted({pair["key"] for pair in body.get("metadata", ())} & RESERVED_PAIRS)
    if taken:
        problems.append(
            f"`messages[{index}].metadata` must not use {', '.join(taken)}: the provider finds messages by them"
        )
    return problems


def _list(name: str, value: Any, what: str) -> Iterable[Any]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise SmsWorksValidationError([f"`{name}` must be a list of {what}, not {type(value).__name__}"])
    entries = list(value)
    if not entries:
        raise SmsWorksValidationError([f"`{name}` is empty: give at least one entry"])
    return entries
