"""What the routes build on: the parts of a call that they take, and the answer that they give."""

from __future__ import annotations

import json
import math
import re
from email.utils import formatdate
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from airflow_provider_smsworks.sandbox import tokens
from airflow_provider_smsworks.sandbox.errors import ACCOUNT_ERRORS, GatewayError, malformed, refused
from airflow_provider_smsworks.sandbox.progress import catch_up
from airflow_provider_smsworks.sandbox.state import Sandbox

PREFIX = "/v1"

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89A-Fa-f]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_WHOLE_FLOAT = re.compile(rb"\.0(?:[,}\]]|$)")
_NESTING = (dict, list)
_MAX_DEPTH = 100  # lists and objects in one another; what reads or writes deeper ones has limits of its own


class Answer(JSONResponse):
    """JSON with the content type of the specification."""

    media_type = "application/json;charset=UTF-8"

    def render(self, content: Any) -> bytes:
        """The body."""
        body = super().render(content)
        # Rarely there is one; to look through all that is in a long list takes longer than to write it.
        return super().render(_as_javascript(content)) if _WHOLE_FLOAT.search(body) else body


def _as_javascript(value: Any) -> Any:
    """The value with 999 for 999.0: JavaScript, which the gateway runs on, knows one kind of number only."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, dict):
        return {name: _as_javascript(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_javascript(item) for item in value]
    return value


async def _sandbox(request: Request) -> Sandbox:
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox


async def _json(request: Request) -> Any:
    # The content type is not looked at: the documents' own samples send two of them.
    try:
        text = (await request.body()).decode()
        value = json.loads(text, parse_constant=_finite, parse_float=_finite)
        if _is_deeper(value, _MAX_DEPTH):
            raise RecursionError
    except (ValueError, RecursionError, ClientDisconnect):  # the last: a caller that hung up before the end
        raise GatewayError(400, "Invalid JSON", code="InvalidContent") from None
    if _ESCAPED_SURROGATE.search(text) and _LONE_SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        raise malformed("half of a surrogate pair is no character")
    return value


def _finite(text: str) -> float:
    """A number, or ValueError for NaN and what is too big: no answer could show it."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _is_deeper(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        nested = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, _NESTING)]
        if not nested:
            return False
        level = [child for children in nested for child in children]
    return bool(level)


async def _json_object(value: Annotated[Any, Depends(_json)]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise malformed("body: Input should be an object")
    return value


async def _json_list(value: Annotated[Any, Depends(_json)]) -> list[Any]:
    if not isinstance(value, list):
        raise malformed("body: Input should be a list")
    return value


CurrentSandbox = Annotated[Sandbox, Depends(_sandbox)]
JsonValue = Annotated[Any, Depends(_json)]
JsonObject = Annotated[dict[str, Any], Depends(_json_object)]
JsonList = Annotated[list[Any], Depends(_json_list)]


async def limit_calls(sandbox: CurrentSandbox) -> None:
    """Answer 429 to a call beyond ``calls_per_minute``. No limit of the real gateway is known."""
    limit = sandbox.settings.calls_per_minute
    if limit is None:
        return
    now, recent = sandbox.now(), sandbox.recent_calls
    while recent and recent[0] <= now - 60:
        recent.popleft()
    if len(recent) >= limit:
        wait = max(1, math.ceil(recent[len(recent) - limit] + 60 - now))
        form = {"seconds": str(wait), "date": formatdate(now + wait, usegmt=True), "none": ""}
        headers = {"Retry-After": value} if (value := form[sandbox.settings.retry_after]) else {}
        raise GatewayError(429, f"More than {limit} calls in a minute", code="TooManyRequests", headers=headers)
    recent.append(now)


async def admit(sandbox: CurrentSandbox, request: Request) -> None:
    """Let a call with a good token and an account in order through, and bring the messages up to date."""
    tokens.check(sandbox, request.headers.get("Authorization", ""))
    if error := ACCOUNT_ERRORS.get(sandbox.settings.account):
        raise refused(error)
    catch_up(sandbox)


def gateway_router(*, token: bool = True) -> APIRouter:
    """A router for operations of the gateway; with ``token`` False for those that need no token."""
    checks = [Depends(limit_calls), Depends(admit)] if token else [Depends(limit_calls)]
    return APIRouter(prefix=PREFIX, dependencies=checks)
