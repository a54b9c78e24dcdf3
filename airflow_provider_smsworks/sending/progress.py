"""
How far the calls of a text to many have come, written down without naming anybody.

Rows go out in the order of their places, which are fingerprints of the recipients, so the order of the list does not
matter. The order is cut into *parts*, one for a call or so. Of each part that went out a seal says who it was: if the
same stretch of a list gives another one, people have joined or left it there, and only there has anything to be looked
up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Self

_OPEN, _MIXED = 1, 2


class Part(NamedTuple):
    """
    A stretch of the order, from behind the part before.

    :ivar end: the place of its last row
    :ivar sent: how many texts of it certainly went out, also to people who have left the list since
    :ivar seal: what the places of all its rows add up to, if all of them have theirs; else None
    :ivar is_open: whether it is not known what became of a call
    :ivar is_mixed: whether somebody may have theirs of whom the seal does not tell: who has left the list, perhaps
    :ivar batch_ids: the gateway's names of its calls
    """

    end: int
    sent: int = 0
    seal: int | None = None
    is_open: bool = False
    is_mixed: bool = False
    batch_ids: tuple[str, ...] = ()

    @classmethod
    def read(cls, written: Any) -> Self:
        """Read what :meth:`Progress.to_write` made of a part."""
        end, sent, seal, flags, *batch_ids = written
        seal = None if seal is None else int(seal, 36)
        return cls(int(end, 36), sent, seal, bool(flags & _OPEN), bool(flags & _MIXED), tuple(batch_ids))

    def to_write(self) -> list[Any]:
        """Return it as short as JSON can have it: there may be thousands."""
        seal = None if self.seal is None else _in_36(self.seal)
        flags = _OPEN * self.is_open | _MIXED * self.is_mixed
        return [_in_36(self.end), self.sent, seal, flags, *self.batch_ids]


@dataclass(frozen=True)
class Progress:
    """
    How far the calls have come.

    :param parts: from the beginning of the order on, as far as any call reached
    :param unnamed: how many texts the gateway shows without their batch
    :param radio_parts: how many parts on the radio the texts had that went out; None if nobody knows
    :param adopted: whether some of them were found, and not answered for
    """

    parts: tuple[Part, ...] = ()
    unnamed: int = 0
    radio_parts: int | None = 0
    adopted: bool = False

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_write` made; a newer version of this package may have written more."""
        known = {field.name: written[field.name] for field in fields(cls) if field.name in written}
        return cls(**{**known, "parts": tuple(map(Part.read, known.get("parts", ())))})

    def to_write(self) -> dict[str, Any]:
        """Return it for the journal."""
        return {
            "parts": [part.to_write() for part in self.parts],
            "unnamed": self.unnamed,
            "radio_parts": self.radio_parts,
            "adopted": self.adopted,
        }

    @property
    def certain(self) -> int:
        """How many texts certainly went out."""
        return sum(part.sent for part in self.parts)


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _in_36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
