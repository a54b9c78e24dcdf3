"""
What a task may return of a record that was read: it ends up in XCom, where everybody who sees the Dag can read it.

Phone numbers are masked. Texts are in full: reading them is what was asked for. What no document mentions may hold a
number, so it is left out; so is what this provider wrote into the metadata, by which a number could be guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_smsworks.api.masking import mask_number, mask_numbers

if TYPE_CHECKING:
    from airflow_provider_smsworks.api.records.fields import Record

_AS_THEY_ARE = frozenset(
    {
        "message_id",
        "batch_id",
        "schedule_id",
        "is_batch",
        "status",
        "content",
        "tag",
        "keyword",
        "created",
        "modified",
        "schedule",
        "expires",
        "validity",
        "credits_used",
    }
)


def shown(record: Record, reveal: bool = False) -> Record:
    """
    Return a message, an entry of the scheduled list or a passcode's record as a task may return it.

    :param record: as the hook returns it
    :param reveal: whether to return all of it, with numbers, passcode, and what no document mentions
    """
    if reveal:
        return dict(record)
    # Deferred: a Dag file that only names an operator should not pay for what runs later.
    from airflow_provider_smsworks.sending.identity import RESERVED_PAIRS

    masked: Record = {}
    for name, value in record.items():
        if name in _AS_THEY_ARE:
            masked[name] = value
        elif name == "to":
            masked[name] = [_masked(number) for number in value] if isinstance(value, list) else _masked(value)
        elif name == "sender":
            # A name, or the phone that an incoming text is from; a short code is no phone.
            masked[name] = value and mask_numbers(str(value))
        elif name == "failure_reason":
            masked[name] = value and _reason(value)
        elif name == "metadata":
            masked[name] = {key: entry for key, entry in value.items() if key not in RESERVED_PAIRS}
        elif name == "international" and isinstance(value, bool):
            masked[name] = value
    return masked


def _masked(number: Any) -> str | None:
    return None if number is None else mask_number(number)


def _reason(reason: Record) -> Record:
    # The details are a network's words.
    details = reason.get("details")
    return {
        "code": reason.get("code"),
        "details": details and mask_numbers(str(details)),
        "permanent": reason.get("permanent"),
    }
