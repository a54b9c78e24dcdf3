"""Puts the application together: operations, controls, error answers, and the gate in front."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Scope

from airflow_provider_smsworks.sandbox.calls import Answer
from airflow_provider_smsworks.sandbox.errors import GatewayError, not_found
from airflow_provider_smsworks.sandbox.gate import Gate
from airflow_provider_smsworks.sandbox.operations import Operations
from airflow_provider_smsworks.sandbox.routes import CONTROLS, GATEWAY
from airflow_provider_smsworks.sandbox.state import Sandbox


def build_app(sandbox: Sandbox, reset: Callable[[Scope], None], stopping: asyncio.Event) -> ASGIApp:
    """The ASGI application. ``reset`` resets a call's connection; ``stopping`` ends stalled calls."""
    operations = Operations(GATEWAY)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        gate.late_calls.resume()
        yield
        gate.late_calls.stop()

    async def answer_error(request: Request, error: Exception) -> Answer:
        assert isinstance(error, GatewayError)
        if error.disables_account:
            sandbox.change_settings({"account": "disabled"})
        return operations.refusal(request.scope, error, sandbox.settings)

    async def answer_unknown(request: Request, error: Exception) -> Answer:
        """What the web server itself has to say: no such path, or not with this method."""
        assert isinstance(error, HTTPException)
        if error.status_code == 404:
            return await answer_error(request, not_found(request.url.path))
        methods = ", ".join(operations.methods(request.scope))
        headers = {"Allow": methods} if methods else error.headers
        refusal = GatewayError(
            error.status_code, f"{request.method} is not allowed", code="MethodNotAllowed", headers=headers
        )
        return await answer_error(request, refusal)

    # No OpenAPI pages: they load scripts from the internet, and the gateway has a specification of its own.
    app = FastAPI(lifespan=lifespan, openapi_url=None, redirect_slashes=False)
    for router in (*GATEWAY, *CONTROLS):
        app.include_router(router)
    app.add_exception_handler(GatewayError, answer_error)
    app.add_exception_handler(HTTPException, answer_unknown)
    app.state.sandbox = sandbox
    app.state.operations = operations
    gate = Gate(app, sandbox, operations, reset, stopping)
    return gate
