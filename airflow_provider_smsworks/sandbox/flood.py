"""The filter against flooding: "20 varied messages and 6 identical messages per hour" to a number."""

from __future__ import annotations

from airflow_provider_smsworks.sandbox.drafts import Draft
from airflow_provider_smsworks.sandbox.state import Sandbox

MOST_VARIED = 20
MOST_IDENTICAL = 6
WINDOW = 3600  # seconds
FLOODED = 5020


def is_flooded(sandbox: Sandbox, draft: Draft, now: float) -> bool:
    """Whether this text would be one too many for its number. What was accepted before counts."""
    if sandbox.settings.flood_filter == "off":
        return False
    row = sandbox.database.row(
        'SELECT count(*) AS texts, sum(content = ?) AS identical FROM ledger WHERE "to" = ? AND accepted_at > ?',
        (draft.content, draft.destination.digits, now - WINDOW),
    )
    assert row is not None
    return row["texts"] >= MOST_VARIED or (row["identical"] or 0) >= MOST_IDENTICAL
