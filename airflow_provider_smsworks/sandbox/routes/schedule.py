"""Scheduling single messages and batches, looking at what is scheduled, and cancelling it."""

from __future__ import annotations

from airflow_provider_smsworks.sandbox import batches, schedules
from airflow_provider_smsworks.sandbox.calls import Answer, CurrentSandbox, JsonObject, gateway_router
from airflow_provider_smsworks.sandbox.drafts import read_draft
from airflow_provider_smsworks.sandbox.errors import SHORT_ERRORS
from airflow_provider_smsworks.sandbox.render import render_id, render_schedule
from airflow_provider_smsworks.sandbox.statuses import SCHEDULED

router = gateway_router()


@router.post("/message/schedule")
async def schedule_message(sandbox: CurrentSandbox, body: JsonObject) -> Answer:
    """Schedule a text. The credits are looked at when it is sent: no 402 is listed here, unlike for batches."""
    read_draft(body, sandbox.settings)
    schedule_id = schedules.plan(sandbox, body, "POST /message/schedule", batch=False)
    answer = {"messageid": render_id(schedule_id, sandbox.settings), "status": SCHEDULED}
    if sandbox.settings.shapes == "spec":
        return Answer([answer])
    return Answer(answer, status_code=201)


@router.post("/batch/schedule")
async def schedule_batch(sandbox: CurrentSandbox, body: JsonObject) -> Answer:
    """Schedule one text to many numbers, if there is credit for it now; it is taken when they are sent."""
    batches.afford(sandbox, batches.read_batch(body, sandbox.settings))
    batch_id = schedules.plan(sandbox, body, "POST /batch/schedule", batch=True)
    return Answer({"batchid": render_id(batch_id, sandbox.settings), "status": SCHEDULED}, status_code=201)


@router.get("/messages/schedule", responses=SHORT_ERRORS)
async def get_schedule(sandbox: CurrentSandbox) -> Answer:
    """What is scheduled, was sent or was cancelled, of the last three months and in the future.

    The schema shows one object, the text says a list: with ``shapes`` = spec one entry is an object, and none
    is an empty one. More are a list all the same, since the schema has no way to say them.
    """
    entries = [render_schedule(entry, sandbox.settings) for entry in schedules.shown(sandbox)]
    if sandbox.settings.shapes == "spec" and len(entries) < 2:
        return Answer(entries[0] if entries else {})
    return Answer(entries)


@router.delete("/messages/schedule/{messageid}")
async def cancel_message(sandbox: CurrentSandbox, messageid: str) -> Answer:
    """Cancel a scheduled text that is not sent yet."""
    status = schedules.cancel(sandbox, messageid, batch=False)
    return Answer({"messageid": render_id(messageid, sandbox.settings), "status": status})


@router.delete("/batches/schedule/{batchid}")
async def cancel_batch(sandbox: CurrentSandbox, batchid: str) -> Answer:
    """Cancel a scheduled batch; its id is in ``messageid``, as the schema has it."""
    status = schedules.cancel(sandbox, batchid, batch=True)
    return Answer({"messageid": render_id(batchid, sandbox.settings), "status": status})
