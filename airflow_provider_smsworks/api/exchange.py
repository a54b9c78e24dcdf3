"""
One HTTP exchange, bounded in time and size, and what a failed one means.

What one can rely on: no exchange takes longer than twice ``timeout``, from the look-up of the host's name to the last
byte of the answer, whatever is at the other end; ``timeout`` itself bounds connecting, sending, and every silence. No
answer that is longer than ``MAX_ANSWER_BYTES`` is kept. With the default of 30 seconds an answer of 9 MB is read from
a gateway that delivers 200 kB a second. (A call of the client may be several exchanges: repeats, and a fresh token.)

There is one implementation, the async one, because only there a deadline ends whatever is being waited for: the
library's own timeouts begin again with every byte, and in blocking code neither headers that drip nor a resolver that
hangs can be given up. ``Exchange`` runs it on a thread in the background and blocks.

The only file that knows the HTTP library.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import ssl
import time
import weakref
import zlib
from contextvars import ContextVar
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from airflow_provider_smsworks.api import background
from airflow_provider_smsworks.api.answers import Answer, texts_of
from airflow_provider_smsworks.api.errors import (
    SmsWorksConfigError,
    SmsWorksError,
    SmsWorksUnavailableError,
    SmsWorksUnreadableError,
)
from airflow_provider_smsworks.api.masking import mask_quotation
from airflow_provider_smsworks.api.operations import Call
from airflow_provider_smsworks.api.settings import Settings

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""Far above the largest legitimate answer (5,000 messages are about 9 MB)."""

_log = logging.getLogger(__name__)
_exchanging: ContextVar[bool] = ContextVar("smsworks_exchanging", default=False)


def _is_of_somebody_else(record: logging.LogRecord) -> bool:
    return not _exchanging.get()


# They log reason and headers of every answer, and a server may quote there what it was sent: numbers, texts, the token.
for _name in ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks"))):
    logging.getLogger(_name).addFilter(_is_of_somebody_else)

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def tls_context() -> ssl.SSLContext:
    """Return what certificates are checked with, by the client and by whoever looks why it cannot connect."""
    return httpx.create_ssl_context()


def http_options(settings: Settings) -> dict[str, Any]:
    """Return the options of an HTTP client for a connection."""
    return {
        "timeout": httpx.Timeout(settings.timeout),
        "follow_redirects": False,
        # A proxy of the environment would see the token of a plain http connection.
        "trust_env": settings.base_url.startswith("https://"),
        # Nobody logs in here, and one odd cookie would spoil all later calls.
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        "headers": {
            "Accept": "application/json",
            # A few compressed bytes can become gigabytes.
            "Accept-Encoding": "identity",
            "User-Agent": "airflow-provider-smsworks",
        },
    }


class AsyncExchange:
    """
    Sends calls, for code on an event loop.

    :raises SmsWorksConfigError: the environment's proxies or certificates are wrong
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        try:
            self._http = httpx.AsyncClient(**http_options(settings))
        except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
            # Not quoted: the address of a proxy may hold a password.
            raise SmsWorksConfigError(
                f"No HTTP client can be made for connection `{settings.conn_id}` ({type(error).__name__}): correct the"
                " environment's HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE or SSL_CERT_DIR"
            ) from None

    async def send(self, call: Call[Any], token: str | None) -> Answer:
        """
        Send one call and read its whole answer.

        :raises SmsWorksConfigError: the connection's ``host`` cannot be the name of one
        :raises SmsWorksUnavailableError: the exchange failed or took too long; ``nothing_sent`` tells how far it got
        :raises SmsWorksUnreadableError: an answer had begun, and was too long or too slow
        """
        request = self._request(call, token)
        began, response = time.monotonic(), None
        ours = _exchanging.set(True)
        try:
            async with asyncio.timeout(2 * self._settings.timeout):
                response = await self._http.send(request, stream=True)
                try:
                    return await self._read(call, response)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            failure = self._failure(call, error) if response is None else self._unreadable(call, "comes too slowly")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            failure = self._failure(call, error)
        finally:
            _exchanging.reset(ours)
            status = "no answer" if response is None else f"HTTP {response.status_code}"
            _log.debug("%s: %s, %.2f s", call.operation.label, status, time.monotonic() - began)
        # Not within, where it would hold on to an error that knows the token, and quotes a broken answer.
        raise failure

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _request(self, call: Call[Any], token: str | None) -> httpx.Request:
        headers = {} if token is None else {"Authorization": token}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        try:
            request = self._http.build_request(
                call.operation.method,
                self._settings.base_url + call.path,
                headers=headers,
                content=None if call.body is None else json.dumps(call.body),
            )
            _check_name(request.url.raw_host.decode("ascii"))
        except (httpx.InvalidURL, UnicodeError):
            raise SmsWorksConfigError(
                f"{call.operation.label} was not called: {self._host} cannot be the name of a host;"
                f" correct `host` of connection `{self._settings.conn_id}`",
                sends=call.operation.sends,
            ) from None
        return request

    async def _read(self, call: Call[Any], response: httpx.Response) -> Answer:
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise self._too_long(call)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, self._plain(call, bytes(body), headers.get("content-encoding")))

    def _plain(self, call: Call[Any], body: bytes, encoding: str | None) -> bytes:
        """Unpack an answer that came compressed though nobody asked for it, up to the largest size allowed."""
        if not encoding or encoding.strip().lower() == "identity":
            return body
        try:
            # The 32 is for gzip and deflate alike; what is neither is an error.
            plain = zlib.decompressobj(32 + zlib.MAX_WBITS).decompress(body, MAX_ANSWER_BYTES + 1)
        except zlib.error:
            raise self._unreadable(call, "is compressed in a way that nobody asked for") from None
        if len(plain) > MAX_ANSWER_BYTES:
            raise self._too_long(call)
        return plain

    @property
    def _host(self) -> str:
        return self._settings.base_url.split("/")[2]

    def _too_long(self, call: Call[Any]) -> SmsWorksError:
        return self._unreadable(call, f"is longer than {MAX_ANSWER_BYTES:,} bytes")

    def _unreadable(self, call: Call[Any], why: str) -> SmsWorksError:
        return SmsWorksUnreadableError(
            f"The answer to {call.operation.label} {why}: check `host` of connection"
            f" `{self._settings.conn_id}` ({self._settings.base_url}){_doubt(call)}",
            no_effect=call.operation.repeatable,
            sends=call.operation.sends,
        )

    def _failure(self, call: Call[Any], error: Exception) -> SmsWorksError:
        """Tell a call that never left from one whose fate is open."""
        never_left = isinstance(error, _NEVER_LEFT)
        reason = "took too long" if isinstance(error, httpx.TimeoutException | TimeoutError) else "broke"
        what = "cannot be reached" if never_left else f"was reached, but the exchange {reason}"
        check = f": check `host` of connection `{self._settings.conn_id}` and the network"
        # A broken answer is quoted in here, whatever it says.
        said = mask_quotation(str(error), self._settings.secrets, texts_of(call))[:200]
        detail = f" ({type(error).__name__}{': ' if said else ''}{said})"
        return SmsWorksUnavailableError(
            f"{call.operation.label}: {self._host} {what}{detail}{check if never_left else _doubt(call)}",
            no_effect=never_left or call.operation.repeatable,
            sends=call.operation.sends,
        )


def _check_name(host: str) -> None:
    """Look at a host's name as the resolver will, so that such an error of a later step is about something else."""
    host.encode("idna")
    if "%" in host and ":" not in host:  # a quoted blank, say; in an IPv6 address the name of an interface
        raise httpx.InvalidURL("quoted characters")


def _doubt(call: Call[Any]) -> str:
    return "; whether the text went out is not certain" if call.operation.sends else ""


class Exchange:
    """Sends calls, for code that may block; threads may share it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open()

    def send(self, call: Call[Any], token: str | None) -> Answer:
        """Send one call and read its whole answer; raises what ``AsyncExchange.send`` raises."""
        if self._process != os.getpid():
            # Forked: the parent may use the connections at the same time.
            self._open()
        return background.run(self._exchange.send, call, token)

    def close(self) -> None:
        """Close the connections."""
        if self._process == os.getpid():
            background.run(self._exchange.close)

    def _open(self) -> None:
        self._process, self._exchange = os.getpid(), AsyncExchange(self._settings)
        # The loop would keep the connections of a client that nobody closed. At the end of a process it may.
        weakref.finalize(self, _close_later, self._exchange, self._process).atexit = False


def _close_later(exchange: AsyncExchange, process: int) -> None:
    if process == os.getpid():
        background.run_later(exchange.close)
