"""
How far the calls of a text to many have come, written down without naming anybody.

Rows go out in the order of their places, which are fingerprints of the recipients: so the order of the list does not
matter, and two places and a seal say who has had a call, however many they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Protocol, Self


class HasPlace(Protocol):
    """A row of the list."""

    @property
    def place(self) -> str:
        """Its place in the order in which rows go out; nobody can read the recipient from it."""


NOBODY = f"{0:032x}"
"""The seal of no rows."""


@dataclass(frozen=True)
class Progress:
    """
    How far the calls have come.

    :param upto: all rows up to this place have gone out
    :param seal: fingerprint of these rows; if the same list gives another one, people have joined or left it
    :param reach: no row beyond this place was ever in a call
    :param is_open: whether it is not known what became of a call
    :param certain: how many texts certainly went out, also to people who have left the list since
    :param unnamed: how many of them the gateway shows without their batch
    :param parts: how many parts they had; None if nobody knows
    :param adopted: whether some of them were found, and not answered for
    :param batch_ids: the gateway's names of the calls
    """

    upto: str = ""
    seal: str = NOBODY
    reach: str = ""
    is_open: bool = False
    certain: int = 0
    unnamed: int = 0
    parts: int | None = 0
    adopted: bool = False
    batch_ids: tuple[str, ...] = ()

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_write` made; a newer version of this package may have written more."""
        known = {field.name: written[field.name] for field in fields(cls) if field.name in written}
        return cls(**{**known, "batch_ids": tuple(known.get("batch_ids", ()))})

    def to_write(self) -> dict[str, Any]:
        """Return it for the journal."""
        return {**asdict(self), "batch_ids": list(self.batch_ids)}


NOTHING_DONE = Progress()


def seal_of(rows: Iterable[HasPlace], *, after: str = NOBODY) -> str:
    """Return the fingerprint of rows, and of those before them; it is made to be added to, call by call."""
    return f"{(int(after, 16) + sum(int(row.place, 16) for row in rows)) % 2**128:032x}"
