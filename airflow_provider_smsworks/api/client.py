"""
The sync and the async client. They share all decisions (token, retries, pace) and differ only in how they wait.

A call is repeated here only if repeating it cannot text anybody twice: it reads, or it certainly never left.
Whatever else went wrong with a send is for its caller, who must look before it sends again. So a call that left and
was lost is told after twice ``timeout`` at most; one that may be repeated is tried four times, as long as that time
has not passed.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any, TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential,
    wait_random,
)

from airflow_provider_smsworks.api.answers import Answer, read_answer
from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksRateLimitError
from airflow_provider_smsworks.api.exchange import AsyncExchange, Exchange
from airflow_provider_smsworks.api.operations import FETCH_TOKEN, Call
from airflow_provider_smsworks.api.pace import pace_of
from airflow_provider_smsworks.api.settings import Settings

R = TypeVar("R")

_ATTEMPTS = 4
_LONGEST_WAIT = 60.0
"""Seconds. A gateway that asks for more is left to Airflow's retry, which holds no worker."""

_SILENT_WAIT = 5.0
"""Seconds that a call may wait for its turn without a word in the log."""

_log = logging.getLogger(__name__)

_Outgoing = tuple[Call[Any], str | None]


class _Core:
    """What both clients decide in the same way."""

    def __init__(self, settings: Settings, longest_wait: float) -> None:
        self.settings = settings
        self._longest_wait = longest_wait
        self._token = settings.token
        secret = settings.token or (settings.credentials.api_secret if settings.credentials else "")
        account = hashlib.sha256(secret.encode()).hexdigest()
        self._pace = pace_of(settings.base_url, account, settings.calls_per_minute)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of connection {self.settings.conn_id!r}>"

    def _steps(self, call: Call[R]) -> Generator[_Outgoing, Answer, R]:
        """Yield what must go out, take what came back, return the result."""
        if not call.operation.needs_token:
            return read_answer(self.settings, call, (yield call, None))
        fresh = self._token is None
        if fresh:
            yield from self._fetch_token()
        answer = yield call, self._token
        if answer.status == 401 and self.settings.credentials and not fresh:
            yield from self._fetch_token()
            answer = yield call, self._token
        try:
            return read_answer(self.settings, call, answer)
        except SmsWorksRateLimitError as error:
            if error.retry_after and error.retry_after <= self._longest_wait:
                self._pace.hold(error.retry_after)
            raise

    def _fetch_token(self) -> Generator[_Outgoing, Answer, None]:
        self._token = None
        call = FETCH_TOKEN.prepare(self.settings)
        self._token = read_answer(self.settings, call, (yield call, None))

    def _seconds_to_wait(self) -> float:
        seconds = self._pace.seconds_to_wait()
        if seconds > _SILENT_WAIT:
            limit = self.settings.calls_per_minute
            _log.info(
                "A call of connection `%s` waits %.0f seconds for its turn: %s",
                self.settings.conn_id,
                seconds,
                f"there are {limit} a minute (`calls_per_minute`)" if limit else "the gateway asked to wait",
            )
        return seconds

    @property
    def _retries(self) -> dict[str, Any]:
        return {
            "retry": retry_if_exception(self._may_repeat),
            "wait": _wait,
            # A gateway that took all the time that an exchange may take will not be quicker now.
            "stop": stop_after_attempt(_ATTEMPTS) | stop_after_delay(2 * self.settings.timeout),
            "reraise": True,
        }

    def _may_repeat(self, error: BaseException) -> bool:
        return (
            isinstance(error, SmsWorksError)
            and error.transient
            and error.no_effect
            and (error.retry_after or 0) <= self._longest_wait
        )


_backoff = wait_exponential(multiplier=0.5, max=8) + wait_random(0, 0.5)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, SmsWorksError) else None
    return asked if asked is not None else _backoff(state)


class SmsWorksClient(_Core):
    """
    The gateway, for code that may block.

    :param settings: of the connection
    :param on_token: told every token that is fetched, so that it can be kept out of logs
    :param longest_wait: seconds that it waits for a gateway that asks to wait; if that asks for more, the call fails
    """

    def __init__(
        self,
        settings: Settings,
        *,
        on_token: Callable[[str], None] | None = None,
        longest_wait: float = _LONGEST_WAIT,
    ) -> None:
        super().__init__(settings, longest_wait)
        self._exchange = Exchange(settings)
        self._on_token = on_token

    def call(self, call: Call[R]) -> R:
        """
        Send a prepared call and return its result.

        :raises SmsWorksError: see its ``transient`` and ``nothing_sent``
        """
        result: R = Retrying(**self._retries)(self._attempt, call)
        return result

    def _attempt(self, call: Call[R]) -> R:
        steps = self._steps(call)
        outgoing = next(steps)
        while True:
            if seconds := self._seconds_to_wait():
                time.sleep(seconds)
            answer = self._exchange.send(*outgoing)
            known = self._token
            try:
                outgoing = steps.send(answer)
            except StopIteration as done:
                result: R = done.value
                return result
            if self._token and self._token != known and self._on_token:
                self._on_token(self._token)

    def close(self) -> None:
        """Close the connections."""
        self._exchange.close()

    def __enter__(self) -> SmsWorksClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


class AsyncSmsWorksClient(_Core):
    """
    The gateway, for code on an event loop.

    :param settings: of the connection
    :param on_token: told every token that is fetched, so that it can be kept out of logs
    """

    def __init__(self, settings: Settings, *, on_token: Callable[[str], Any] | None = None) -> None:
        super().__init__(settings, _LONGEST_WAIT)
        self._exchange = AsyncExchange(settings)
        self._on_token = on_token

    async def call(self, call: Call[R]) -> R:
        """
        Send a prepared call and return its result.

        :raises SmsWorksError: see its ``transient`` and ``nothing_sent``
        """
        return await AsyncRetrying(**self._retries)(self._attempt, call)

    async def _attempt(self, call: Call[R]) -> R:
        steps = self._steps(call)
        outgoing = next(steps)
        while True:
            if seconds := self._seconds_to_wait():
                await asyncio.sleep(seconds)
            answer = await self._exchange.send(*outgoing)
            known = self._token
            try:
                outgoing = steps.send(answer)
            except StopIteration as done:
                result: R = done.value
                return result
            if self._token and self._token != known and self._on_token:
                await self._on_token(self._token)

    async def close(self) -> None:
        """Close the connections."""
        await self._exchange.close()

    async def __aenter__(self) -> AsyncSmsWorksClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.close()
