"""The verification of a one-time passcode, by whatever calls verify."""

from __future__ import annotations

import logging
from typing import Any

from airflow_provider_smsworks.api import statuses
from airflow_provider_smsworks.api.masking import mask_number
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.subjects.subject import Call, Event, Look, Subject


class Passcode(Subject):
    """
    Wait until a passcode is verified, or cannot be any more. Looking does not verify it.

    :param message_id: the gateway's id of the message that it was sent with
    """

    waits_for = "the passcode to be verified"

    def __init__(self, message_id: Any) -> None:
        self.arguments = {"message_id": message_id}
        self.label = f"The passcode of message {message_id}"
        self._last: Record | None = None

    def look(self, settings: Settings, log: logging.Logger) -> Look:
        """Read what became of it."""
        self._last = yield Call("get_otp", self.arguments)
        over = statuses.is_final(self._last["status"], "otp")
        return {"outcome": "final", **self.so_far()} if over else None

    def so_far(self) -> Event:
        """Return its record without the passcode."""
        last = self._last or {}
        to = last.get("to")
        return {
            # The gateway's own schema of the answer has no id.
            **self.arguments,
            "status": last.get("status"),
            "to": None if to is None else mask_number(to),
            **{name: last.get(name) for name in ("created", "expires", "modified")},
        }

    @classmethod
    def has_come(cls, event: Event) -> bool:
        """Tell whether it was verified."""
        return event.get("status") == statuses.VERIFIED

    @classmethod
    def what_happened(cls, event: Event) -> str:
        """Say what it is instead of verified."""
        in_time = " in time" if event["outcome"] == "timeout" else ""
        status = event.get("status") or "none at all"
        return f"The passcode of message {event.get('message_id')} was not verified{in_time}: its status is {status}."
