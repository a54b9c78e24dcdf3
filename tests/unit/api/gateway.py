"""A gateway on 127.0.0.1 that answers as a test says, byte by byte if need be."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Reply = Callable[[socket.socket], None]


@dataclass
class Seen:
    """One call that arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Gateway:
    """Gives one reply after the other, the last one for ever; ``seen`` is what arrived."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.arrived = threading.Event()
        self.replies: list[Reply] = []
        self.read: Callable[[socket.socket], Any] = _read_call
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def answers(self, *replies: Reply) -> None:
        self.replies = list(replies)

    @property
    def labels(self) -> list[str]:
        return [f"{seen.method} {seen.path}" for seen in self.seen]

    def stop(self) -> None:
        self._stopping.set()
        self._listener.close()

    def wait_until_stopped(self, seconds: float) -> bool:
        return self._stopping.wait(seconds)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                self.seen.append(self.read(connection))
                self.arrived.set()
                reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
                reply(connection)
            except (OSError, EOFError):
                pass  # the client hung up, which some tests are about


def answer(status: int = 200, body: Any = b"", *, reason: str = "Because", **headers: str) -> Reply:
    """Answer as a gateway does; underscores in the names of headers become dashes."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"Content-Length": str(len(raw)), "Connection": "close"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return say(f"HTTP/1.1 {status} {reason}\r\n{head}\r\n".encode() + raw)


def say(raw: bytes) -> Reply:
    """Say these bytes and hang up."""
    return lambda connection: connection.sendall(raw)


def reset(connection: socket.socket) -> None:
    """Break the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def drip(gateway: Gateway, start: bytes, *, pause: float = 0.02, most: float = 5.0) -> Reply:
    """Begin an answer, and go on with single bytes for ``most`` seconds, if nobody hangs up before."""

    def reply(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(int(most / pause)):
            if gateway.wait_until_stopped(pause):
                return
            connection.sendall(b"x")

    return reply


def silence(gateway: Gateway) -> Reply:
    """Take the call and say nothing."""
    return lambda connection: gateway.wait_until_stopped(5) and None


def _read_call(connection: socket.socket) -> Seen:
    stream = connection.makefile("rb")
    first = stream.readline().decode()
    if not first:
        raise EOFError
    method, path, _ = first.split(" ", 2)
    headers = {}
    while (line := stream.readline().decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Seen(method, path, headers, stream.read(int(headers.get("content-length", 0))))
