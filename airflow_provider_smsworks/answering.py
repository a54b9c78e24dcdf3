"""
Which text of ours an incoming text answers.

The gateway does not say. What is known: the two numbers, the moments, and a code if our text asked for one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.questions.codes import codes_in
from airflow_provider_smsworks.questions.talk import REACH
from airflow_provider_smsworks.sending.identity import RESERVED_PAIRS
from airflow_provider_smsworks.subjects.arrived import Arrived, in_gateway_spelling, moment_of


def incoming_text(message: Record) -> Record:
    """
    Return what there is to know of a text that came in.

    :raises SmsWorksValidationError: it did not come in, it was sent
    """
    if message["status"] != "INCOMING":
        raise SmsWorksValidationError(
            ["`message_id` is the id of a message that was sent: give the id of one that came in"]
        )
    return {
        "message_id": message["message_id"],
        "from": message["sender"],
        "to": message["to"],
        "content": message["content"],
        "keyword": message["keyword"],
        "received": message["created"],
    }


def texts_before(text: Record) -> dict[str, Any]:
    """Return the search for what may have been answered."""
    received = moment_of({"created": text["received"]}) or dt.datetime.now(dt.UTC)
    # With +, for without it a number abroad could be read as one of the connection's own region.
    return {"to": f"+{text['from']}", "since": received - REACH, "until": received}


def answering(text: Record, messages: Sequence[Record]) -> Record:
    """
    Return the text with what it answers.

    :param messages: that were found; the gateway may ignore what it is asked for
    """
    phone, own = in_gateway_spelling(text["from"]), in_gateway_spelling(text["to"])
    received = moment_of({"created": text["received"]})

    def may_be_meant(message: Record) -> bool:
        moment = moment_of(message)
        is_between_them = in_gateway_spelling(message["to"]) == phone and in_gateway_spelling(message["sender"]) == own
        is_before = moment is not None and (received is None or received - REACH <= moment <= received)
        return message["status"] not in ("INCOMING", "SCHEDULED") and is_between_them and is_before

    before = sorted(filter(may_be_meant, messages), key=lambda message: Arrived(message, {}).order)
    codes = codes_in(text["content"] or "")
    named = [message for message in before if codes & codes_in(message["content"] or "")]
    meant = named or before
    return {**text, "answers": _shown(meant[-1], is_certain=bool(named) or len(meant) == 1) if meant else None}


def _shown(message: Record, *, is_certain: bool) -> Record:
    metadata = {name: value for name, value in (message.get("metadata") or {}).items() if name not in RESERVED_PAIRS}
    return {
        "message_id": message["message_id"],
        "content": message["content"],
        "tag": message.get("tag"),
        "metadata": metadata,
        "sent": message["created"],
        "is_certain": is_certain,
    }
