"""The gateway of a benchmark of waits: messages that are on their way until somebody says so, and counted calls."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from airflow_provider_smsworks.sending.identity import MARK_PAIR, mark_of
from scripts.sandbox_process import SandboxProcess

PHONE, SILENT = "447700900000", "447700900004"
_NEVER = 1e6
_AT_ONCE = 2000


class Gateway:
    """
    A sandbox for one measurement.

    :param settings: of the sandbox, beside those that the measurement needs
    :param delay: seconds that it takes to answer each call
    """

    def __init__(self, settings: Mapping[str, Any], delay: float = 0.0) -> None:
        self._settings = dict(settings)
        self._sandbox = SandboxProcess()
        self._relay = Relay(delay) if delay else None
        self.url = ""

    def __enter__(self) -> Self:
        self._sandbox.__enter__()
        self._client = httpx.Client(base_url=self._sandbox.url, trust_env=False, timeout=120)
        # Without optional fields messages do not say that they were sent in a batch: they are as if sent one by one.
        self._set(credits=1e9, delivery_delay=_NEVER, optional_fields=False)
        self.url = self._relay.start(self._sandbox.url) if self._relay else self._sandbox.url
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._relay:
            self._relay.stop()
        self._client.close()
        self._sandbox.stop()

    def send(self, count: int, *, foreign: int = 0) -> list[str]:
        """
        Send messages as this provider does, and return their ids.

        :param foreign: how many messages of other systems are among them
        """
        ours = [{"key": MARK_PAIR, "value": mark_of("smsworks_default")}]
        left = [count, foreign]
        steps = max(1, (max(left) + _AT_ONCE - 1) // _AT_ONCE)
        for _ in range(steps):
            self._send(min(left[0], (count + steps - 1) // steps), PHONE, ours)
            self._send(min(left[1], (foreign + steps - 1) // steps), SILENT, [])
            left = [left[0] - (count + steps - 1) // steps, left[1] - (foreign + steps - 1) // steps]
        ledger = self._ask("GET", "/sandbox/ledger")
        return [str(message["message_id"]) for message in ledger if message["metadata"]]

    def batches(self, count: int) -> list[str]:
        """Send batches of one message, of which nobody can read anything before ``deliver``; return their ids."""
        self._set(new_batch="not_found", search_lag=_NEVER)
        text = {"sender": "Parcels", "destinations": [PHONE], "content": "Your parcel comes today"}
        return [str(self._ask("POST", "/v1/batch/send", text)["batchid"]) for _ in range(count)]

    def deliver(self) -> None:
        """Let everything arrive, now."""
        self._set(delivery_delay=0.0, search_lag=0.0)

    def limit(self) -> None:
        """Put the settings into force that the measurement was asked for."""
        if self._settings:
            self._set(**self._settings)

    def reads(self) -> int:
        """Return how many calls there were so far, but for those that sent."""
        requests: dict[str, int] = self._ask("GET", "/sandbox/requests")
        return sum(calls for operation, calls in requests.items() if not operation.startswith("POST /batch"))

    def _send(self, count: int, phone: str, metadata: list[dict[str, str]]) -> None:
        if count > 0:
            text = {"sender": "Parcels", "destination": phone, "content": "Your parcel comes today"}
            self._ask("POST", "/v1/batch/any", [{**text, "metadata": metadata}] * count)

    def _set(self, **settings: Any) -> None:
        self._ask("POST", "/sandbox/settings", settings)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._client.request(method, path, json=body, headers={"Authorization": "token.of-the-benchmark"})
        return answer.raise_for_status().json()


class Relay:
    """Hands calls on to the sandbox late, as a gateway does that is far away or busy."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self, url: str) -> str:
        """Start, and return the address to call instead."""
        self._to = urlsplit(url)
        self._thread.start()
        return asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)

    def stop(self) -> None:
        """End it, with all connections."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _serve(self) -> str:
        server = await asyncio.start_server(self._relay, "127.0.0.1", 0, backlog=4096)
        port = server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._to.hostname, self._to.port)
        with suppress(OSError, asyncio.CancelledError):
            # What is sent needs no delay of its own: a call is over when its answer is there.
            await asyncio.gather(_copy(reader, back, 0.0), _copy(there, writer, self._delay))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    is_pause = True
    while data := await reader.read(65536):
        if is_pause and delay:
            await asyncio.sleep(delay)
        writer.write(data)
        await writer.drain()
        # An answer in several pieces is late once.
        is_pause = len(data) < 65536
    writer.close()
