"""The gateway's operations by name, such as ``GET /messages/{messageid}``: which one a call is for.

It is what those need that stand in front of the routes: the gate, and the answers to errors.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from airflow_provider_smsworks.sandbox.calls import PREFIX, Answer
from airflow_provider_smsworks.sandbox.errors import GatewayError
from airflow_provider_smsworks.sandbox.settings import Settings


class Operations:
    """The operations of some routers, in the order in which they are tried."""

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        # From the routers and not from the application, whose own list differs between versions of FastAPI.
        routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
        self._routes = {f"{min(route.methods)} {route.path.removeprefix(PREFIX)}": route for route in routes}
        self.names = tuple(self._routes)

    def name(self, scope: Scope) -> str | None:
        """The operation that a call is for, or None."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            return None
        matches = (name for name, route in self._routes.items() if route.matches(scope)[0] is Match.FULL)
        return next(matches, None)

    def methods(self, scope: Scope) -> list[str]:
        """The methods of the operations that have the path of a call; a fixed path goes before ``{messageid}``."""
        routes = self._routes.values()
        path = next((route.path for route in routes if route.matches(scope)[0] is not Match.NONE), None)
        return sorted(method for route in routes if route.path == path for method in route.methods)

    def refusal(self, scope: Scope, error: GatewayError, settings: Settings) -> Answer:
        """The answer to a call that meets an error, with the body that its operation has for errors."""
        name = self.name(scope)
        lists_short = name is not None and "default" in self._routes[name].responses
        body = error.body(
            short=settings.error_bodies == "spec" and lists_short,
            complete=settings.shapes == "spec" and name is not None,
        )
        if not settings.optional_fields:
            body.pop("permanent", None)
        return Answer(body, status_code=error.status, headers=error.headers)
