"""
Finds phone numbers, words and secrets in bytes, however they are spelled: what proves that nothing leaked.

    finds = search("the log", data, [Canary("phone", "number", "07700900123")])

A phone is known by its last nine digits, with anything between them that is no letter, in any script's digits, as a
binary integer, or as hexadecimal; words and secrets by the text, in any case. Each is also found inside of what is
escaped (JSON, Python, URL, HTML), encoded (base64, hexadecimal, UTF-16) or compressed, and inside of each other.
"""

from __future__ import annotations

import ast
import base64
import binascii
import bz2
import html
import lzma
import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import unquote

NATIONAL_DIGITS = 9
"""How many digits at the end tell one phone from all others; what is before them is spelled in many ways."""

_DEEPEST = 4
_LARGEST = 64 * 1024 * 1024
_View = Literal["words", "digits", "bytes"]
_Reading = tuple[str, _View, str | bytes]
_WORD = re.compile(r"[^\W_]{6,}")
_DIGITS = re.compile(rf"\d{{{NATIONAL_DIGITS},}}")
_GAP = re.compile(r"(?<=\d)[\W_]{1,12}(?=\d)")
_ESCAPE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([ntr]))")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}")
_WRAPPED = re.compile(r"(?<=[A-Za-z0-9+/_-]{60})(?:\r?\n|\\n)(?=[A-Za-z0-9+/_-])")
_HEX = re.compile(r"[0-9a-fA-F]{12,}")
_HEX_DUMP = re.compile(r"(?:\b[0-9a-fA-F]{2}[ :,-]){5,}[0-9a-fA-F]{2}\b")
_LITERAL = re.compile(r"""\bb(['"])(?:\\.|(?!\1)[^\\\n])+\1""")
_NO_ASCII = bytes([0, *range(128, 256)])
_COMPRESSED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|BZh[1-9]1AY&SY|\xfd7zXZ\x00")


@dataclass(frozen=True)
class Canary:
    """Something that must not be found; ``name`` tells which way it went."""

    name: str
    kind: Literal["number", "text"]
    value: str

    def __post_init__(self) -> None:
        assert self.value.isalnum() if self.kind == "text" else len(_digits_of(self.value)) >= NATIONAL_DIGITS

    @property
    def needles(self) -> list[tuple[_View, str]]:
        """What is searched for in text, and in which view of it."""
        if self.kind == "text":
            return [("words", self.value.casefold())]
        in_hexadecimal = [("words", f"{number:x}") for number in self._numbers]
        return [("digits", _digits_of(self.value)[-NATIONAL_DIGITS:]), *in_hexadecimal]

    def integers(self, order: Literal["big", "little"]) -> list[bytes]:
        """What is searched for in bytes: the number as SQLite, pickle and msgpack store integers."""
        return [number.to_bytes(5, order) for number in self._numbers] if self.kind == "number" else []

    @property
    def _numbers(self) -> list[int]:
        national = _digits_of(self.value)[-NATIONAL_DIGITS - 1 :].lstrip("0")
        return [int(national), int("44" + national)]


@dataclass(frozen=True)
class Find:
    """A canary that was found."""

    canary: str
    place: str
    spelling: str


def search(place: str, data: bytes | str, canaries: Sequence[Canary]) -> set[Find]:
    """Return every canary that is in the data, and the way of reading it that showed it first."""
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    needles = _Needles.of(tuple(canaries))
    found: dict[str, Find] = {}
    for spelling, view, seen in _readings(raw, 0):
        for name in needles.found_in(view, seen):
            found.setdefault(name, Find(name, place, spelling))
    return set(found.values())


class _Needles:
    """What is searched for, made once for many searches."""

    def __init__(self, canaries: Sequence[Canary]) -> None:
        self._in_text = [(view, needle, canary.name) for canary in canaries for view, needle in canary.needles]
        self._integers: dict[tuple[int, bytes], dict[bytes, str]] = {}
        for canary in canaries:
            for order, same in (("big", 0), ("little", 2)):
                for needle in canary.integers(order):
                    self._integers.setdefault((same, needle[same : same + 3]), {})[needle] = canary.name

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, canaries: tuple[Canary, ...]) -> _Needles:
        return cls(canaries)

    def found_in(self, view: _View, seen: str | bytes) -> set[str]:
        """Return the names of what is in one view of the data."""
        if isinstance(seen, str):
            return {name for in_view, needle, name in self._in_text if in_view == view and needle in seen}
        found = set()
        for (same, core), names in self._integers.items():
            # Most numbers of a range have these three bytes in common.
            place = seen.find(core)
            while place >= 0:
                start = place - same
                found.add(names.get(seen[max(start, 0) : start + 5], ""))
                place = seen.find(core, place + 1)
        return found - {""}


def _readings(raw: bytes, depth: int) -> Iterator[_Reading]:
    """Yield the ways to read bytes, each with its name, and all its words and numbers."""
    # All that the binary needles could be in.
    yield "integer", "bytes", b"" if raw.isascii() else raw
    text = raw.decode("utf-8", "replace")
    yield from _text_readings("plain", text)
    if b"\0" in raw:
        yield from _text_readings("UTF-16 or UTF-32", raw.replace(b"\0", b"").decode("utf-8", "replace"))
    plain = text
    for name, decode in (("escaped", _unescaped), ("URL", unquote), ("HTML", html.unescape)):
        # Twice, for what was escaped twice; each on top of the ones before.
        decoded = decode(decode(plain))
        if decoded != plain:
            yield from _text_readings(name, decoded)
            plain = decoded
    if depth >= _DEEPEST:
        return
    for name, inner in _inside(raw, plain):
        if name.endswith("binary"):
            yield name, "bytes", inner
            continue
        for spelling, view, seen in _readings(inner, depth + 1) if inner else ():
            yield f"{name}: {spelling}", view, seen


def _text_readings(name: str, text: str) -> Iterator[_Reading]:
    """Yield what a text says without its repetitions: a log is mostly those."""
    if not text.isascii():
        text = _plain_characters(text)
    yield name, "words", "\n".join(_runs(_WORD, text)).casefold()
    yield name, "digits", "\n".join(_runs(_DIGITS, _GAP.sub("", text)))


def _plain_characters(text: str) -> str:
    """Return text with every script's digits as 0 to 9, and without the marks that nobody sees."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"[^\W\x00-\x7f]", lambda found: _digit(found[0]), text)
    return "".join(letter for letter in text if letter.isascii() or unicodedata.category(letter) != "Cf")


def _digit(letter: str) -> str:
    value = unicodedata.digit(letter, None)
    return letter if value is None else str(value)


def _digits_of(value: str) -> str:
    return "".join(letter for letter in _plain_characters(value) if letter.isdigit())


def _unescaped(text: str) -> str:
    def letter(found: re.Match[str]) -> str:
        code = found[1] or found[2] or found[3]
        value = int(code, 16) if code else 0x20
        return chr(value) if value < 0x110000 else found[0]

    return _ESCAPE.sub(letter, text) if "\\" in text else text


def _inside(raw: bytes, text: str) -> Iterator[tuple[str, bytes]]:
    """Yield what is packed into bytes. Short pieces are joined, which is quicker and hides nothing."""
    for start in (found.start() for found in _COMPRESSED.finditer(raw)):
        if unpacked := _unpacked(raw[start:]):
            yield "compressed", unpacked
    # JSON escapes the quotes of a literal, and what is escaped within it.
    plain = raw.decode("utf-8", "replace")
    spelled = [plain, plain.replace('\\"', '"').replace("\\\\", "\\")] if b"\\" in raw else []
    literals = {literal for text in spelled for literal in _runs(_LITERAL, text)}
    yield from _joined("bytes of Python", map(_from_literal, literals))
    yield from _joined("hexadecimal", (_from_hex(run[shift:]) for run in _runs(_HEX, text) for shift in (0, 1)))
    yield from _joined("hexadecimal", (_from_hex(re.sub(r"\W", "", run)) for run in _runs(_HEX_DUMP, text)))
    runs = _runs(_BASE64, _WRAPPED.sub("", text))
    yield from _joined("base64", (_from_base64(run[shift:]) for run in runs for shift in range(4)))


def _runs(pattern: re.Pattern[str], text: str) -> set[str]:
    return {found[0] for found in pattern.finditer(text)}


def _joined(name: str, pieces: Iterator[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield what is packed by itself, all text as one, and without what is no ASCII all the rest as one."""
    readable, rest = [], []
    for piece in pieces:
        if _COMPRESSED.match(piece):
            yield name, piece
        try:
            readable.append(piece.decode())
        except UnicodeDecodeError:
            rest.append(piece)
    joined = b"\n--\n".join(rest)
    yield name, "\n".join(readable).encode()
    yield name, joined.translate(None, _NO_ASCII)
    yield f"{name}, binary", joined


def _from_hex(run: str) -> bytes:
    return bytes.fromhex(run[: len(run) // 2 * 2])


def _from_base64(run: str) -> bytes:
    run = run.replace("-", "+").replace("_", "/")
    run = run[:-1] if len(run) % 4 == 1 else run
    try:
        return base64.b64decode(run + "=" * (-len(run) % 4))
    except binascii.Error:
        return b""


def _from_literal(literal: str) -> bytes:
    read = b""
    # As it is, and as it is inside of JSON.
    for spelled in (literal, literal.replace("\\\\", "\\")):
        try:
            read = bytes(ast.literal_eval(spelled)) + read
        except (ValueError, SyntaxError):
            continue
    return read


def _unpacked(packed: bytes) -> bytes:
    """Return what was compressed, as much of it as there is."""
    unpackers: list[Any] = [
        zlib.decompressobj(32 + zlib.MAX_WBITS),
        bz2.BZ2Decompressor(),
        lzma.LZMADecompressor(),
    ]
    for unpacker in unpackers:
        try:
            return bytes(unpacker.decompress(packed, _LARGEST))
        except (zlib.error, OSError, ValueError, EOFError, lzma.LZMAError):
            continue
    return b""
