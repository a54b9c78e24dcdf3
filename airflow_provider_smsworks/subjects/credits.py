"""The balance of the account."""

from __future__ import annotations

import logging

from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.subjects.subject import Call, Event, Look, Subject


class Credits(Subject):
    """
    Wait until somebody has topped up the account.

    :param at_least: credits
    """

    waits_for = "credits"

    def __init__(self, at_least: float) -> None:
        self.arguments = {"at_least": at_least}
        self.label = "The balance"
        self._at_least = at_least
        self._last: float | None = None

    def look(self, settings: Settings, log: logging.Logger) -> Look:
        """Read the balance."""
        balance: float = yield Call("get_credits", {})
        if balance != self._last:
            log.info("The account has %g credits, and %g are waited for.", balance, self._at_least)
        self._last = balance
        return {"outcome": "final", **self.so_far()} if balance >= self._at_least else None

    def so_far(self) -> Event:
        """Return the balance that was read last."""
        return {"credits": self._last, **self.arguments}

    @classmethod
    def has_come(cls, event: Event) -> bool:
        """Tell whether there are enough."""
        return event.get("credits") is not None and bool(event["credits"] >= event["at_least"])

    @classmethod
    def what_happened(cls, event: Event) -> str:
        """Say how many there are."""
        seen = event.get("credits")
        balance = "cannot be read" if seen is None else f"has {seen:g} credits"
        return f"The account {balance}, and {event['at_least']:g} were waited for."
