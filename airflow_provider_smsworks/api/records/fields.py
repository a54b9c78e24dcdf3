"""How single values of an answer are read."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

Record = dict[str, Any]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_JAVASCRIPT_DATE = re.compile(
    r"\w{3} (?P<month>\w{3}) (?P<day>\d{1,2}) (?P<year>\d{4}) (?P<time>\d\d:\d\d:\d\d) GMT(?P<offset>[+-]\d{4})\b.*"
)


class Fields:
    """
    The fields of one object of an answer, each of which is read once.

    :param data: the object, or a list that holds nothing else
    :raises ValueError: it is something else
    """

    def __init__(self, data: Any) -> None:
        if isinstance(data, list) and len(data) == 1:
            data = data[0]
        if not isinstance(data, Mapping):
            raise ValueError("not an object")
        self._left = dict(data)

    def take(self, *names: str) -> Any:
        """Return the first of these fields that is there; the others stay under their own names."""
        for name in names:
            if self._left.get(name) not in (None, ""):
                return self._left.pop(name)
        for name in names:
            self._left.pop(name, None)
        return None

    def identifier(self, *names: str) -> str:
        """Return an id that must be there; what has a code of an error beside it is no result."""
        found = as_text(self.take(*names))
        if found is None or not found.strip() or self._left.get("errorCode") not in (None, ""):
            raise ValueError("no id")
        return found

    def record(self, **read: Any) -> Record:
        """Return what was read, and what nobody asked for under the gateway's own names."""
        return read | {name: value for name, value in self._left.items() if name not in read}


def as_list(data: Any) -> list[Any]:
    """Return a list as it is, an object as the only entry, ``{"messages": […]}`` as its list."""
    if isinstance(data, Mapping) and isinstance(data.get("messages"), list):
        data = data["messages"]
    return data if isinstance(data, list) else [data]


def as_text(value: Any) -> str | None:
    """Return text or a number as text."""
    if value is None or isinstance(value, dict | list | bool) or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def as_number(value: Any) -> float | int | None:
    """Return a number, also one that is given as text."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if number != number or number in (float("inf"), float("-inf")):
        return None
    return int(number) if number.is_integer() else number


def as_status(value: Any) -> str:
    """Return the gateway's own word for a status, in capitals."""
    return (as_text(value) or "").strip().upper()


def as_pairs(value: Any) -> dict[str, str]:
    """Read pairs from a list of ``{key, value}`` or from objects (documents and answers differ), also as JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    if isinstance(value, Mapping) and set(value) != {"key", "value"}:
        return {str(key): _pair_value(entry) for key, entry in value.items()}
    pairs: dict[str, str] = {}
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, Mapping) and "key" in entry:
            pairs[str(entry["key"])] = _pair_value(entry.get("value"))
        elif isinstance(entry, Mapping) and "value" not in entry:
            pairs |= {str(key): _pair_value(text) for key, text in entry.items()}
    return pairs


def _pair_value(value: Any) -> str:
    return "" if value is None else str(value)


def as_moment(value: Any) -> str | None:
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
