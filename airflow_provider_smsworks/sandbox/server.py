"""The web server: listens, says when it is ready, can reset a connection, and stops quickly and cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys

import uvicorn
from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from airflow_provider_smsworks.sandbox.app import build_app
from airflow_provider_smsworks.sandbox.database import Database, DatabaseError
from airflow_provider_smsworks.sandbox.state import Sandbox

GRACE = 1  # seconds that calls under way have to end when the server stops
KEEP_ALIVE = 75  # seconds; longer than clients keep idle connections, so that they do not meet a closed one
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # struct linger: on, 0 seconds


class StartError(Exception):
    """Why the server cannot start and what to do about it, in one sentence."""


def serve(*, host: str, port: int, database: str | None, token: str | None) -> None:
    """Run the sandbox until SIGINT or SIGTERM. ``port`` 0 takes a free one. Raises StartError."""
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(contextlib.closing(_listen(host, port)))
        try:
            memory = opened.enter_context(contextlib.closing(Database(database)))
        except DatabaseError as reason:
            raise StartError(f"The sandbox cannot use the database {reason}.") from None
        _run(_url(host, listener), listener, Sandbox(memory, token))


def _run(url: str, listener: socket.socket, sandbox: Sandbox) -> None:
    connections, stopping = _Connections(), asyncio.Event()
    config = uvicorn.Config(
        build_app(sandbox, connections.reset, stopping),
        http=_protocol(connections),
        loop="asyncio",
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="error",
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
    _Server(config, stopping, url).run(sockets=[listener])


class _Server(uvicorn.Server):
    """uvicorn, with a line when it is ready and an end to stalled calls when it stops."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event, url: str) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(f"SMS Works sandbox ready on {self._url}", flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.set()
        await super().shutdown(sockets)


class _Connections:
    """The open connections by the caller's address, which is all that a call knows of its connection."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def opened(self, transport: asyncio.Transport) -> None:
        if address := _address(transport):
            self._transports[address] = transport

    def closed(self, transport: asyncio.Transport) -> None:
        if address := _address(transport):
            self._transports.pop(address, None)

    def reset(self, scope: Scope) -> None:
        """Reset the connection of a call: the caller gets a TCP RST. A closed one is left alone."""
        transport = self._transports.get(tuple(scope["client"] or ()))
        if transport is not None:
            linger = (socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            transport.get_extra_info("socket").setsockopt(*linger)
            transport.abort()


def _protocol(connections: _Connections) -> type[asyncio.Protocol]:
    # h11 and not httptools: it comes with uvicorn, so the sandbox behaves the same everywhere.
    class Protocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            connections.opened(transport)
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            connections.closed(self.transport)
            super().connection_lost(exc)

    return Protocol


def _address(transport: asyncio.Transport) -> tuple[str, int] | None:
    peer = transport.get_extra_info("peername")  # None if the caller left in the meantime
    return (peer[0], peer[1]) if peer else None


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches Nagle's algorithm off only for sockets that name it.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there, it would allow two servers on one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise StartError(
            f"The sandbox cannot listen on {host} port {port} ({error.strerror}): "
            "choose another with --port, or --port 0 for a free one."
        ) from None
    return listener


def _url(host: str, listener: socket.socket) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
