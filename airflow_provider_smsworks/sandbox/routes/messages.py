"""Looking at stored messages. Fixed paths come before ``{messageid}``, which would match them too."""

from __future__ import annotations

from sqlite3 import Row

from airflow_provider_smsworks.sandbox.calls import Answer, CurrentSandbox, JsonObject, gateway_router
from airflow_provider_smsworks.sandbox.dates import midnight
from airflow_provider_smsworks.sandbox.errors import SHORT_ERRORS, GatewayError, refused
from airflow_provider_smsworks.sandbox.life import forget
from airflow_provider_smsworks.sandbox.render import render_id, render_message, render_messages
from airflow_provider_smsworks.sandbox.schemas import Query, read_body
from airflow_provider_smsworks.sandbox.search import failed, inbox, look
from airflow_provider_smsworks.sandbox.settings import Settings
from airflow_provider_smsworks.sandbox.state import Sandbox
from airflow_provider_smsworks.sandbox.statuses import DELETED

router = gateway_router()


@router.post("/messages")
async def search_messages(sandbox: CurrentSandbox, body: JsonObject) -> Answer:
    """Messages of both directions that match the query."""
    return _list(sandbox, look(sandbox, read_body(Query, body)))


@router.post("/messages/inbox")
async def get_unread_messages(sandbox: CurrentSandbox, body: JsonObject) -> Answer:
    """Unread incoming messages that match the query; the setting ``inbox`` says whether they become read."""
    return _list(sandbox, inbox(sandbox, read_body(Query, body)))


@router.post("/messages/failed")
async def get_failed_messages(sandbox: CurrentSandbox, body: JsonObject) -> Answer:
    """Messages that did not arrive and match the query."""
    return _list(sandbox, failed(sandbox, read_body(Query, body)))


@router.get("/messages/volume")
async def get_volume(sandbox: CurrentSandbox) -> Answer:
    """How many messages were accepted since midnight; the documents name no zone for it."""
    settings = sandbox.settings
    since = midnight(sandbox.dated(sandbox.now()), settings.zone) - settings.clock_skew
    row = sandbox.database.row("SELECT count(*) AS volume FROM ledger WHERE accepted_at >= ?", (since,))
    assert row is not None
    return Answer({"volume": row["volume"]})


@router.get("/messages/{messageid}", responses=SHORT_ERRORS)
async def get_message(sandbox: CurrentSandbox, messageid: str) -> Answer:
    """One message by its id, as soon as it is accepted: ``search_lag`` is not for this one."""
    row = sandbox.database.row("SELECT * FROM messages WHERE id = ?", (messageid,))
    if row is None:
        raise unknown_id(sandbox.settings)
    return Answer(render_message(row, sandbox.settings))


@router.delete("/messages/{messageid}", responses=SHORT_ERRORS)
async def delete_message(sandbox: CurrentSandbox, messageid: str) -> Answer:
    """Forget a message."""
    with sandbox.database.transaction():
        if not forget(sandbox, messageid):
            raise unknown_id(sandbox.settings, status=400)
    return Answer({"messageid": render_id(messageid, sandbox.settings), "status": DELETED})


def unknown_id(settings: Settings, status: int = 404) -> GatewayError:
    """The answer to an id that no message has: the specification and the documents disagree on it.

    ``status`` is the specification's; it has 404 for looking and 400 for deleting.
    """
    if settings.unknown_id == "docs":
        return refused(4008, long=True)
    return GatewayError(status, "Message not found")


def _list(sandbox: Sandbox, found: list[Row]) -> Answer:
    return Answer(render_messages(found, sandbox.settings))
