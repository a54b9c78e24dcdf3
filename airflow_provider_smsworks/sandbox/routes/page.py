"""The page at ``/``, its files, and what it asks for once in a second."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse

from airflow_provider_smsworks.sandbox.calls import CurrentSandbox
from airflow_provider_smsworks.sandbox.errors import not_found
from airflow_provider_smsworks.sandbox.overview import mark, overview
from airflow_provider_smsworks.sandbox.progress import catch_up

router = APIRouter()

_FILES = Path(__file__).parents[1] / "page"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    # What comes in a text is anybody's: no script and no style but the page's own files, nothing from elsewhere.
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@router.get("/")
async def show_page() -> Response:
    """The page."""
    return _file("index.html")


@router.get("/page/{name}")
async def show_file(name: str) -> Response:
    """A file of the page."""
    return _file(name)


@router.get("/sandbox/page")
async def get_overview(
    sandbox: CurrentSandbox,
    limit: int = 24,
    phone: Annotated[list[str] | None, Query()] = None,
    link: str = "",
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """All that the page shows, or 304 if nothing has changed; for the page alone, other programs have the controls."""
    catch_up(sandbox)
    headers = {"ETag": mark(sandbox), "Cache-Control": "no-cache"}
    if if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return JSONResponse(overview(sandbox, limit=limit, asked=phone or (), link=link), headers=headers)


def _file(name: str) -> Response:
    path = next((path for path in _FILES.iterdir() if path.name == name and path.suffix in _TYPES), None)
    if path is None:
        raise not_found(f"/page/{name}")
    return Response(path.read_bytes(), media_type=_TYPES[path.suffix], headers=_HEADERS)
