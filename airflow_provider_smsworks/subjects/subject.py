"""What every subject of a wait has."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from typing import Any, ClassVar, NamedTuple, TypeAlias

from airflow_provider_smsworks import report
from airflow_provider_smsworks.api.errors import SmsWorksError
from airflow_provider_smsworks.api.masking import mask_numbers
from airflow_provider_smsworks.api.settings import Settings

Event: TypeAlias = dict[str, Any]
"""What a wait ends with. Airflow logs and stores it: ids, statuses and counts, no texts, numbers only masked."""


class Call(NamedTuple):
    """
    A method of the hook, to be called with these arguments.

    :param may_be_missing: whether None is the answer if the gateway knows nothing by this id; otherwise that raises
    """

    method: str
    arguments: Mapping[str, Any]
    may_be_missing: bool = False


class Pause(NamedTuple):
    """Some seconds before the look goes on."""

    seconds: float


Look: TypeAlias = Generator[Call | Pause, Any, Event | None]


class Subject(ABC):
    """
    What one wait is about. It remembers what it saw, so each wait has its own.

    :ivar arguments: what another process needs to wait for the same; JSON-shaped
    :ivar label: which one it is, for the log
    """

    waits_for: ClassVar[str]
    """What is waited for, for the author of a Dag: "the delivery report"."""

    error: ClassVar[type[SmsWorksError]] = SmsWorksError
    """What it is called if that does not come."""

    arguments: dict[str, Any]
    label: str

    @abstractmethod
    def look(self, settings: Settings, log: logging.Logger) -> Look:
        """
        Look once: yield calls, take their answers, return the event that ends the wait, or None.

        :param settings: of the connection
        :raises SmsWorksError: there is nothing to wait for
        """

    @abstractmethod
    def so_far(self) -> Event:
        """Return what is known now, for the event of a wait that ends without what it waited for."""

    @classmethod
    @abstractmethod
    def has_come(cls, event: Event) -> bool:
        """Tell whether a final event is what was waited for. What is not certain is not."""

    @classmethod
    @abstractmethod
    def what_happened(cls, event: Event) -> str:
        """Say in a sentence what is there instead of what was waited for."""

    def timeout_event(self) -> Event:
        """Return the event of a wait whose time is over."""
        return {"outcome": "timeout", **self.so_far()}

    def error_event(self, error: Exception) -> Event:
        """Return the event of a wait that cannot go on."""
        return {
            "outcome": "error",
            **self.so_far(),
            "error": f"{self.label} cannot be read: {mask_numbers(str(error))}",
        }

    @classmethod
    def conclude(cls, event: Mapping[str, Any] | None, otherwise: report.Otherwise = "fail") -> Event:
        """
        Return what an event says if that is what was waited for; otherwise do what the author wants.

        :raises AirflowSensorTimeout: it did not come in time, and ``otherwise`` is "fail"
        :raises AirflowFailException: it will not come, and ``otherwise`` is "fail"; or the wait could not go on
        :raises AirflowSkipException: it did not come, and ``otherwise`` is "skip"
        """
        return report.settle(
            event,
            waits_for=cls.waits_for,
            has_come=cls.has_come,
            what_happened=cls.what_happened,
            error=cls.error,
            otherwise=otherwise,
        )
