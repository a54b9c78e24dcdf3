"""Texts that other systems of the account have sent: what a search has to get past on a busy account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from airflow_provider_smsworks.sandbox.schemas import Schema
from airflow_provider_smsworks.sandbox.state import Sandbox
from airflow_provider_smsworks.sandbox.statuses import DELIVERED, EXPIRED, UNDELIVERABLE

MOST = 1_000_000
SENDER = "OtherApp"
TOOK = 2.0  # seconds from sending to the final status

_COLUMNS = (
    *("id", "status", "failure", "sender", "destination", "international", "content", "tag", "keyword", "metadata"),
    *("report_url", "parts", "credits", "created", "modified", "unread", "visible"),
)
_FIRST_PHONE, _PHONES = 447700900000, 1000  # the numbers that Ofcom keeps for drama
_NOT_DELIVERED = {17: (UNDELIVERABLE, 5001), 34: (EXPIRED, 5015)}  # of each fifty, the others arrived


class Crowd(Schema):
    """How many texts, spread evenly over how many hours until now."""

    count: Annotated[int, Field(ge=1, le=MOST)]
    hours: Annotated[float, Field(gt=0, le=24 * 366)] = 24


def add(sandbox: Sandbox, crowd: Crowd) -> None:
    """Store the texts. They are not in the ledger, took no credits now, and nothing will happen to them any more."""
    with sandbox.database.transaction():
        sandbox.database.insert_many("messages", _COLUMNS, _rows(sandbox, crowd))


def _rows(sandbox: Sandbox, crowd: Crowd) -> Iterator[tuple[Any, ...]]:
    end, apart = sandbox.now() - TOOK, crowd.hours * 3600 / crowd.count
    for number in range(crowd.count):
        sent = end - (crowd.count - 1 - number) * apart
        status, failure = _NOT_DELIVERED.get(number % 50, (DELIVERED, None))
        yield (
            sandbox.new_id(),
            status,
            failure,
            SENDER,
            str(_FIRST_PHONE + number % _PHONES),
            False,
            f"Text {number} of another system.",
            "",
            "",
            "[]",
            "",
            1,
            1.0,
            sandbox.dated(sent),
            sandbox.dated(sent) + TOOK,
            False,
            sent,
        )
