"""The ledger: what was truly accepted, row by row or counted. It needs no token, and faults do not touch it."""

from __future__ import annotations

import json

from fastapi import APIRouter

from airflow_provider_smsworks.sandbox.calls import Answer, CurrentSandbox
from airflow_provider_smsworks.sandbox.dates import precise
from airflow_provider_smsworks.sandbox.progress import catch_up

router = APIRouter(prefix="/sandbox")

ALL = -1  # to SQLite, no limit

# By groups: of a million, count(DISTINCT …) takes four times as long.
_SUMMARY = """
    SELECT coalesce(sum(texts), 0) AS messages, count(*) AS recipients, coalesce(max(texts), 0) AS most_to_one,
        (SELECT count(*) FROM (SELECT 1 FROM ledger WHERE send_key IS NOT NULL GROUP BY send_key)) AS distinct_keys
    FROM (SELECT count(*) AS texts FROM ledger GROUP BY "to")
"""


@router.get("/ledger")
async def get_ledger(sandbox: CurrentSandbox, after: int = 0, limit: int = ALL) -> Answer:
    """Every message that was truly accepted, in order; a scheduled one as soon as its time has come.

    Of very many, a page: those whose ``seq`` is more than ``after``, and of them the first ``limit``.
    """
    catch_up(sandbox)
    found = sandbox.database.rows("SELECT * FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    rows = [dict(row) for row in found]
    for row in rows:
        del row["send_key"]
        row["metadata"] = json.loads(row["metadata"])
        row["accepted_at"] = precise(row["accepted_at"])
    return Answer(rows)


@router.get("/ledger/summary")
async def get_summary(sandbox: CurrentSandbox) -> Answer:
    """How many messages, to how many phones, the most to one of them, and how many different keys of a send.

    A key is what the metadata has under ``airflow_send``: more messages than keys are texts that were sent again.
    """
    catch_up(sandbox)
    row = sandbox.database.row(_SUMMARY)
    assert row is not None
    return Answer(dict(row))
