"""Calls whose caller was cut off, and that are carried out a while later all the same.

They are kept in the database until their time: a restart does not lose them, and a reset forgets them.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope

from airflow_provider_smsworks.sandbox.state import Sandbox


class LateCalls:
    """The calls still to come. ``app`` carries them out, as it does any call."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, scope: Scope, body: bytes, delay: float) -> None:
        """Keep a call, to be carried out in ``delay`` seconds."""
        headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
        call = {
            "method": scope["method"],
            "path": scope["path"],
            "query": scope["query_string"].decode("latin-1"),
            "headers": headers,
            "body": body.decode("latin-1"),
        }
        due = self._sandbox.now() + delay
        self._sandbox.database.insert("late_calls", {"due": due, "call": json.dumps(call)})
        row = self._sandbox.database.row("SELECT max(id) AS id FROM late_calls")
        assert row is not None
        self._wait_for(row["id"], due)

    def resume(self) -> None:
        """Go on with the calls that were waiting when the sandbox was stopped."""
        for row in self._sandbox.database.rows("SELECT id, due FROM late_calls"):
            self._wait_for(row["id"], row["due"])

    def stop(self) -> None:
        """Leave the rest for the next start."""
        for task in self._tasks:
            task.cancel()

    def _wait_for(self, call_id: int, due: float) -> None:
        task = asyncio.create_task(self._carry_out(call_id, due))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, call_id: int, due: float) -> None:
        await asyncio.sleep(max(0.0, due - self._sandbox.now()))
        database = self._sandbox.database
        row = database.row("SELECT call FROM late_calls WHERE id = ?", (call_id,))
        if row is None:
            return  # a reset came in between
        database.run("DELETE FROM late_calls WHERE id = ?", (call_id,))
        call = json.loads(row["call"])
        await self._app(_scope(call), replay(call["body"].encode("latin-1")), _to_nobody)


def _scope(call: dict[str, Any]) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": call["method"],
        "path": call["path"],
        "raw_path": call["path"].encode(),
        "query_string": call["query"].encode("latin-1"),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in call["headers"]],
        "client": None,
        "server": None,
    }


async def whole_body(receive: Receive) -> bytes:
    """The whole body of a call."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def replay(body: bytes) -> Receive:
    """A call's body once more."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _to_nobody(message: Message) -> None:
    return
