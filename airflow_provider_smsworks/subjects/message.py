"""The delivery of one message."""

from __future__ import annotations

import logging
from typing import Any

from airflow_provider_smsworks import report
from airflow_provider_smsworks.api.errors import SmsWorksUndeliveredError
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.subjects.subject import Call, Event, Look, Subject


class Delivery(Subject):
    """
    Wait until the status of a message is final. Reading a report does not consume it.

    :param message_id: the gateway's id
    """

    waits_for = "the delivery report"
    error = SmsWorksUndeliveredError

    def __init__(self, message_id: Any) -> None:
        self.arguments = {"message_id": message_id}
        self.label = f"The report of message {message_id}"
        self._last: Event | None = None

    def look(self, settings: Settings, log: logging.Logger) -> Look:
        """Read the message; return its report if that is final."""
        message = yield Call("get_message", self.arguments)
        # Not the message: ten thousand may wait in one process, and its words and number are nobody's business.
        self._last = report.report_of(message)
        return report.final_event(message)

    def so_far(self) -> Event:
        """Return the last report."""
        return self._last or {**self.arguments, "status": None}

    @classmethod
    def has_come(cls, event: Event) -> bool:
        """Tell whether it arrived."""
        return report.is_delivered(event)

    @classmethod
    def what_happened(cls, event: Event) -> str:
        """Say why it is not known to have arrived."""
        return report.what_happened(event)
