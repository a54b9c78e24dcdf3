"""The gateway's operations by name, such as ``GET /messages/{messageid}``: which one a call is for."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from airflow_provider_smsworks.sandbox.calls import PREFIX


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

    def answers_short(self, scope: Scope) -> bool:
        """Whether the operation that a call is for answers errors with ErrorModel."""
        name = self.name(scope)
        return name is not None and "default" in self._routes[name].responses
