"""Keeps the controls for the sandbox's own page and for programs: no other web site may work them.

Any page that the browser shows could otherwise post to the sandbox, as a form can: the controls need no token and
look at no content type. Browsers say where a call comes from; programs do not, and are let through.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Request

from airflow_provider_smsworks.sandbox.errors import GatewayError

_OWN = ("same-origin", "none")  # none: the person behind the browser, not a page


async def only_our_page(
    request: Request,
    host: Annotated[str, Header()] = "",
    origin: Annotated[str | None, Header()] = None,
    sec_fetch_site: Annotated[str | None, Header()] = None,
) -> None:
    """Raise the answer 403 to a change that the page of another web site asks for; what it reads, browsers hide."""
    if request.method == "GET":
        return
    # Sec-Fetch-Site first: behind a proxy that shows the sandbox under another name, Host is not the page's.
    own = sec_fetch_site in _OWN if sec_fetch_site else origin in (None, f"http://{host}", f"https://{host}")
    if not own:
        raise GatewayError(403, "Another web site may not work the sandbox's controls", code="Forbidden")
