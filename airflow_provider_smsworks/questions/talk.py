"""What went to and fro between a number of the account and a phone, of the gateway's messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.questions.codes import code_asked_for
from airflow_provider_smsworks.questions.conversation import Received, Sent
from airflow_provider_smsworks.subjects.arrived import in_gateway_spelling, moment_of

REACH = dt.timedelta(days=7)
"""How long a question may stay open: whoever reads a reply must know of all questions that it may answer."""

_NOTICE_STANDS = dt.timedelta(days=1)
"""How long before a question a text without a code may still be what a reply means."""


def talk_of(
    messages: Iterable[Record], phone: object, own: object, asked: dt.datetime
) -> tuple[list[Sent], list[Received]]:
    """
    Return the texts to a phone and those of it, of messages that the gateway found.

    It may ignore what a search asks for, and spell numbers as it likes; so all of that is compared here.

    :param phone: the number of the phone
    :param own: the account's number that asked
    :param asked: when the question went out
    """
    phone, own = in_gateway_spelling(phone), in_gateway_spelling(own)
    sent: dict[str, Sent] = {}
    received: dict[str, Received] = {}
    for message in messages:
        message_id, moment = message["message_id"], moment_of(message)
        if not message_id or moment is None or moment < asked - REACH:
            continue
        ends = in_gateway_spelling(message["sender"]), in_gateway_spelling(message["to"])
        content = message["content"] or ""
        if message["status"] == "INCOMING":
            if ends == (phone, own):
                received[message_id] = Received(message_id, moment, content)
        elif ends == (own, phone) and message["status"] != "SCHEDULED":
            code = code_asked_for(content)
            codes = frozenset([code] if code else [])
            if codes or moment >= asked - _NOTICE_STANDS:
                sent[message_id] = Sent(message_id, moment, codes)
    return list(sent.values()), list(received.values())
