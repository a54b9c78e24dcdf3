"""The gate in front of all operations: counts the calls, and makes them suffer the faults.

It wraps the whole application, so that an operation knows nothing of it: with ``after`` the operation runs
and its answer is thrown away, with ``late`` the same call is run again later, answering nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from airflow_provider_smsworks.sandbox.calls import Answer
from airflow_provider_smsworks.sandbox.errors import refused
from airflow_provider_smsworks.sandbox.faults import LONG_STALL, Fault
from airflow_provider_smsworks.sandbox.late import LateCalls, replay, whole_body
from airflow_provider_smsworks.sandbox.operations import Operations
from airflow_provider_smsworks.sandbox.state import Sandbox

_HTML = b"<!doctype html>\n<html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>\n"
_HALF = b'{"messageid":"17636420001234567890","status":"SE'


class Gate:
    """The application with faults.

    ``reset``: how to reset the connection of a call. ``stopping``: set when the server is to stop.
    """

    def __init__(
        self,
        app: ASGIApp,
        sandbox: Sandbox,
        operations: Operations,
        reset: Callable[[Scope], None],
        stopping: asyncio.Event,
    ) -> None:
        self.app = app
        self.late_calls = LateCalls(app, sandbox)
        self._sandbox = sandbox
        self._operations = operations
        self._reset = reset
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a call."""
        operation = self._operations.name(scope)
        if operation is None:
            await self.app(scope, receive, send)
            return
        self._count(operation)
        if delay := self._sandbox.settings.answer_delay:
            await asyncio.sleep(delay)
        fault = self._sandbox.faults.strike(operation)
        if fault is None:
            await self.app(scope, receive, send)
            return
        body, answer = await whole_body(receive), b""
        if fault.when == "after":
            answer = await self._answer_lost(scope, body)
        elif fault.when == "late":
            self.late_calls.add(scope, body, delay=fault.delay)
        await self._suffer(fault, answer, scope, receive, send)

    def _count(self, operation: str) -> None:
        self._sandbox.database.run(
            "INSERT INTO requests VALUES (?, 1) ON CONFLICT (operation) DO UPDATE SET calls = calls + 1",
            (operation,),
        )

    async def _answer_lost(self, scope: Scope, body: bytes) -> bytes:
        answer = b""

        async def keep(message: Message) -> None:
            nonlocal answer
            answer += message.get("body", b"")

        await self.app(dict(scope), replay(body), keep)
        return answer

    async def _suffer(self, fault: Fault, answer: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        wait = 0.0 if fault.when == "late" else fault.delay  # a late fault's delay is for the call
        if fault.kind == "stall":
            wait = wait or LONG_STALL
        in_time = await self._wait(wait, receive)
        if in_time and fault.kind == "status":
            await _sendable(self._error(fault, scope))(scope, receive, send)
        elif in_time and fault.kind == "garbage":
            await _sendable(_garbage(fault, answer))(scope, receive, send)
        else:
            self._reset(scope)
            await _gone(receive)  # the web server takes an application that ends before that for a broken one

    def _error(self, fault: Fault, scope: Scope) -> Answer:
        if fault.error_code is None:
            status = fault.status or 503
            return Answer({"message": f"Fault on demand: HTTP {status}"}, status_code=status, headers=fault.headers)
        error = refused(fault.error_code)
        error.status, error.headers = fault.status or error.status, fault.headers
        return self._operations.refusal(scope, error, self._sandbox.settings)

    async def _wait(self, seconds: float, receive: Receive) -> bool:
        """Wait; False if the caller went away or the server is to stop before the time is over."""
        if seconds == 0:
            return True
        reasons = {asyncio.create_task(_gone(receive)), asyncio.create_task(self._stopping.wait())}
        try:
            done, _ = await asyncio.wait(reasons, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in reasons:
                task.cancel()
        return not done


async def _gone(receive: Receive) -> Literal[True]:
    """Wait until the caller is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    return True


def _garbage(fault: Fault, answer: bytes) -> Answer:
    garbage = Answer(None, status_code=fault.status or 200, headers=fault.headers)
    if fault.body == "html":
        garbage.body, garbage.headers["content-type"] = _HTML, "text/html"
    else:
        garbage.body = answer[: len(answer) // 2] or _HALF
    garbage.headers["content-length"] = str(len(garbage.body))
    return garbage


def _sendable(answer: Answer) -> Answer:
    """The answer without a body if its status has none in HTTP, where the web server would stumble over it."""
    if answer.status_code in (204, 304):
        answer.body = b""
        answer.headers["content-length"] = "0"
    return answer
