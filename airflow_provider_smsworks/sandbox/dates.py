"""Dates as the gateway reads and writes them.

The developer documents show ISO 8601 in reports (``2017-03-25T21:43:05.667Z``), the specification shows
the text of a JavaScript Date (``Wed Jul 19 2017 20:53:46 GMT+0100 (BST)``). On input the documents' samples
use both and a few more. No document says which zone a date without one is in: that is a setting.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

DateStyle = Literal["iso", "javascript"]
Zone = Literal["UTC", "London"]

_LONDON = ZoneInfo("Europe/London")
_ZONE_NAME = re.compile(r"\s*\([^)]*\)\s*$")  # the "(BST)" after GMT+0100
_UTC_NAME = re.compile(r" (UTC|GMT)(?= \d{4}$|$)")
_OTHER_FORMATS = (
    "%a %b %d %Y %H:%M:%S GMT%z",  # JavaScript's Date
    "%a %d %b %Y %H:%M:%S %z",  # the documents' Python sample
    "%a %b %d %H:%M:%S %Y",  # the documents' Java sample
    "%a, %d %b %Y %H:%M:%S %z",
    # No document shows these, but JavaScript reads them: other languages' ways to write a date as text.
    "%a %b %d %H:%M:%S %z %Y",  # Java's Date
    "%a %b %d %Y %H:%M:%S",  # JavaScript's Date without its zone
    "%a %d %b %Y %H:%M:%S",  # the Python sample's with a date that has no zone
    "%d %b %Y %H:%M:%S %z",
)


def read_date(text: str, zone: Zone = "UTC") -> float | None:
    """A date as seconds since 1970, or None if it cannot be read; in ``zone`` if it names none itself."""
    text = _UTC_NAME.sub(" +0000", _ZONE_NAME.sub("", text.strip()))
    moment = _from_iso(text)
    for style in _OTHER_FORMATS:
        if moment is None:
            moment = _from_format(text, style)
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=_tzinfo(zone))).timestamp()


def midnight(seconds: float, zone: Zone) -> float:
    """The beginning of the day that a moment is in."""
    moment = datetime.fromtimestamp(seconds, _tzinfo(zone))
    return moment.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def write_date(seconds: float, style: DateStyle) -> str:
    """A moment in the style that the settings ask for; JavaScript's has whole seconds and London time."""
    moment = datetime.fromtimestamp(seconds, UTC)
    if style == "iso":
        return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    return moment.astimezone(_LONDON).strftime("%a %b %d %Y %H:%M:%S GMT%z (%Z)")


def precise(seconds: float) -> str:
    """A moment in ISO 8601, UTC, to the microsecond, for the sandbox's own records."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _tzinfo(zone: Zone) -> tzinfo:
    return _LONDON if zone == "London" else UTC


def _from_iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _from_format(text: str, style: str) -> datetime | None:
    try:
        return datetime.strptime(text, style)
    except ValueError:
        return None
