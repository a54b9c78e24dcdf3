"""A call is repeated only if that cannot text anybody twice."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from airflow_provider_smsworks.api.errors import (
    SmsWorksRateLimitError,
    SmsWorksRejectedError,
    SmsWorksUnavailableError,
    SmsWorksUnreadableError,
)
from airflow_provider_smsworks.api.operations import GET_CREDITS, SEARCH_MESSAGES, SEND_MESSAGE
from tests.unit.api.gateway import answer, drip, reset, say
from tests.unit.api.secrecy import NATIONAL, assert_clear

SENT = answer(201, {"messageid": "123", "status": "SENT"})
RICH = answer(200, {"credits": 12.5})
BUSY = answer(429, {"message": "Slow down"})
DOWN = answer(503, {"message": "Down"})

OPEN = {
    "503": DOWN,
    "500 without a body": answer(500),
    "408": answer(408, {"message": "Too slow"}),
    "400 with a service code": answer(400, {"message": "Database", "errorCode": 5002}),
    "an empty 201": answer(201),
    "HTML": answer(200, b"<html>Sign in</html>"),
    "reset": reset,
    "hung up": say(b""),
    "garbage": say(b"07400 123456 is no HTTP\r\n\r\n"),
    "cut off": say(b'HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{"messageid": "123"'),
    "bad chunks": say(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "bad gzip": answer(201, b"not gzip", Content_Encoding="gzip"),
}


def send(settings):
    return SEND_MESSAGE.prepare(settings, to=NATIONAL, content="Hello")


@pytest.mark.parametrize("reply", OPEN.values(), ids=OPEN.keys())
def test_a_send_whose_fate_is_open_is_never_repeated(gateway, settings, calls, waits, reply):
    gateway.answers(reply, SENT)
    with pytest.raises((SmsWorksUnavailableError, SmsWorksUnreadableError)) as caught:
        calls(settings, send(settings))
    assert gateway.labels == ["POST /v1/message/send"]
    assert waits == []
    assert (caught.value.transient, caught.value.nothing_sent) == (True, False)
    assert_clear(caught.value, "POST /message/send")


@pytest.mark.parametrize("reply", [*OPEN.values(), BUSY], ids=[*OPEN.keys(), "429"])
@pytest.mark.parametrize("operation", [GET_CREDITS, SEARCH_MESSAGES], ids=["GET", "POST that reads"])
def test_a_read_is_repeated_until_it_works(gateway, settings, calls, waits, reply, operation):
    good = RICH if operation is GET_CREDITS else answer(200, [])
    gateway.answers(reply, reply, reply, good)
    assert calls(settings, operation.prepare(settings)) == (12.5 if operation is GET_CREDITS else [])
    assert len(gateway.seen) == 4


def test_a_read_that_never_works_ends_with_the_last_error(gateway, settings, calls, waits):
    gateway.answers(reset, reset, reset, DOWN, RICH)
    with pytest.raises(SmsWorksUnavailableError) as caught:
        calls(settings, GET_CREDITS.prepare(settings))
    assert_clear(caught.value, "GET /credits/balance (HTTP 503)", '"Down"', "may pass by itself")
    assert caught.value.nothing_sent is True
    assert len(gateway.seen) == 4


def test_the_waits_between_repeats_grow_and_stay_short(gateway, settings, calls, waits):
    gateway.answers(DOWN)
    with pytest.raises(SmsWorksUnavailableError):
        calls(settings, GET_CREDITS.prepare(settings))
    assert len(waits) == 3
    for wait, least in zip(waits, (0.5, 1, 2), strict=True):
        assert least <= wait <= least + 0.5


def test_a_send_that_the_gateway_refused_for_its_pace_is_repeated(gateway, settings, calls, waits):
    gateway.answers(BUSY, BUSY, SENT)
    assert calls(settings, send(settings))["message_id"] == "123"
    assert len(gateway.seen) == 3


@pytest.mark.parametrize("seconds", [0, 7, 60])
def test_a_wait_that_the_gateway_asks_for_is_kept(gateway, settings, calls, waits, seconds):
    gateway.answers(answer(429, Retry_After=str(seconds)), answer(503, Retry_After=str(seconds)), RICH)
    assert calls(settings, GET_CREDITS.prepare(settings)) == 12.5
    assert waits == [seconds, seconds]


@pytest.mark.parametrize(
    ("seconds", "kept"), [("61", 61), ("86400", 86400), ("9" * 400, 86400)], ids=["a minute", "a day", "absurd"]
)
def test_a_longer_wait_is_left_to_airflow(gateway, settings, calls, waits, seconds, kept):
    gateway.answers(answer(429, Retry_After=seconds), SENT)
    with pytest.raises(SmsWorksRateLimitError) as caught:
        calls(settings, send(settings))
    assert caught.value.retry_after == kept
    assert waits == []
    assert len(gateway.seen) == 1


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422])
def test_a_refusal_is_final(gateway, settings, calls, waits, status):
    gateway.answers(answer(status, {"message": "No"}), SENT)
    with pytest.raises(SmsWorksRejectedError) as caught:
        calls(settings, send(settings))
    assert (caught.value.transient, caught.value.nothing_sent) == (False, True)
    assert len(gateway.seen) == 1


def test_a_send_that_cannot_leave_is_repeated_and_certainly_not_sent(settings, calls, waits):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings = replace(settings, base_url=f"http://127.0.0.1:{port}/v1")
    with pytest.raises(SmsWorksUnavailableError) as caught:
        calls(settings, send(settings))
    assert (caught.value.transient, caught.value.nothing_sent) == (True, True)
    assert len(waits) == 3
    assert_clear(caught.value, f"127.0.0.1:{port} cannot be reached", "check `host` of connection `smsworks_default`")


def test_a_send_that_left_at_the_second_try_and_broke_is_open(gateway, settings, calls, waits):
    gateway.answers(BUSY, reset, SENT)
    with pytest.raises(SmsWorksUnavailableError) as caught:
        calls(settings, send(settings))
    assert caught.value.nothing_sent is False
    assert len(gateway.seen) == 2


def test_a_gateway_that_took_all_the_time_is_not_asked_again(calls, gateway, settings):
    slow = replace(settings, timeout=0.2)
    gateway.answers(drip(gateway, b"HTTP/1.1 200 OK\r\n\r\n"))
    with pytest.raises(SmsWorksUnreadableError, match="too slowly"):
        calls(slow, GET_CREDITS.prepare(slow))
    assert len(gateway.labels) == 1
