"""What a cell of a table holds, whoever made it: nothing, a number, a key."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_WRITTEN_BY_A_DATA_FRAME = re.compile(r"([1-9][0-9]{6,14})\.0")
_EXACT = 2**53
"""Up to here a float has every integer; a phone number has at most 15 digits."""


class RowProblem(ValueError):
    """Why a row cannot be sent. The reason names columns and holds nothing of the row."""


def is_missing(value: Any) -> bool:
    """Tell whether a cell holds nothing: NULL, or the number that is none."""
    if value is None:
        return True
    return isinstance(value, float | Decimal) and _is_not_a_number(value)


def _is_not_a_number(value: float | Decimal) -> bool:
    return value.is_nan() if isinstance(value, Decimal) else value != value


def key_of(value: Any) -> str:
    """Return how a row is called in reports, or nothing."""
    # The first NULL in a column makes a data frame write 1042.0 for 1042: the row must keep its name.
    return "" if is_missing(value) else str(_whole(value)).strip()


def phone_of(value: Any) -> Any:
    """
    Return a phone as it was before a data frame made a float of it: 447700900000.0.

    Floats with fractions, and what a spreadsheet has shortened (4.477E+11), stay what they are: no number.
    """
    if isinstance(value, str):
        made = _WRITTEN_BY_A_DATA_FRAME.fullmatch(value.strip())
        return made[1] if made else value
    return _whole(value)


def _whole(value: Any) -> Any:
    if isinstance(value, float | Decimal) and -_EXACT < value < _EXACT and value == int(value):
        return int(value)
    return value
