"""What phones are told to answer: the list that ``POST /sandbox/replies`` sets, and which of it serves a text.

It is kept in the database alone: a text that is not accepted in the end uses nothing up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from airflow_provider_smsworks.sandbox.database import Database
from airflow_provider_smsworks.sandbox.numbers import Phone
from airflow_provider_smsworks.sandbox.phones import code_asked_for
from airflow_provider_smsworks.sandbox.settings import Seconds

CODE = "{code}"
MAX_COPIES = 5000


class ScriptError(ValueError):
    """A script that cannot be; the text says which of the list, which field, and what is allowed."""


class Reply(BaseModel):
    """One reply to a text."""

    model_config = ConfigDict(strict=True, extra="forbid")

    content: str = Field(min_length=1)
    delay: Seconds = 3.0
    copies: Annotated[int, Field(ge=1, le=MAX_COPIES)] = 1


class Script(BaseModel):
    """What a phone answers."""

    model_config = ConfigDict(strict=True, extra="forbid")

    phone: Phone = Field(description="The phone that answers.")
    replies: list[Reply] = Field(
        description=f"What it sends, each `delay` seconds after the text was accepted and `copies` times; {CODE} in "
        "`content` is the code that the text asked for, or nothing. None: it keeps silent."
    )
    when: str | None = Field(None, description="A regular expression that is found in the text; null = any text.")
    texts: int | None = Field(1, ge=1, description="To how many texts; null = to every one.")

    @field_validator("when")
    @classmethod
    def _can_be_searched(cls, when: str | None) -> str | None:
        try:
            re.compile(when or "")
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from None
        return when


def left(database: Database) -> list[dict[str, Any]]:
    """The scripts that can still serve a text."""
    rows = database.rows('SELECT phone, replies, "when", texts FROM scripts ORDER BY seq')
    return [{**dict(row), "replies": json.loads(row["replies"])} for row in rows]


def replace(database: Database, entries: Iterable[Any]) -> None:
    """Put a new list in force, all of it or nothing. Raises ScriptError. Replies on their way still come."""
    scripts = [_read(number, entry) for number, entry in enumerate(entries)]
    with database.transaction():
        database.run("DELETE FROM scripts")
        for script in scripts:
            fields = script.model_dump()
            database.insert("scripts", {**fields, "replies": json.dumps(fields["replies"])})


def answer(database: Database, *, phone: str, to: str, content: str, now: float) -> bool:
    """Have a phone reply to a text it gets ``now``, as the first script that fits says; False if none does."""
    for script in database.rows("SELECT * FROM scripts WHERE phone = ? ORDER BY seq", (phone,)):
        if script["when"] is None or re.search(script["when"], content):
            _use(database, script["seq"], script["texts"])
            code = code_asked_for(content) or ""
            for reply in map(Reply.model_validate, json.loads(script["replies"])):
                row = {"due": now + reply.delay, "phone": phone, "to": to, "content": reply.content.replace(CODE, code)}
                for _ in range(reply.copies):
                    database.insert("replies", row)
            return True
    return False


def _use(database: Database, script: int, texts: int | None) -> None:
    if texts == 1:
        database.run("DELETE FROM scripts WHERE seq = ?", (script,))
    else:
        database.run("UPDATE scripts SET texts = texts - 1 WHERE seq = ?", (script,))


def _read(number: int, entry: Any) -> Script:
    try:
        return Script.model_validate(entry)
    except ValidationError as error:
        raise ScriptError("; ".join(_explain(number, problem) for problem in error.errors())) from None


def _explain(number: int, problem: Any) -> str:
    place = ".".join(map(str, problem["loc"]))
    if not place:
        return f"entry {number}: {problem['msg']}"
    if problem["type"] == "extra_forbidden":
        known = Script if len(problem["loc"]) == 1 else Reply
        return f"entry {number}: unknown field {place!r}; there are {', '.join(known.model_fields)}"
    return f"entry {number}: {place}: {problem['msg']}. {Script.model_fields[str(problem['loc'][0])].description}"
