"""What phones do, for tests and scripts: the texts that they send, and what they answer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from airflow_provider_smsworks.sandbox import scripts
from airflow_provider_smsworks.sandbox.calls import Answer, CurrentSandbox, JsonList, JsonValue
from airflow_provider_smsworks.sandbox.errors import GatewayError, malformed
from airflow_provider_smsworks.sandbox.incoming import receive
from airflow_provider_smsworks.sandbox.numbers import AccountNumber, Phone
from airflow_provider_smsworks.sandbox.progress import catch_up
from airflow_provider_smsworks.sandbox.schemas import Schema, read_body
from airflow_provider_smsworks.sandbox.settings import Seconds
from airflow_provider_smsworks.sandbox.state import Sandbox
from airflow_provider_smsworks.sandbox.visitors import only_our_page

router = APIRouter(prefix="/sandbox", dependencies=[Depends(only_our_page)])


class InboundText(Schema):
    """A text that a phone sends to a number of the account.

    ``hidden``: seconds, beside ``search_lag``, in which searches and the inbox do not find it, although it has
    today's date. ``copies``: how many messages the gateway makes of it.
    """

    phone: Phone = Field(alias="from")
    to: AccountNumber
    content: str = Field(min_length=1)
    hidden: Seconds = 0.0
    copies: Annotated[int, Field(ge=1, le=scripts.MAX_COPIES)] = 1


@router.post("/inbound", status_code=201)
async def receive_texts(sandbox: CurrentSandbox, body: JsonValue) -> Answer:
    """A phone sends a text, or phones a list of them; answers with their message ids."""
    if isinstance(body, list):
        texts = [_read(entry, (number,)) for number, entry in enumerate(body)]
        return Answer({"messageids": _receive(sandbox, texts)}, status_code=201)
    ids = _receive(sandbox, [_read(body, ())])
    answer: dict[str, Any] = {"messageid": ids[0]}
    return Answer(answer | {"messageids": ids} if len(ids) > 1 else answer, status_code=201)


@router.get("/replies")
async def get_replies(sandbox: CurrentSandbox) -> Answer:
    """What phones are still to answer."""
    catch_up(sandbox)
    return Answer(scripts.left(sandbox.database))


@router.post("/replies")
async def replace_replies(sandbox: CurrentSandbox, body: JsonList) -> Answer:
    """Replace the list of what phones answer; answers with the new one. With an empty list none is told anything."""
    catch_up(sandbox)
    try:
        scripts.replace(sandbox.database, body)
    except scripts.ScriptError as error:
        raise GatewayError(422, str(error)) from None
    return Answer(scripts.left(sandbox.database))


def _read(entry: Any, within: tuple[int, ...]) -> InboundText:
    if not isinstance(entry, dict):
        raise malformed(f"{within[0] if within else 'body'}: Input should be an object")
    return read_body(InboundText, entry, within)


def _receive(sandbox: Sandbox, texts: list[InboundText]) -> list[str]:
    now = sandbox.now()
    with sandbox.database.transaction():
        return [
            receive(sandbox, phone=text.phone, to=text.to, content=text.content, at=now, hidden=text.hidden)
            for text in texts
            for _ in range(text.copies)
        ]
