"""
Whether a text whose outcome is open went out after all.

The documents leave open whether searches filter by metadata, ignore that filter, or need all pairs to match, and
whether found messages show their metadata. So candidates are asked for by recipient and time, which every document
promises, and compared here. Nothing is adopted, and nothing ruled out, on an unproven filter.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from airflow_provider_smsworks.api.errors import SmsWorksOutcomeUnknownError
from airflow_provider_smsworks.api.numbers import NumberProblem, country_of, parse_number
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.sending.identity import KEY_PAIR, MARK_PAIR

SearchAll = Callable[..., list[Record]]
HasWords = Callable[[str, str], bool]
TakePage = Callable[[list[Record]], None]

_CLOCKS_DIFFER = dt.timedelta(hours=1)
_CLOCKS_DIFFER_A_LITTLE = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Wanted:
    """
    The message that may exist.

    :param to: its recipient, in the gateway's spelling
    :param since: when it was attempted first
    :param key: the key that it carries
    :param mark: what all messages of this connection carry
    :param has_words: tells whether sender and content are those of the attempt
    :param may_have_words: tells whether they may be, see :func:`find_by_words`
    :param earlier: ids of messages that are not it
    """

    to: str
    since: dt.datetime
    key: str
    mark: str
    has_words: HasWords
    may_have_words: HasWords = lambda sender, content: False
    earlier: frozenset[str] = frozenset()


def find_message(search_all: SearchAll, wanted: Wanted) -> Record | None:
    """
    Return the message that carries the key, or None.

    :param search_all: the hook's ``search_all_messages``
    :raises SmsWorksError: the gateway could not be asked, so nothing is known
    """
    found = _search(search_all, wanted)
    candidates = [
        message for message in found if message["status"] != "INCOMING" and message["message_id"] not in wanted.earlier
    ]
    ours = [message for message in candidates if message["metadata"].get(KEY_PAIR) == wanted.key]
    if ours:
        return ours[0]
    if not candidates or any(message["metadata"] for message in candidates):
        return None
    return _without_metadata(search_all, wanted, candidates)


def _without_metadata(search_all: SearchAll, wanted: Wanted, candidates: list[Record]) -> Record | None:
    """Choose among messages that show no metadata: by the server's filter if it proves itself, else by the words."""

    def matching(name: str, value: str) -> set[str]:
        found = _search(search_all, wanted, metadata={name: value})
        return {message["message_id"] for message in found}

    nobodys = matching(KEY_PAIR, uuid.uuid4().hex)
    ours = matching(KEY_PAIR, wanted.key) - nobodys
    for message in candidates:
        if message["message_id"] in ours:
            return message
    filter_works = not nobodys and matching(MARK_PAIR, wanted.mark)
    if filter_works:
        return None
    return find_by_words(candidates, wanted.to, wanted.has_words, wanted.may_have_words, wanted.since)


def messages_since(search_each_page: Callable[..., None], take: TakePage, since: dt.datetime) -> None:
    """Hand on all messages of this account since a moment, whoever sent them."""
    search_each_page(take, since=since - _CLOCKS_DIFFER)


def phone_of(number: str | None) -> str:
    """Return what all spellings of a number have in common; a number of another country may have it too."""
    return "".join(character for character in number or "" if character.isdigit())[-9:]


def is_phone(number: str | None, to: str) -> bool:
    """
    Tell whether a number, in any spelling, is this phone.

    :param to: in the gateway's spelling, with its country
    """
    if phone_of(number) != phone_of(to):
        return False
    # The gateway writes a number with its country and without a plus.
    for spelling in (f"+{number}", number):
        try:
            return parse_number(spelling, region=country_of(to), allow_test_numbers=True) == to
        except NumberProblem:
            continue
    return True


def find_by_words(
    messages: Iterable[Record], to: str, has_words: HasWords, may_have_words: HasWords, since: dt.datetime
) -> Record | None:
    """
    Return a message with these words to this person since the attempt: whoever sent it, not again.

    :param may_have_words: tells whether these may be the words of the attempt all the same
    :raises SmsWorksOutcomeUnknownError: there is none with these words, but one that may be it
    """
    earliest = since - _CLOCKS_DIFFER_A_LITTLE
    in_doubt = False
    for message in messages:
        if not is_phone(message["to"], to) or _is_before(message["created"], earliest):
            continue
        said = message["sender"] or "", message["content"] or ""
        if has_words(*said):
            return message
        in_doubt = in_doubt or may_have_words(*said)
    if in_doubt:
        raise SmsWorksOutcomeUnknownError(
            "a text that this phone got since then may be this one in other words, of an earlier try or of the"
            " gateway's AI Optimiser (`ai`); if it is not, set on_clear='resend' (from Airflow 3.3 on) or another"
            " send_key, and clear the task"
        )
    return None


def _search(search_all: SearchAll, wanted: Wanted, **more: Any) -> list[Record]:
    # With +, for without it a number abroad could be read as one of the connection's own region.
    return search_all(to=f"+{wanted.to}", since=wanted.since - _CLOCKS_DIFFER, **more)


def _is_before(created: str | None, moment: dt.datetime) -> bool:
    try:
        found = dt.datetime.fromisoformat(created or "")
    except ValueError:
        return False
    return found.tzinfo is not None and found < moment
