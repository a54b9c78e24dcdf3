"""Sending single messages."""

from __future__ import annotations

from typing import Any

from airflow_provider_smsworks.sandbox.accept import accept
from airflow_provider_smsworks.sandbox.calls import Answer, CurrentSandbox, JsonObject, gateway_router
from airflow_provider_smsworks.sandbox.drafts import read_draft
from airflow_provider_smsworks.sandbox.render import render_accepted
from airflow_provider_smsworks.sandbox.state import Sandbox

router = gateway_router()


@router.post("/message/send", status_code=201)
async def send_message(sandbox: CurrentSandbox, body: JsonObject) -> Answer:
    """Send a text."""
    return _send(sandbox, body, "POST /message/send")


@router.post("/message/flash", status_code=201)
async def send_flash_message(sandbox: CurrentSandbox, body: JsonObject) -> Answer:
    """Send a text that the phone shows at once; otherwise like any other."""
    return _send(sandbox, body, "POST /message/flash")


def _send(sandbox: Sandbox, body: dict[str, Any], operation: str) -> Answer:
    accepted = accept(sandbox, read_draft(body, sandbox.settings), operation)
    return Answer(render_accepted(sandbox, accepted), status_code=201)
