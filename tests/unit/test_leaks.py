"""The search for leaks finds a number, words and a secret in every spelling, and nothing that is not there."""

from __future__ import annotations

import base64
import bz2
import gzip
import html
import json
import lzma
import pickle
import sqlite3
import uuid
import zlib
from urllib.parse import quote, quote_plus

import pytest

from tests.leaks import Canary, search

PHONE = Canary("phone", "number", "07700 900412")
OTHER = Canary("other phone", "number", "+447700900413")
WORDS = Canary("words", "text", "Quillwort")
SECRET = Canary("secret", "text", "canaryTOKENoftests")
ALL = [PHONE, OTHER, WORDS, SECRET]


def found(data) -> set[str]:
    return {find.canary for find in search("here", data, ALL)}


@pytest.mark.parametrize(
    "spelling",
    [
        "07700900412",
        "447700900412",
        "+447700900412",
        "00447700900412",
        "7700900412",
        "700900412",
        "07700 900412",
        "+44 (0)7700 900-412",
        "0 7 7 0 0 9 0 0 4 1 2",
        "07700.900.412",
        "07700/900/412",
        "07700,900,412",
        "07700:900:412",
        "07700_900_412",
        "07700\u00a0900\u2011412",
        "07700\u200b900\u2060412",
        "07700\t900\n412",
        "['0', '7', '7', '0', '0', '9', '0', '0', '4', '1', '2']",
        repr(list("07700\u00a0900\u2011412")),
        "\uff10\uff17\uff17\uff10\uff10\uff19\uff10\uff10\uff14\uff11\uff12",
        "\u0660\u0667\u0667\u0660\u0660\u0669\u0660\u0660\u0664\u0661\u0662",
        "⁰⁷⁷⁰⁰⁹⁰⁰⁴¹²",
        "447700900412.0",
        "4.47700900412e+11",
        f"{447700900412:x}",
        f"0x{7700900412:X}",
        quote("+44 7700 900412"),
        quote_plus("+44 7700 900412"),
        quote(quote("+44 7700 900412")),
        "".join(f"%{ord(digit):02X}" for digit in "07700900412"),
        "".join(f"&#{ord(digit)};" for digit in "07700900412"),
        html.escape("<+44 7700 900412>"),
        "07700&nbsp;900412",
        "".join(f"\\u{ord(digit):04x}" for digit in "07700900412"),
        json.dumps(json.dumps({"to": "07700\u2013900412"})),
        json.dumps(repr("07700\u00a0900412")),
        "".join(f"\\x{ord(digit):02x}" for digit in "07700900412"),
    ],
)
def test_a_number_is_found_in_any_spelling(spelling):
    assert found(f"x{spelling}\n".encode()) == {"phone"}
    assert found(f'{{"event": "{spelling}"}}') == {"phone"}


CONTENT = "To 07700 900412: Quillwort. Token canarytokenoftests"


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("wrap", [bytes, base64.b64encode, bytes.hex, repr, lambda raw: json.dumps(repr(raw))])
def test_what_is_packed_is_found(pack, wrap):
    wrapped = wrap(pack(CONTENT.encode()))
    wrapped = wrapped if isinstance(wrapped, bytes) else wrapped.encode()
    assert found(b'garbage "' + wrapped + b'" garbage') == {"phone", "words", "secret"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32", "latin-1"])
def test_what_is_encoded_is_found(encoding):
    raw = CONTENT.encode(encoding)
    for spelling in (raw, base64.b64encode(raw), base64.urlsafe_b64encode(b"x" + raw), base64.encodebytes(raw * 3)):
        assert found(b"data:;base64," + spelling) == {"phone", "words", "secret"}
    for spelling in (raw.hex(), raw.hex().upper(), raw.hex(" "), "a" + raw.hex()):
        assert found(f"X'{spelling}'") == {"phone", "words", "secret"}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", [447700900412, 7700900412, {"to": ["07700900412"]}])
def test_what_is_pickled_is_found(protocol, value):
    raw = pickle.dumps(value, protocol)
    assert found(raw) == {"phone"}
    assert found(base64.b64encode(zlib.compress(raw))) == {"phone"}


def test_an_integer_in_a_database_file_is_found(tmp_path):
    with sqlite3.connect(tmp_path / "db") as database:
        database.execute("CREATE TABLE sent (phone INTEGER)")
        database.execute("INSERT INTO sent VALUES (447700900412)")
    database.close()
    assert found((tmp_path / "db").read_bytes()) == {"phone"}


@pytest.mark.parametrize("spelling", ["QUILLWORT", "quillwort", "aquillworts", "\\u0051uillwort", "%51uillwort"])
def test_words_are_found(spelling):
    assert found(spelling) == {"words"}


def test_which_one_it_is_and_where_and_how_is_told():
    [find] = search("logs/task.log", "447700900413", ALL)
    assert (find.canary, find.place, find.spelling) == ("other phone", "logs/task.log", "plain")
    [find] = search("xcom", base64.b64encode(gzip.compress(b"+44 7700 900413")), ALL)
    assert find.spelling == "base64: compressed: plain"


@pytest.mark.parametrize(
    "data",
    [
        "44********12",
        "07700900414",
        "07700 90 and 0412",
        "2026-11-22T12:49:13.412345+00:00",
        "Quill wort",
        " ".join(str(uuid.UUID(int=number * 77009004127700900413)) for number in range(1000)),
        bytes(range(256)) * 100,
        zlib.compress(b"nothing"),
    ],
    ids=range(8),
)
def test_what_is_not_there_is_not_found(data):
    assert found(data) == set()
