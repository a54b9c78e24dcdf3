"""Bytes that are no honest answer: an error that says so, in twice ``timeout`` at most, from both clients."""

from __future__ import annotations

import gzip
import json
import time
import tracemalloc
import zlib
from dataclasses import replace

import pytest

from airflow_provider_smsworks.api import exchange
from airflow_provider_smsworks.api.errors import SmsWorksUnavailableError, SmsWorksUnreadableError
from airflow_provider_smsworks.api.operations import GET_CREDITS, SEARCH_MESSAGES, SEND_MESSAGE, Call
from tests.unit.api.gateway import answer, say
from tests.unit.api.secrecy import NATIONAL, NUMBER, TOKEN, assert_clear

TIMEOUT = 0.2
OK = b"HTTP/1.1 201 Created\r\n"
RICH = answer(200, {"credits": 12.5})
BODY = b'{"messageid": "123", "status": "SENT"}'


@pytest.fixture
def hasty(settings):
    return replace(settings, timeout=TIMEOUT)


def failure(calls, settings, *, seconds=2 * TIMEOUT, call=None):
    call = call or SEND_MESSAGE.prepare(settings, to=NATIONAL, content="Hello")
    began = time.monotonic()
    with pytest.raises((SmsWorksUnavailableError, SmsWorksUnreadableError)) as caught:
        calls(settings, call)
    assert time.monotonic() - began < seconds + 1  # a busy machine
    return caught.value


def assert_open(error, *words):
    assert (error.transient, error.nothing_sent, error.no_effect) == (True, False, False)
    assert_clear(error, "POST /message/send", "whether the text went out is not certain", *words)


def again_and_again(gateway, start: bytes, more: bytes, pause: float = 0.0, most: float = 5.0):
    """Begin an answer, and go on with the same bytes for ``most`` seconds, if nobody hangs up before."""

    def reply(connection):
        connection.sendall(start)
        until = time.monotonic() + most
        while time.monotonic() < until and not gateway.wait_until_stopped(pause):
            connection.sendall(more)

    return reply


@pytest.mark.parametrize(
    ("start", "more", "pause"),
    [
        (b"HTTP/1.1 201 Cr", b"e", 0.02),
        (OK + b"X: ", b"x", 0.02),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0.0),
    ],
    ids=["status line drips", "header drips", "100 for ever"],
)
def test_an_answer_that_never_begins_is_given_up(gateway, hasty, calls, start, more, pause):
    gateway.answers(again_and_again(gateway, start, more, pause))
    assert_open(failure(calls, hasty), f"127.0.0.1:{gateway.port} was reached, but the exchange took too long")


@pytest.mark.parametrize(
    ("headers", "more"),
    [(b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), (b"\r\n", b"x")],
    ids=["chunks", "no length"],
)
def test_a_body_that_drips_is_given_up(gateway, hasty, calls, headers, more):
    gateway.answers(again_and_again(gateway, OK + headers, more, 0.02))
    assert_open(
        failure(calls, hasty), "comes too slowly", f"check `host` of connection `smsworks_default` ({gateway.url})"
    )


def test_a_body_without_end_is_given_up(gateway, settings, calls, monkeypatch):
    monkeypatch.setattr(exchange, "MAX_ANSWER_BYTES", 3_000_000)
    gateway.answers(again_and_again(gateway, OK + b"\r\n", b"x" * 65536))
    assert_open(failure(calls, settings), "is longer than 3,000,000 bytes", "`host`")


@pytest.mark.parametrize(
    "raw",
    [
        OK + b"X: " + b"x" * 1_000_000,
        OK + b"X: x\r\n" * 50_000,
        OK + b"Content-Length: 100\r\n\r\n" + BODY,
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n" + BODY,
        OK + b"Content-Length: -1\r\n\r\n" + BODY,
        OK + b"Transfer-Encoding: chunked\r\n\r\n26\r\n" + BODY,
        OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello",
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n" + BODY,
        b"HTTP/1.1 2000 Created\r\n\r\n" + BODY,
        b"HTTP/2 201\r\n\r\n" + BODY,
        b"\x00\xff" * 5_000,
        f"{TOKEN} {NUMBER}\r\n\r\n".encode(),
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + BODY,
        b"HTTP/1.1 307 Elsewhere\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 303 Elsewhere\r\nLocation: http://\xff.\x80/\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=range(15),
)
def test_what_is_no_http_says_so_at_once(gateway, settings, calls, raw):
    gateway.answers(say(raw))
    assert_open(failure(calls, settings, seconds=0), f"127.0.0.1:{gateway.port}", "the exchange broke")


@pytest.mark.parametrize("pause", [5.0, 0.02], ids=["never", "slowly"])
def test_a_gateway_that_does_not_read_the_call_is_given_up(gateway, hasty, calls, monkeypatch, pause):
    def read(connection):
        while connection.recv(1000) and not gateway.wait_until_stopped(pause):
            pass

    monkeypatch.setattr(gateway, "read", read)
    gateway.answers(RICH)
    call = Call(SEND_MESSAGE, "/message/send", {"content": "x" * 10_000_000})
    assert_open(failure(calls, hasty, call=call), "was reached, but the exchange took too long")


def test_a_tls_handshake_that_drips_was_never_left(gateway, hasty, calls, waits, monkeypatch):
    monkeypatch.setattr(gateway, "read", lambda connection: None)
    gateway.answers(again_and_again(gateway, b"\x16\x03\x03\x40\x00", b"\x00", 0.02))
    settings = replace(hasty, base_url=gateway.url.replace("http:", "https:"), timeout=0.1)
    error = failure(calls, settings)
    assert (error.transient, error.nothing_sent) == (True, True)
    assert_clear(error, "cannot be reached (ConnectTimeout", "check `host` of connection `smsworks_default`")


def test_a_read_is_repeated(gateway, hasty, calls, waits):
    gateway.answers(say(OK + b"\r\n{"), RICH)
    assert calls(hasty, GET_CREDITS.prepare(hasty)) == 12.5
    assert len(gateway.seen) == 2


def test_an_honest_answer_may_take_longer_than_the_timeout(gateway, settings, calls):
    def reply(connection):
        connection.sendall(OK + f"Content-Length: {len(BODY)}\r\n\r\n".encode())
        for start in range(0, len(BODY), 10):
            time.sleep(0.15)
            connection.sendall(BODY[start : start + 10])

    gateway.answers(reply)
    settings = replace(settings, timeout=0.5)
    assert len(BODY) > 10 * settings.timeout / 0.15
    assert calls(settings, SEND_MESSAGE.prepare(settings, to=NATIONAL, content="Hello"))["message_id"] == "123"


def test_nobody_is_asked_to_compress(gateway, settings, calls):
    gateway.answers(RICH)
    calls(settings, GET_CREDITS.prepare(settings))
    assert gateway.seen[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("name", ["gzip", "GZIP", "deflate", "x-gzip", "identity"])
def test_an_answer_that_came_compressed_all_the_same_is_read(gateway, settings, calls, name):
    body = {"deflate": zlib.compress(BODY), "identity": BODY}.get(name, gzip.compress(BODY))
    gateway.answers(answer(201, body, Content_Encoding=name))
    assert calls(settings, SEND_MESSAGE.prepare(settings, to=NATIONAL, content="Hello"))["message_id"] == "123"


@pytest.mark.parametrize("name", ["gzip", "br", "zstd", "gzip, gzip", "x" * 1000])
def test_an_answer_that_cannot_be_unpacked_says_so(gateway, settings, calls, name):
    gateway.answers(answer(201, BODY, Content_Encoding=name))
    assert_open(failure(calls, settings), "is compressed in a way that nobody asked for", "`host`")


def test_a_small_answer_that_unpacks_to_a_huge_one_is_given_up(gateway, settings, calls, monkeypatch):
    monkeypatch.setattr(exchange, "MAX_ANSWER_BYTES", 1_000_000)
    gateway.answers(answer(201, gzip.compress(bytes(50_000_000), 1), Content_Encoding="gzip"))
    tracemalloc.start()
    try:
        assert_open(failure(calls, settings), "is longer than 1,000,000 bytes")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_five_thousand_messages_are_read(gateway, settings, calls):
    message = {
        "messageid": "",
        "destination": NUMBER,
        "sender": "Parcels",
        "status": "DELIVERED",
        "created": "2026-11-01T09:30:00.000Z",
        "content": "Grüße " + "x" * 1270,
        "metadata": [{"key": f"key-{n}", "value": "v" * 100} for n in range(3)],
    }
    gateway.answers(answer(200, [message | {"messageid": f"{n:024}"} for n in range(5000)]))
    settings = replace(settings, timeout=30)
    found = calls(settings, SEARCH_MESSAGES.prepare(settings))
    assert len({entry["message_id"] for entry in found}) == 5000
    assert 8_000_000 < len(json.dumps(found)) < 12_000_000
