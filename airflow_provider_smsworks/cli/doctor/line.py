"""The line to the gateway: the client that tasks use, which here remembers what came back."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from airflow.providers.common.compat.sdk import mask_secret

from airflow_provider_smsworks.api.answers import Answer
from airflow_provider_smsworks.api.client import SmsWorksClient
from airflow_provider_smsworks.api.exchange import Exchange
from airflow_provider_smsworks.api.operations import SEARCH_MESSAGES, Call, Operation
from airflow_provider_smsworks.api.paging import read_pages
from airflow_provider_smsworks.api.records.fields import Record, as_list
from airflow_provider_smsworks.api.requests.lookups import MAX_LIMIT
from airflow_provider_smsworks.api.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Heard:
    """
    One answer.

    :param began: when the call went out, in seconds since 1970
    :param ended: when its answer was there
    """

    answer: Answer
    began: float
    ended: float

    @property
    def json(self) -> Any:
        """What it says, or None if that is no JSON."""
        try:
            return json.loads(self.answer.body)
        except ValueError:
            return None


class _Remembering(Exchange):
    """An exchange that keeps the answers."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.heard: list[Heard] = []

    def send(self, call: Call[Any], token: str | None) -> Answer:
        """Send one call and read its whole answer."""
        began = time.time()
        answer = super().send(call, token)
        self.heard.append(Heard(answer, began, time.time()))
        return answer


class Line(SmsWorksClient):
    """A client whose answers can be looked at as they came: shapes, dates, status and headers."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, on_token=mask_secret)
        self._exchange = self._remembering = _Remembering(settings)

    def ask(self, operation: Operation[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call an operation and return its result, and remember nothing of the calls before."""
        self._remembering.heard.clear()
        return self.call(operation.prepare(self.settings, *args, **kwargs))

    @property
    def heard(self) -> Heard | None:
        """The last answer to what was asked last."""
        return self._remembering.heard[-1] if self._remembering.heard else None

    def search(self, **query: Any) -> list[Record]:
        """Find messages, however many, as operators do."""
        self._remembering.heard.clear()
        found: list[Record] = []

        def page(skip: int) -> list[Record]:
            return self.call(SEARCH_MESSAGES.prepare(self.settings, **query, limit=MAX_LIMIT, skip=skip))

        read_pages(page, found.extend)
        return found

    def as_it_came(self, message_id: str) -> dict[str, Any]:
        """Return a message that was found by the last search, in the gateway's own shape."""
        for entry in self._entries():
            with suppress(AttributeError):
                if message_id in {str(entry.get(name)) for name in ("messageid", "id", "_id")}:
                    return dict(entry)
        return {}

    def _entries(self) -> Iterator[Any]:
        for heard in self._remembering.heard:
            yield from as_list(heard.json)
