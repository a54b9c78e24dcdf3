"""The sandbox's own controls, for tests and scripts. They need no token, and faults do not touch them.

Those of the phones are in phones.py, the ledger is in ledger.py.
"""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Depends, Request

from airflow_provider_smsworks.sandbox import crowd
from airflow_provider_smsworks.sandbox.calls import Answer, CurrentSandbox, JsonList, JsonObject
from airflow_provider_smsworks.sandbox.dates import precise
from airflow_provider_smsworks.sandbox.errors import ERROR_CODES, GatewayError
from airflow_provider_smsworks.sandbox.faults import EVERY_OPERATION, Fault, FaultError
from airflow_provider_smsworks.sandbox.progress import catch_up
from airflow_provider_smsworks.sandbox.schemas import read_body
from airflow_provider_smsworks.sandbox.settings import SettingError, Settings
from airflow_provider_smsworks.sandbox.visitors import only_our_page

router = APIRouter(prefix="/sandbox", dependencies=[Depends(only_our_page)])


@router.get("/schedules")
async def get_schedules(sandbox: CurrentSandbox) -> Answer:
    """Everything that was scheduled, in order: due when, with which request, and what became of it.

    ``message_ids`` are those of the messages that were accepted or failed when the time had come.
    """
    catch_up(sandbox)
    rows = [dict(row) for row in sandbox.database.rows("SELECT * FROM schedules ORDER BY seq")]
    for row in rows:
        row["batch"] = bool(row["batch"])
        for name in ("request", "message_ids"):
            row[name] = json.loads(row[name])
        for name in ("due", "created", "modified"):
            row[name] = precise(row[name])
    return Answer(rows)


@router.get("/requests")
async def get_requests(sandbox: CurrentSandbox) -> Answer:
    """How many calls each operation received, those that suffered a fault included."""
    rows = sandbox.database.rows("SELECT * FROM requests")
    return Answer({row["operation"]: row["calls"] for row in rows})


@router.get("/settings")
async def get_settings(sandbox: CurrentSandbox) -> Answer:
    """All settings."""
    return Answer(sandbox.settings.model_dump())


@router.get("/settings/schema")
async def describe_settings() -> Answer:
    """What each setting does, the values it takes and its default, as a JSON schema."""
    return Answer(Settings.model_json_schema())


@router.post("/settings")
async def change_settings(sandbox: CurrentSandbox, body: JsonObject) -> Answer:
    """Change the settings that the body names; answers with all. What was due before still happens as it was."""
    catch_up(sandbox)
    try:
        sandbox.change_settings(body)
    except SettingError as error:
        raise GatewayError(422, str(error)) from None
    return Answer(sandbox.settings.model_dump())


@router.get("/faults")
async def get_faults(sandbox: CurrentSandbox) -> Answer:
    """The faults that can still strike."""
    return Answer(sandbox.faults.left())


@router.post("/faults")
async def replace_faults(sandbox: CurrentSandbox, request: Request, body: JsonList) -> Answer:
    """Replace the list of faults; answers with the new one. An empty list ends them all."""
    try:
        sandbox.faults.replace(body, request.app.state.operations.names)
    except FaultError as error:
        raise GatewayError(422, str(error)) from None
    return Answer(sandbox.faults.left())


@router.post("/faults/add", status_code=201)
async def add_fault(sandbox: CurrentSandbox, request: Request, body: JsonObject) -> Answer:
    """Add one fault to the list; answers with the list."""
    try:
        sandbox.faults.add(body, request.app.state.operations.names)
    except FaultError as error:
        raise GatewayError(422, str(error)) from None
    return Answer(sandbox.faults.left(), status_code=201)


@router.get("/faults/schema")
async def describe_faults(request: Request) -> Answer:
    """What a fault can be, as a JSON schema, with the operations and the documented errors that there are."""
    schema = Fault.model_json_schema()
    schema["properties"]["operation"]["enum"] = [EVERY_OPERATION, *request.app.state.operations.names]
    schema["properties"]["error_code"]["anyOf"][0]["enum"] = list(ERROR_CODES)
    return Answer(schema)


@router.post("/crowd", status_code=201)
async def add_crowd(sandbox: CurrentSandbox, body: JsonObject) -> Answer:
    """Have other systems of the account sent so many texts before; they are messages, and not in the ledger."""
    crowd.add(sandbox, read := read_body(crowd.Crowd, body))
    return Answer({"count": read.count}, status_code=201)


@router.post("/reset")
async def reset(sandbox: CurrentSandbox) -> Answer:
    """Forget everything; settings, faults and what phones are told to answer included."""
    sandbox.reset()
    nothing: dict[str, Any] = {}
    return Answer(nothing)
