"""What a text needs on the radio: its alphabet and its parts."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

_GSM_SINGLE, _GSM_PART = 160, 153
_UCS2_SINGLE, _UCS2_PART = 70, 67


def count_parts(content: str) -> int:
    """
    Return how many parts a text takes on the radio.

    160 septets of the GSM alphabet, or 153 a part; any other character turns the whole text into UCS-2: 70 units,
    or 67 a part. A character that needs two septets or two units never straddles two parts. (3GPP TS 23.038 and
    23.040; the gateway's documents say 70 also for longer texts.)
    """
    widths = [_septets(character) for character in content]
    if None in widths:
        return _pack([2 if ord(character) > 0xFFFF else 1 for character in content], _UCS2_SINGLE, _UCS2_PART)
    return _pack([width for width in widths if width is not None], _GSM_SINGLE, _GSM_PART)


def _pack(widths: list[int], single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1
    parts, used = 1, 0
    for width in widths:
        if used + width > part:
            parts, used = parts + 1, 0
        used += width
    return parts


@cache
def _septets(character: str) -> int | None:
    encode = _gsm_encoder()
    try:
        return len(encode(character)[0])
    except UnicodeError:
        return None


@cache
def _gsm_encoder() -> Callable[[str], tuple[bytes, int]]:
    from gsm0338 import Codec

    encode: Callable[[str], tuple[bytes, int]] = Codec().encode
    return encode
