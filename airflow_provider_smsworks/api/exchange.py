"""
One HTTP exchange, bounded in time and size, and what a failed one means.

The only file that knows the HTTP library.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import httpx

from airflow_provider_smsworks.api.answers import Answer
from airflow_provider_smsworks.api.errors import SmsWorksUnavailableError, SmsWorksUnreadableError
from airflow_provider_smsworks.api.masking import mask_numbers, mask_secrets
from airflow_provider_smsworks.api.operations import Call
from airflow_provider_smsworks.api.settings import Settings

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""Far above the largest legitimate answer (5,000 messages are about 9 MB)."""

_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    UnicodeError,
)


def http_options(settings: Settings) -> dict[str, Any]:
    """Return the options of a sync or async HTTP client for a connection."""
    return {
        "timeout": httpx.Timeout(settings.timeout),
        "follow_redirects": False,
        # A proxy of the environment would see the token of a plain http connection.
        "trust_env": settings.base_url.startswith("https://"),
        "headers": {"Accept": "application/json", "User-Agent": "airflow-provider-smsworks"},
    }


class Exchange:
    """Sends calls over a sync HTTP client."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._http = httpx.Client(**http_options(settings))

    def send(self, call: Call[Any], token: str | None) -> Answer:
        """Send one call and read its whole answer."""
        body = _Body(self._settings, call)
        try:
            with self._http.stream(**_outgoing(self._settings, call, token)) as response:
                for chunk in response.iter_bytes():
                    body.add(chunk)
                return body.answer(response)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise _failure(self._settings, call, error) from None

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


class AsyncExchange:
    """Sends calls over an async HTTP client."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._http = httpx.AsyncClient(**http_options(settings))

    async def send(self, call: Call[Any], token: str | None) -> Answer:
        """Send one call and read its whole answer."""
        body = _Body(self._settings, call)
        try:
            # The body has its own limit, which ends before this one; headers that drip have none in the library.
            async with (
                asyncio.timeout(3 * self._settings.timeout),
                self._http.stream(**_outgoing(self._settings, call, token)) as response,
            ):
                async for chunk in response.aiter_bytes():
                    body.add(chunk)
                return body.answer(response)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, TimeoutError) as error:
            raise _failure(self._settings, call, error) from None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


class _Body:
    """Collects an answer; gives up on one that never ends or drips."""

    def __init__(self, settings: Settings, call: Call[Any], clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._call, self._clock = settings, call, clock
        self._until = clock() + 2 * settings.timeout
        self._chunks: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._size += len(chunk)
        too_long = self._size > MAX_ANSWER_BYTES
        if too_long or self._clock() > self._until:
            why = f"is longer than {MAX_ANSWER_BYTES:,} bytes" if too_long else "comes too slowly"
            raise SmsWorksUnreadableError(
                f"The answer to {self._call.operation.label} {why}: check `host` of connection"
                f" `{self._settings.conn_id}` ({self._settings.base_url})",
                no_effect=self._call.operation.repeatable,
                sends=self._call.operation.sends,
            )

    def answer(self, response: httpx.Response) -> Answer:
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, b"".join(self._chunks))


def _outgoing(settings: Settings, call: Call[Any], token: str | None) -> dict[str, Any]:
    outgoing: dict[str, Any] = {"method": call.operation.method, "url": settings.base_url + call.path, "headers": {}}
    if token is not None:
        outgoing["headers"]["Authorization"] = token
    if call.body is not None:
        outgoing["content"] = json.dumps(call.body)
        outgoing["headers"]["Content-Type"] = "application/json"
    return outgoing


def _failure(settings: Settings, call: Call[Any], error: Exception) -> SmsWorksUnavailableError:
    """Tell a call that never left from one whose fate is open."""
    never_left = isinstance(error, _NEVER_LEFT)
    reason = "took too long" if isinstance(error, httpx.TimeoutException | TimeoutError) else "broke"
    what = "cannot be reached" if never_left else f"was reached, but the exchange {reason}"
    host = settings.base_url.split("/")[2]
    hint = f": check `host` of connection `{settings.conn_id}` and the network" if never_left else ""
    # A broken answer is quoted in here, whatever it says.
    said = mask_numbers(mask_secrets(str(error), settings.secrets))[:200]
    detail = f" ({type(error).__name__}: {said})"
    return SmsWorksUnavailableError(
        f"{call.operation.label}: {host} {what}{detail}{hint}",
        no_effect=never_left or call.operation.repeatable,
        sends=call.operation.sends,
    )
