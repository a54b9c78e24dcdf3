"""One exchange ends in time, whatever is at the other end, and its failure says whether the call left."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from dataclasses import replace

import pytest

from airflow_provider_smsworks.api import exchange
from airflow_provider_smsworks.api.client import AsyncSmsWorksClient
from airflow_provider_smsworks.api.errors import SmsWorksConfigError, SmsWorksUnavailableError
from airflow_provider_smsworks.api.operations import GET_CREDITS, SEND_MESSAGE
from airflow_provider_smsworks.api.settings import Settings
from tests.unit.api.gateway import Gateway, answer, say, silence
from tests.unit.api.secrecy import FETCHED, NATIONAL, NUMBER, TOKEN, assert_clear

SENT = answer(201, {"messageid": "123", "status": "SENT"})


@pytest.fixture
def hasty(settings):
    return replace(settings, timeout=0.25)


def failure(calls, settings, kind=SmsWorksUnavailableError):
    call = SEND_MESSAGE.prepare(settings, to=NATIONAL, content="Hello")
    began = time.monotonic()
    with pytest.raises(kind) as caught:
        calls(settings, call)
    assert type(caught.value) is kind
    assert time.monotonic() - began < 3
    return caught.value


def test_a_gateway_that_says_nothing_is_given_up(gateway, hasty, calls):
    gateway.answers(silence(gateway))
    error = failure(calls, hasty)
    assert error.nothing_sent is False
    assert_clear(error, f"127.0.0.1:{gateway.port} was reached, but the exchange took too long", "ReadTimeout")


def test_a_cancelled_call_is_cancelled_and_no_error_of_ours(gateway, settings):
    gateway.answers(silence(gateway))

    async def run():
        async with AsyncSmsWorksClient(settings) as client:
            call = asyncio.create_task(client.call(GET_CREDITS.prepare(settings)))
            assert await asyncio.to_thread(gateway.arrived.wait, 5)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call

    asyncio.run(run())


def test_a_large_legitimate_answer_is_read(gateway, settings, calls):
    assert exchange.MAX_ANSWER_BYTES > 20_000_000
    gateway.answers(answer(201, {"messageid": "123", "status": "SENT", "note": "x" * 5_000_000}))
    call = SEND_MESSAGE.prepare(settings, to=NATIONAL, content="Hello")
    assert len(calls(settings, call)["note"]) == 5_000_000


def test_an_answer_in_chunks_without_a_length_is_read(gateway, settings, calls):
    body = b'1\r\n{\r\n13\r\n"messageid": "123"}\r\n0\r\n\r\n'
    gateway.answers(say(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n" + body))
    call = SEND_MESSAGE.prepare(settings, to=NATIONAL, content="Hello")
    assert calls(settings, call)["message_id"] == "123"


@pytest.mark.parametrize("cookie", ["session=1; Path=/", "session=\xe9\x80; Path=/", "session=1; Domain=127.0.0.1"])
def test_cookies_are_not_kept(gateway, settings, calls, cookie):
    gateway.answers(answer(200, {"credits": 1}, Set_Cookie=cookie))
    assert calls(settings, GET_CREDITS.prepare(settings), GET_CREDITS.prepare(settings)) == 1
    assert ["cookie" in seen.headers for seen in gateway.seen] == [False, False]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_the_token_nowhere(gateway, settings, calls, status):
    elsewhere = Gateway()
    elsewhere.answers(SENT)
    gateway.answers(answer(status, Location=f"{elsewhere.url}/message/send?t={TOKEN}"))
    error = failure(calls, settings, SmsWorksConfigError)
    assert_clear(error, "was redirected", "`host` of connection `smsworks_default`")
    assert elsewhere.seen == []
    elsewhere.stop()


def test_a_proxy_of_the_environment_does_not_see_the_token_of_plain_http(gateway, settings, calls, monkeypatch):
    proxy = Gateway()
    proxy.answers(SENT)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    gateway.answers(SENT)
    call = SEND_MESSAGE.prepare(settings, to=NATIONAL, content="Hello")
    assert calls(settings, call)["message_id"] == "123"
    assert proxy.seen == []
    proxy.stop()


@pytest.mark.parametrize(
    "raw",
    [
        f"{NUMBER} 07400 123-456\r\n\r\n",
        f"{TOKEN} {FETCHED}\r\n\r\n",
        f"HTTP/1.1 201 Created\r\n{NUMBER} {TOKEN}\r\n\r\n",
        f"HTTP/1.1 201 Created\r\nContent-Length: {NUMBER}x{TOKEN}\r\n\r\n",
    ],
)
def test_a_broken_answer_is_told_without_the_number_and_token_in_it(gateway, settings, calls, raw):
    gateway.answers(say(raw.encode()))
    error = failure(calls, settings)
    assert_clear(error, "was reached, but the exchange broke (RemoteProtocolError: ")
    assert len(str(error)) < 400


def test_a_host_that_does_not_exist_was_never_reached(settings, calls, waits):
    settings = replace(settings, base_url="http://gateway.invalid/v1")
    error = failure(calls, settings)
    assert (error.transient, error.nothing_sent) == (True, True)
    assert_clear(error, "gateway.invalid cannot be reached", "check `host` of connection `smsworks_default`")


@pytest.mark.parametrize("host", ["a" * 64 + ".invalid", "exa mple.invalid", "xn--a.invalid"])
def test_a_host_that_cannot_be_a_name_is_the_fault_of_the_connection(settings, calls, waits, host):
    error = failure(calls, replace(settings, base_url=f"http://{host}/v1"), SmsWorksConfigError)
    assert (error.transient, error.nothing_sent, waits) == (False, True, [])
    assert_clear(error, host, "cannot be the name of a host", "correct `host` of connection `smsworks_default`")


@pytest.mark.parametrize(
    "environment",
    [
        {"HTTPS_PROXY": "ftp://somebody:password-of-the-proxy@example.com"},
        {"HTTPS_PROXY": "http://[::1"},
        {"SSL_CERT_FILE": __file__},
    ],
    ids=["proxy", "address", "certificates"],
)
def test_a_wrong_environment_is_told_without_its_secrets(calls, monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings("smsworks_default", base_url="https://gateway.invalid/v1", token=TOKEN, sender="Parcels")
    error = failure(calls, settings, SmsWorksConfigError)
    assert_clear(error, "HTTPS_PROXY", "SSL_CERT_FILE", "connection `smsworks_default`")
    assert "password-of-the-proxy" not in str(error)


def test_a_server_that_speaks_no_tls_was_never_reached(gateway, settings, calls, waits, monkeypatch):
    monkeypatch.setattr(gateway, "read", lambda connection: connection.recv(65536))
    gateway.answers(say(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    error = failure(calls, replace(settings, base_url=gateway.url.replace("http://", "https://")))
    assert error.nothing_sent is True
    assert_clear(error, f"127.0.0.1:{gateway.port} cannot be reached", "ConnectError")


def test_a_tls_handshake_that_hangs_was_never_left(hasty, calls, waits):
    with socket.create_server(("127.0.0.1", 0), backlog=16) as mute:
        url = f"https://127.0.0.1:{mute.getsockname()[1]}/v1"
        error = failure(calls, replace(hasty, base_url=url, timeout=0.1))
    assert error.nothing_sent is True
    assert_clear(error, "cannot be reached", "ConnectTimeout")


def test_threads_may_share_a_client(gateway, settings):
    from airflow_provider_smsworks.api.client import SmsWorksClient

    gateway.answers(answer(200, {"credits": 1}))
    read = []
    with SmsWorksClient(settings) as client:
        threads = [
            threading.Thread(target=lambda: read.append(client.call(GET_CREDITS.prepare(settings)))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert read == [1] * 8
