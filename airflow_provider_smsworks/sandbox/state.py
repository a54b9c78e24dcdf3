"""The running sandbox: what every operation shares."""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Mapping
from typing import Any

from airflow_provider_smsworks.sandbox.database import Database
from airflow_provider_smsworks.sandbox.faults import FaultList
from airflow_provider_smsworks.sandbox.settings import Settings

# Made up; the documents' example of a customer id is a UUID too.
CUSTOMER_ID = "7361b0c5-7ea1-4b0c-9d5e-73616e64626f"


class Sandbox:
    """Database, settings, faults and balance. ``token``: the only fixed token it takes, None = any."""

    def __init__(self, database: Database, token: str | None = None) -> None:
        self.database = database
        self.token = token
        self.recent_calls: deque[float] = deque()  # times of the calls of the last minute, for the limit
        self._last_ids: dict[str, int] = {}
        self._load()

    def _load(self) -> None:
        self.settings = Settings.model_validate({}).changed(self.database.noted("settings", {}))
        self.faults = FaultList(self.database)
        self.recent_calls.clear()

    @staticmethod
    def now() -> float:
        """Seconds since 1970."""
        return time.time()

    def dated(self, moment: float) -> float:
        """The date that the gateway gives to a moment, with its clock as wrong as ``clock_skew`` says."""
        return moment + self.settings.clock_skew

    def new_id(self) -> str:
        """A new id: 20 digits, more than fits in 64 bits with a sign, as real ones are, or as ``ids`` has it."""
        kind = self.settings.ids
        if kind == "uuid":
            return str(uuid.uuid4())
        # As a JSON number an id must be smaller than 2**53: JavaScript, which the gateway runs on, knows no others.
        now = time.time_ns() // 1000 if kind == "number" else time.time_ns() * 10
        self._last_ids[kind] = max(self._last_ids.get(kind, 0) + 1, now)
        return str(self._last_ids[kind])

    @property
    def balance(self) -> float:
        """The credits left."""
        return float(self.database.noted("balance", self.settings.credits))

    @balance.setter
    def balance(self, credits: float) -> None:
        self.database.note("balance", credits)

    def change_settings(self, changes: Mapping[str, Any]) -> None:
        """Change some settings, all or none of them. Raises SettingError."""
        settings = self.settings.changed(changes)
        with self.database.transaction():
            self.database.note("settings", settings.model_dump())
            if "credits" in changes:
                self.balance = settings.credits
            if (settings.api_key, settings.api_secret) != (self.settings.api_key, self.settings.api_secret):
                # "Renewing JSON Web Tokens": a new key ends all tokens that were given out before.
                self.database.run("DELETE FROM tokens")
        self.settings = settings

    def reset(self) -> None:
        """Forget everything, settings and faults too, as if newly started."""
        self.database.clear()
        self._load()
