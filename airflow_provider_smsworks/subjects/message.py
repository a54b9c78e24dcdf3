"""The delivery of one message."""

from __future__ import annotations

import logging
from typing import Any

from airflow_provider_smsworks import report
from airflow_provider_smsworks.api.errors import SmsWorksUndeliveredError
from airflow_provider_smsworks.api.records.fields import Record
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
        self._last: Record | None = None

    def look(self, settings: Settings, log: logging.Logger) -> Look:
        """Read the message; return its report if that is final."""
        self._last = yield Call("get_message", self.arguments)
        return report.final_event(self._last)

    def so_far(self) -> Event:
        """Return the last report."""
        return report.report_of(self._last) if self._last else {**self.arguments, "status": None}

    @classmethod
    def has_come(cls, event: Event) -> bool:
        """Tell whether it arrived."""
        return report.is_delivered(event)

    @classmethod
    def what_happened(cls, event: Event) -> str:
        """Say why it is not known to have arrived."""
        return report.what_happened(event)
