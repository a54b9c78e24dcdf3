"""
One-time passcodes.

The gateway has no look-up for them: after an open outcome nobody can say whether the text went out. What can be done
is the author's choice (``on_unknown``): end, or text another passcode.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_smsworks.api.masking import mask_number
from airflow_provider_smsworks.api.operations import SEND_OTP, Call
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.api.requests.otps import DEFAULT_LENGTH, PLACEHOLDER
from airflow_provider_smsworks.sending.cost import cost_of_text
from airflow_provider_smsworks.sending.messages import with_pairs
from airflow_provider_smsworks.sending.task import SendingTask
from airflow_provider_smsworks.sending.text import Text, sent_message

ID_PAIR = "airflow_otp"
"""Where the metadata of a passcode say whose it is: the gateway finds a passcode by itself alone."""


def otp_text(task: SendingTask, arguments: Mapping[str, Any]) -> Text:
    """
    Return the text of a passcode.

    :param arguments: of ``send_otp``
    """
    body = SEND_OTP.prepare(task.settings, **arguments).body
    to = body["destination"]
    key = task.key("otp", [to])
    # Blinded: it goes into XCom, and the key could be tried out for numbers.
    otp_id = task.fingerprint("otp", key)

    def prepare(key: str) -> Call[Record]:
        return SEND_OTP.prepare(task.settings, **with_pairs(arguments, {ID_PAIR: otp_id}))

    def result(answer: Record, adopted: bool) -> Record:
        return {**sent_message(answer, adopted), "to": mask_number(to), "otp_id": otp_id}

    return Text(key, task.fingerprint("words", *_words(body)), prepare, None, result, bill=_bill(to, body))


def _words(body: Mapping[str, Any]) -> list[str]:
    return [str(body.get(name, "")) for name in ("sender", "template", "passcode")]


def _bill(to: str, body: Mapping[str, Any]) -> list[Any]:
    """Return what it will cost; nobody knows for the gateway's own template."""
    if "template" not in body:
        return []
    passcode = body.get("passcode") or "0" * body.get("length", DEFAULT_LENGTH)
    return [cost_of_text(to, body["template"].replace(PLACEHOLDER, passcode))]
