"""
A gateway that quotes what it was asked, in every way that comes to mind: numbers, words, passcode and token.

The way is the first step of the path: ``http://127.0.0.1:port/<way>/v1``.
"""

from __future__ import annotations

import base64
import html
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Asked:
    """What a call holds that nobody may find again."""

    number: str
    words: str
    token: str

    @property
    def all(self) -> str:
        return f"{self.number} {self.words} {self.token}"


@dataclass(frozen=True)
class Says:
    """An answer."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    reason: str = "Because"


def _refuses(status: int, message: Callable[[Asked], str], /, **more: Any) -> Callable[[Asked], Says]:
    return lambda asked: Says(status, json.dumps({"message": message(asked), **more}).encode())


def _spaced(asked: Asked) -> str:
    return " ".join(asked.number)


WAYS: dict[str, Callable[[Asked], Says]] = {
    "message": _refuses(400, lambda asked: f"cannot send {asked.words} to {asked.number} with {asked.token}"),
    "code": _refuses(
        400,
        lambda asked: f"bad destination +{asked.number}: {asked.words}",
        errorCode=4001,
        status="REJECTED",
        permanent=True,
    ),
    "local": _refuses(400, lambda asked: f"0{asked.number[2:]} and 0{asked.number[2:6]} {asked.number[6:]}"),
    "spaced": _refuses(400, _spaced),
    "dotted": _refuses(400, lambda asked: "\u00b7".join(asked.number)),
    "commas": _refuses(400, lambda asked: ",".join(asked.number)),
    "scored": _refuses(400, lambda asked: f"{asked.number[:4]}_{asked.number[4:8]}_{asked.number[8:]}"),
    "colons": _refuses(400, lambda asked: f"{asked.number[:4]}:{asked.number[4:8]}:{asked.number[8:]}"),
    "list": _refuses(400, lambda asked: str(list(asked.number))),
    "wide": _refuses(400, lambda asked: asked.number.translate({48 + digit: 0xFF10 + digit for digit in range(10)})),
    "invisible": _refuses(400, lambda asked: "\u200b".join(asked.number)),
    "url": _refuses(400, lambda asked: quote(quote("+44 " + asked.number[2:], safe=""), safe="")),
    "url_digits": _refuses(400, lambda asked: "".join(f"%{ord(digit):02X}" for digit in asked.number)),
    "entities": _refuses(400, lambda asked: "".join(f"&#{ord(digit)};" for digit in asked.number)),
    "base64": _refuses(400, lambda asked: base64.b64encode(asked.all.encode()).decode()),
    "hex": _refuses(400, lambda asked: asked.number.encode().hex()),
    "integer": _refuses(400, lambda asked: f"{int(asked.number or 0):x}"),
    "half": _refuses(400, lambda asked: f"not allowed: {asked.words[:20].upper()}"),
    "last_word": _refuses(400, lambda asked: f"profanity in {asked.words.split()[-1:]}"),
    "escaped": _refuses(400, lambda asked: f"not allowed: {html.escape(json.dumps(asked.words))}"),
    "token": _refuses(401, lambda asked: f"token {asked.token} is wrong, or {asked.token.partition(' ')[2][:12]}"),
    "no_number": lambda asked: Says(400, json.dumps({"message": {"to": asked.number, "text": asked.words}}).encode()),
    "code_is_number": lambda asked: Says(
        400, json.dumps({"message": "bad", "errorCode": int(asked.number or 0), "status": asked.words}).encode()
    ),
    "failure": _refuses(500, lambda asked: f"failed at {asked.all}"),
    "undeliverable": _refuses(400, lambda asked: f"unknown {asked.number}", errorCode=5003),
    "limit": lambda asked: Says(429, json.dumps({"message": asked.all}).encode(), {"Retry-After": "100000"}),
    "html": lambda asked: Says(502, f"<html>{asked.all}</html>".encode(), {"Content-Type": "text/html"}),
    "text": lambda asked: Says(200, asked.all.encode()),
    "garbage": lambda asked: Says(200, f'{{"messageid": "{asked.number}", "status": "{asked.all}'.encode()),
    "other_shape": lambda asked: Says(200, json.dumps([[asked.number, asked.words]]).encode()),
    "reason": lambda asked: Says(400, b"{}", {}, f"Bad {asked.all}"),
    "header": lambda asked: Says(400, b"{}", {"X-Asked": quote(asked.all), "Set-Cookie": f"to={asked.number}"}),
    "moved": lambda asked: Says(307, b"", {"Location": f"http://127.0.0.1:1/{asked.number}?t={quote(asked.token)}"}),
    "no_http": lambda asked: Says(0, asked.all.encode()),
    "short": lambda asked: Says(201, asked.all.encode(), {"Content-Length": "5000"}),
}


@contextmanager
def quoting_gateway() -> Iterator[str]:
    """Run it, and yield its address; add ``/<way>/v1``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        says = WAYS[self.path.split("/")[1]](_asked(raw, self.headers.get("Authorization", "")))
        head = f"HTTP/1.1 {says.status} {says.reason}\r\n"
        headers = {"Content-Length": str(len(says.body)), "Connection": "close"} | says.headers
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
        self.wfile.write((head.encode() if says.status else b"") + says.body)
        self.close_connection = True

    do_GET = do_POST = do_DELETE = _answer

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _asked(raw: bytes, token: str) -> Asked:
    body = json.loads(raw) if raw else {}
    body = body[0] if isinstance(body, list) else body
    number = body.get("destination") or next(iter(body.get("destinations") or []), "") or body.get("to") or ""
    words = body.get("content") or body.get("template") or ""
    return Asked(str(number), f"{words} {body.get('passcode') or ''}".strip(), token)
