"""A request: what one call carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """The body and the ids in the path of one call."""

    body: Any = field(default=None, repr=False)
    path: Mapping[str, str] = field(default_factory=dict)


def without_nothing(body: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the fields that nobody gave."""
    return {name: value for name, value in body.items() if value is not None}
