"""Looking at stored messages. Fixed paths come before ``{messageid}``, which would match them too."""

from __future__ import annotations

from airflow_provider_smsworks.sandbox.calls import Answer, CurrentSandbox, JsonObject, gateway_router
from airflow_provider_smsworks.sandbox.errors import SHORT_ERRORS, GatewayError, refused
from airflow_provider_smsworks.sandbox.render import render_message
from airflow_provider_smsworks.sandbox.schemas import Query, read_body
from airflow_provider_smsworks.sandbox.search import search
from airflow_provider_smsworks.sandbox.settings import Settings

router = gateway_router()


@router.post("/messages")
async def search_messages(sandbox: CurrentSandbox, body: JsonObject) -> Answer:
    """Messages of both directions that match the query. Looking here leaves them unread."""
    found = search(sandbox, read_body(Query, body))
    return Answer([render_message(row, sandbox.settings) for row in found])


@router.get("/messages/{messageid}", responses=SHORT_ERRORS)
async def get_message(sandbox: CurrentSandbox, messageid: str) -> Answer:
    """One message by its id, as soon as it is accepted: ``search_lag`` is not for this one."""
    row = sandbox.database.row("SELECT * FROM messages WHERE id = ?", (messageid,))
    if row is None:
        raise unknown_id(sandbox.settings)
    return Answer(render_message(row, sandbox.settings))


def unknown_id(settings: Settings) -> GatewayError:
    """The answer to an id that no message has: the specification and the documents disagree on it."""
    if settings.unknown_id == "docs":
        return refused(4008, long=True)
    return GatewayError(404, "Message not found")
