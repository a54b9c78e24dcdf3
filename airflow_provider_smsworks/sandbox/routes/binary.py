"""Sending binary messages."""

from __future__ import annotations

import re
from dataclasses import replace

from airflow_provider_smsworks.sandbox.accept import accept
from airflow_provider_smsworks.sandbox.calls import Answer, CurrentSandbox, JsonObject, gateway_router
from airflow_provider_smsworks.sandbox.drafts import read_draft
from airflow_provider_smsworks.sandbox.errors import malformed
from airflow_provider_smsworks.sandbox.render import render_accepted

router = gateway_router()

OCTETS_PER_PART = 140
_HEX_PAIRS = re.compile(r"[0-9a-fA-F]{2}( [0-9a-fA-F]{2})*")


@router.post("/binary/send", status_code=201)
async def send_binary_message(sandbox: CurrentSandbox, body: JsonObject) -> Answer:
    """Send octets, written as pairs of hexadecimal digits: ``65 54 74``.

    A part is 140 octets, as GSM has it; the documents do not say what a long one costs, nor what the
    answer is to content that is not hexadecimal.
    """
    draft = read_draft(body, sandbox.settings)
    if not _HEX_PAIRS.fullmatch(draft.content):
        raise malformed("content: must be pairs of hexadecimal digits with a blank between them")
    octets = len(draft.content.split(" "))
    accepted = accept(sandbox, replace(draft, parts=-(-octets // OCTETS_PER_PART)), "POST /binary/send")
    return Answer(render_accepted(sandbox, accepted), status_code=201)
