"""Sending batches, and looking at them. Scheduled ones are in schedule.py."""

from __future__ import annotations

from airflow_provider_smsworks.sandbox import batches
from airflow_provider_smsworks.sandbox.calls import Answer, CurrentSandbox, JsonList, JsonObject, gateway_router
from airflow_provider_smsworks.sandbox.drafts import Draft
from airflow_provider_smsworks.sandbox.errors import SHORT_ERRORS, GatewayError
from airflow_provider_smsworks.sandbox.render import render_id, render_messages
from airflow_provider_smsworks.sandbox.state import Sandbox
from airflow_provider_smsworks.sandbox.statuses import SCHEDULED, SENT, status_word

router = gateway_router()


@router.post("/batch/send", status_code=201)
async def send_batch(sandbox: CurrentSandbox, body: JsonObject) -> Answer:
    """Send one text to many numbers."""
    return _send(sandbox, batches.read_batch(body, sandbox.settings), "POST /batch/send")


@router.post("/batch/any", status_code=201)
async def send_collection(sandbox: CurrentSandbox, bodies: JsonList) -> Answer:
    """Send several messages, each with a text of its own."""
    return _send(sandbox, batches.read_collection(bodies, sandbox.settings), "POST /batch/any")


@router.get("/batch/{batchid}", responses=SHORT_ERRORS)
async def get_batch(sandbox: CurrentSandbox, batchid: str) -> Answer:
    """All messages of a batch, in its order; a scheduled one has none before it is sent.

    What it answers right after sending no document says: that is the setting ``new_batch``.
    """
    settings = sandbox.settings
    found = sandbox.database.rows("SELECT * FROM messages WHERE batch_id = ? ORDER BY seq", (batchid,))
    if found and settings.new_batch != "shown" and found[0]["visible"] > sandbox.now() - settings.search_lag:
        if settings.new_batch == "empty":
            return Answer(render_messages([], settings))
        found = []
    if not found:
        raise GatewayError(404, "Batch not found")
    return Answer(render_messages(found, settings))


def _send(sandbox: Sandbox, drafts: list[Draft], operation: str) -> Answer:
    """The specification's example has the status SCHEDULED here too, although nothing is."""
    batch_id = render_id(batches.send(sandbox, drafts, operation), sandbox.settings)
    status = SCHEDULED if sandbox.settings.status_words == "spec" else status_word(SENT, sandbox.settings)
    return Answer({"batchid": batch_id, "status": status}, status_code=201)
