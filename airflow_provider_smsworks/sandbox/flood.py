"""The filter against flooding: "20 varied messages and 6 identical messages per hour" to a number."""

from __future__ import annotations

from collections import Counter

from airflow_provider_smsworks.sandbox.database import Database
from airflow_provider_smsworks.sandbox.drafts import Draft

MOST_VARIED = 20
MOST_IDENTICAL = 6
WINDOW = 3600  # seconds
FLOODED = 5020


class FloodFilter:
    """The filter for the messages of one call: those that were counted are not in the ledger yet."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._texts: Counter[str] = Counter()
        self._identical: Counter[tuple[str, str]] = Counter()

    def stops(self, draft: Draft, now: float) -> bool:
        """Whether this text would be one too many for its number. What was accepted before counts."""
        number, content = draft.destination.digits, draft.content
        row = self._database.row(
            'SELECT count(*) AS texts, sum(content = ?) AS identical FROM ledger WHERE "to" = ? AND accepted_at > ?',
            (content, number, now - WINDOW),
        )
        assert row is not None
        texts = row["texts"] + self._texts[number]
        return texts >= MOST_VARIED or (row["identical"] or 0) + self._identical[number, content] >= MOST_IDENTICAL

    def count(self, draft: Draft) -> None:
        """Count a text that was accepted in this call."""
        self._texts[draft.destination.digits] += 1
        self._identical[draft.destination.digits, draft.content] += 1
