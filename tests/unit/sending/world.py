"""A gateway, a clock and a journal small enough to stop at every step."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from airflow_provider_smsworks.api.errors import SmsWorksUnavailableError
from airflow_provider_smsworks.sending.choices import Rules
from airflow_provider_smsworks.sending.identity import Attempt
from airflow_provider_smsworks.sending.journal import Entry
from airflow_provider_smsworks.sending.once import SendOnce
from airflow_provider_smsworks.sending.text import Sought, Text

START = dt.datetime(2026, 1, 31, 9, 30, tzinfo=dt.UTC)


class Killed(BaseException):
    """The process died here."""


class Store:
    """Keeps JSON-like values as Airflow's task state store does."""

    remembers = True

    def __init__(self) -> None:
        self.kept: dict[str, Any] | None = None

    def read(self) -> Entry | None:
        return Entry(**self.kept) if self.kept else None

    def write(self, entry: Entry) -> None:
        self.kept = asdict(entry)


class Forgetful(Store):
    """Airflow before 3.3."""

    remembers = False

    def write(self, entry: Entry) -> None:
        pass


@dataclass
class World:
    """Everything around one task instance."""

    store: Store = field(default_factory=Store)
    search_lag: float = 10.0
    now: dt.datetime = START
    accepted: list[dict[str, Any]] = field(default_factory=list)
    searches: int = 0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)

    def accept(self, key: str, words: str) -> dict[str, Any]:
        message = {"message_id": str(len(self.accepted) + 1), "status": "SENT", "parts": 1, "credits_used": 1}
        self.accepted.append({**message, "key": key, "words": words, "at": self.now})
        return message

    def find(self, sought: Sought) -> dict[str, Any] | None:
        self.searches += 1
        visible = self.now - dt.timedelta(seconds=self.search_lag)
        for message in self.accepted:
            if message["key"] == sought.key and sought.since <= message["at"] <= visible:
                return message
        return None

    def lost_answer(self, key: str, words: str) -> dict[str, Any]:
        self.accept(key, words)
        raise SmsWorksUnavailableError("the exchange broke")

    def lost_request(self, key: str, words: str) -> dict[str, Any]:
        raise SmsWorksUnavailableError("the exchange broke")

    def never_left(self, key: str, words: str) -> dict[str, Any]:
        raise SmsWorksUnavailableError("cannot be reached", no_effect=True)

    def attempt(self, try_number: int = 1, max_tries: int = 3, **more: Any) -> Attempt:
        facts = {"is_repeat": try_number > 1, "due": START, "began": START} | more
        return Attempt("dag", "run", "task", -1, max_tries=max_tries, **facts)

    def send(
        self,
        gateway: Callable[[str, str], dict[str, Any]] | None = None,
        *,
        attempt: Attempt | None = None,
        rules: Rules | None = None,
        words: str = "words",
    ) -> dict[str, Any]:
        """Run one try of the task."""
        answer = gateway or self.accept
        once = SendOnce(
            attempt=attempt or self.attempt(),
            rules=rules or Rules(search_lag=10.0),
            journal=self.store,
            call=lambda call: answer(call, words),  # type: ignore[arg-type]
            log=logging.getLogger("test"),
            now=lambda: self.now,
            sleep=self.sleep,
        )
        return once.send(Text(key="key", words=words, prepare=lambda key: key, find=self.find))  # type: ignore
