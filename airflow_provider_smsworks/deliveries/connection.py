"""The gateway as one poll sees it: the connection is read once, and again when its token is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from airflow_provider_smsworks.api import operations
from airflow_provider_smsworks.api.client import AsyncSmsWorksClient
from airflow_provider_smsworks.api.errors import SmsWorksAuthError, SmsWorksError, SmsWorksUnavailableError
from airflow_provider_smsworks.api.records.fields import Record, as_list
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

R = TypeVar("R")

# Lists come as the gateway has them: of thousands of messages most are nobody's, or say what they said before.
_SEARCH = replace(operations.SEARCH_MESSAGES, read=as_list)
_GET_BATCH = replace(operations.GET_BATCH, read=as_list)


class Connection:
    """The gateway, for one poll."""

    def __init__(self, conn_id: str) -> None:
        self.conn_id = conn_id
        self._hook: SmsWorksHook | None = None
        # Whether the token was never accepted: one that was and is refused may be one of before.
        self._is_fresh = True
        self._old: list[SmsWorksHook] = []
        self._reading = asyncio.Lock()

    async def client(self) -> AsyncSmsWorksClient:
        """
        Return the client.

        :raises SmsWorksError: the connection cannot be read, or is wrong
        """
        async with self._reading:
            if self._hook is None:
                hook = SmsWorksHook(self.conn_id)
                try:
                    await hook.get_async_conn()
                except SmsWorksError:
                    raise
                except Exception as error:  # Airflow's own failure to hand it out should not end the waits
                    name = type(error).__name__
                    raise SmsWorksUnavailableError(f"the connection cannot be read now ({name})") from None
                self._hook, self._is_fresh = hook, True
            return await self._hook.get_async_conn()

    async def message(self, message_id: Any) -> Record:
        """Read one message."""
        return await self._call(
            lambda client: client.call(operations.GET_MESSAGE.prepare(client.settings, message_id=message_id))
        )

    async def batch(self, batch_id: Any) -> list[Any]:
        """Read the messages of a batch, as the gateway has them."""
        return await self._call(lambda client: client.call(_GET_BATCH.prepare(client.settings, batch_id=batch_id)))

    async def search(self, **query: Any) -> list[Any]:
        """Read one page of what a search finds, as the gateway has it."""
        return await self._call(lambda client: client.call(_SEARCH.prepare(client.settings, **query)))

    async def end_look(self) -> None:
        """Close what is used no more; the token was accepted, or nobody would be told so."""
        self._is_fresh = False
        old, self._old = self._old, []
        for hook in old:
            # A poll that ended with that would leave everybody waiting.
            with suppress(Exception):
                await hook.aclose()

    async def close(self) -> None:
        """Forget the connection: it may be mended by the next look."""
        self._put_away(self._hook)
        await self.end_look()

    def _put_away(self, hook: SmsWorksHook | None) -> None:
        # Others may be in the middle of a call.
        if hook is not None and hook is self._hook:
            self._hook = None
            self._old.append(hook)

    async def _call(self, ask: Callable[[AsyncSmsWorksClient], Awaitable[R]]) -> R:
        client = await self.client()
        used, is_fresh = self._hook, self._is_fresh
        try:
            result = await ask(client)
        except SmsWorksAuthError:
            if is_fresh:
                raise
        else:
            self._is_fresh = False
            return result
        # A refusal ends waits: not before it is that of the token which the connection has by now.
        self._put_away(used)
        return await ask(await self.client())
