"""
What comes back, read tolerantly: the gateway's documents and its real answers differ in shape and spelling.

Results are JSON-shaped: ids, numbers and moments (ISO 8601, UTC) are text. What no document mentions is kept
under the gateway's own name.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

Record = dict[str, Any]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_JAVASCRIPT_DATE = re.compile(
    r"\w{3} (?P<month>\w{3}) (?P<day>\d{1,2}) (?P<year>\d{4}) (?P<time>\d\d:\d\d:\d\d) GMT(?P<offset>[+-]\d{4})\b.*"
)


def read_sent(data: Any) -> Record:
    """Read the answer to a send: ``message_id status parts credits_used credits_left metadata``."""
    fields = dict(_one(data))
    return {
        "message_id": _id(fields, "messageid", "id", "_id"),
        "status": _status(fields.pop("status", None)),
        "parts": _number(fields.pop("messageparts", None)),
        "credits_used": _number(fields.pop("creditsUsed", None)),
        "credits_left": _number(fields.pop("credits", None)),
        "metadata": read_metadata(fields.pop("metadata", None)),
        **fields,
    }


def read_message(data: Any) -> Record:
    """Read a message as searches and reports show it. ``credits_used`` is what the gateway calls credits here."""
    fields = dict(_one(data))
    return {
        "message_id": _id(fields, "messageid", "id", "_id"),
        "status": _status(fields.pop("status", None)),
        "to": _text(fields.pop("destination", None)),
        "sender": _text(fields.pop("sender", None)),
        "content": _text(fields.pop("content", None)),
        "created": read_moment(fields.pop("created", None)),
        "modified": read_moment(fields.pop("modified", None)),
        "schedule": read_moment(fields.pop("schedule", None)),
        "tag": _text(fields.pop("tag", None)),
        "batch_id": _text(fields.pop("batchid", None)),
        "keyword": _text(fields.pop("keyword", None)),
        "credits_used": _number(fields.pop("credits", None)),
        "failure_reason": _failure(fields.pop("failurereason", None)),
        "metadata": read_metadata(fields.pop("metadata", None)),
        **fields,
    }


def read_messages(data: Any) -> list[Record]:
    """Read a list of messages: a bare list, one object, or ``{"messages": […]}`` as older contracts have it."""
    if isinstance(data, Mapping) and isinstance(data.get("messages"), list):
        data = data["messages"]
    return [read_message(entry) for entry in (data if isinstance(data, list) else [data])]


def read_credits(data: Any) -> float:
    """Read the balance of the account."""
    credits = _number(_one(data).get("credits"))
    if credits is None:
        raise ValueError("no credits")
    return credits


def read_customer_id(data: Any) -> str:
    """Read the customer id, which the gateway puts into ``message``."""
    customer_id = _text(_one(data).get("message"))
    if not customer_id:
        raise ValueError("no customer id")
    return customer_id


def read_token(data: Any) -> str:
    """Read a token. It is sent as it is, with or without the leading ``JWT``."""
    token = _one(data).get("token")
    if not isinstance(token, str) or not token.strip() or not token.isascii() or not token.strip().isprintable():
        raise ValueError("no token")
    return token.strip()


def read_metadata(value: Any) -> dict[str, str]:
    """Read pairs from a list of ``{key, value}`` or from an object (documents and answers differ)."""
    if isinstance(value, Mapping) and set(value) == {"key", "value"}:
        value = [value]
    if isinstance(value, Mapping):
        return {str(key): str(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return {str(e["key"]): str(e.get("value", "")) for e in value if isinstance(e, Mapping) and "key" in e}
    return {}


def read_moment(value: Any) -> str | None:
    """Return ISO 8601 in UTC for ISO text or the text of a JavaScript date; what is neither stays as it is."""
    if value in (None, ""):
        return None
    text = str(value)
    found = _JAVASCRIPT_DATE.fullmatch(text)
    if found and found["month"] in _MONTHS:
        month = _MONTHS.index(found["month"]) + 1
        text = f"{found['year']}-{month:02}-{int(found['day']):02}T{found['time']}{found['offset']}"
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return str(value)
        return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return str(value)


def _one(data: Any) -> Mapping[str, Any]:
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if not isinstance(data, Mapping):
        raise ValueError("not an object")
    return data


def _id(fields: Record, *names: str) -> str:
    """Take the first id that is there; the others stay under their own names."""
    for name in names:
        if (value := _text(fields.get(name))) is not None:
            del fields[name]
            return value
    raise ValueError("no id")


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, dict | list | bool) or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _number(value: Any) -> float | int | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if number != number or number in (float("inf"), float("-inf")):
        return None
    return int(number) if number.is_integer() else number


def _status(value: Any) -> str:
    return (_text(value) or "").strip().upper()


def _failure(value: Any) -> Record | None:
    if not isinstance(value, Mapping) or not value:
        return None
    return {
        **value,
        "code": _number(value.get("code")),
        "details": _text(value.get("details")),
        "permanent": value.get("permanent"),
    }
