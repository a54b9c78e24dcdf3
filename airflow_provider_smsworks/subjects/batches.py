"""The delivery of many messages that were sent together, in one batch or several."""

from __future__ import annotations

import logging
import math
import time
from collections import Counter
from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

from airflow_provider_smsworks.api import statuses
from airflow_provider_smsworks.api.codes import explain
from airflow_provider_smsworks.api.errors import SmsWorksNotFoundError, SmsWorksUndeliveredError
from airflow_provider_smsworks.api.masking import mask_number, mask_numbers
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.subjects.subject import Call, Event, Look, Pause, Subject

MOST_FAILURES = 100
"""So many failures are listed in a result: it goes through Airflow's database."""

_AT_ONCE = 500
"""So many messages are taken before others may run: a batch can have thousands."""


class _Seen(NamedTuple):
    """What is kept of a message; its number and its words are not."""

    status: str
    is_final: bool
    credits_used: float | None
    failure: dict[str, Any] | None

    @property
    def is_delivered(self) -> bool:
        return self.is_final and self.status == statuses.DELIVERED

    @property
    def has_failed(self) -> bool:
        return self.is_final and self.status != statuses.DELIVERED

    def says_what(self, message: Record) -> bool:
        """Tell whether a message says the same; of one that failed the reason may have changed."""
        return (
            self.failure is None
            and self.status == statuses.normal(message["status"])
            and self.credits_used == message.get("credits_used")
        )


class Batches(Subject):
    """
    Wait until enough messages of one or several batches are delivered, or enough of them failed.

    Right after a batch was sent the gateway may know nothing of it, list none of its messages, or some. With
    ``expected`` whatever is missing is waited for. Without it, an end that is seen within the search lag is only
    believed when a second look after the lag sees it too.

    :param batch_ids: the gateway's ids
    :param expected: how many messages there must be in all
    :param at_least: which fraction of them has to be delivered, above 0 and up to 1
    """

    waits_for = "the delivery reports of the batch"
    error = SmsWorksUndeliveredError

    def __init__(self, batch_ids: Sequence[str], *, expected: int | None = None, at_least: float = 1.0) -> None:
        self.arguments = {"batch_ids": list(batch_ids), "expected": expected, "at_least": at_least}
        self.label = f"The reports of {_named(batch_ids)}"
        self._expected = expected
        self._at_least = at_least
        self._began = time.monotonic()
        self._asked: dict[str, float] = {}
        self._messages: dict[str, dict[str, _Seen]] = {batch_id: {} for batch_id in batch_ids}
        # Counted as they change: a batch can have thousands of messages, and be looked at a thousand times.
        self._count = self._count_delivered = self._count_failed = 0
        self._count_open: Counter[str] = Counter()
        self._told: tuple[int, ...] = ()

    def look(self, settings: Settings, log: logging.Logger) -> Look:
        """
        Read the batches that are not over; return the counts if they can only get more certain.

        An answer may leave out messages that say what they said before.
        """
        search_lag = settings.search_lag
        while True:
            for batch_id in self._open(search_lag):
                self._asked[batch_id] = self._waited()
                is_new = self._expected is not None and not self._messages[batch_id]
                messages = yield Call("get_batch", {"batch_id": batch_id}, may_be_missing=is_new)
                yield from self._take(batch_id, messages or [])
            self._tell(log)
            if not (self._is_reached() or self._is_lost()):
                return None
            left = search_lag - self._waited()
            if self._expected is not None or left <= 0:
                return {"outcome": "final", **self.so_far()}
            yield Pause(left)

    def so_far(self) -> Event:
        """Return the counts, and what failed."""
        seen = self._all()
        failures = [message.failure for message in seen if message.failure]
        credits = [message.credits_used for message in seen]
        return {
            "batch_ids": self.arguments["batch_ids"],
            "total": self._total(),
            "delivered": self._delivered(),
            "failed": self._failed(),
            "waiting": self._total() - self._delivered() - self._failed(),
            "statuses": dict(Counter(message.status for message in seen)),
            "credits_used": None if None in credits or not credits else sum(filter(None, credits)),
            "failures": failures[:MOST_FAILURES],
            "failures_left_out": max(0, len(failures) - MOST_FAILURES),
            "reached": self._is_reached(),
            "wanted": self._wanted(),
        }

    @classmethod
    def has_come(cls, event: Event) -> bool:
        """Tell whether enough messages arrived."""
        return event.get("reached") is True

    @classmethod
    def what_happened(cls, event: Event) -> str:
        """Say how many arrived, and why the others did not."""
        reasons = Counter(
            f"{failure['status']}: {failure['reason']}" + (f", code {failure['code']}" if failure.get("code") else "")
            for failure in event.get("failures") or ()
        )
        why = "; ".join(f"{count} {reason}" for reason, count in reasons.most_common(3))
        in_time = " in time" if event["outcome"] == "timeout" else ""
        return (
            f"Of {event['total']} messages of {_named(event['batch_ids'])} {event['delivered']} were delivered{in_time}"
            f" and {event['wanted']} were wanted; {event['failed']} failed, {event['waiting']} have no final report"
            + (f" ({why})." if why else ".")
        )

    def _open(self, search_lag: float) -> list[str]:
        """Return the batches that can still change: a list may be partial until the search lag is over."""
        if self._expected is not None and self._count < self._expected:
            return list(self._messages)
        return [
            batch_id
            for batch_id in self._messages
            if self._asked.get(batch_id, -1.0) < search_lag or self._count_open[batch_id]
        ]

    def _take(self, batch_id: str, messages: list[Record]) -> Generator[Pause, Any, None]:
        if not messages and not self._messages[batch_id] and self._expected is None:
            raise SmsWorksNotFoundError(f"The gateway lists no message of batch {batch_id}.")
        without_id: Counter[str] = Counter()
        for number, message in enumerate(messages, 1):
            key = message["message_id"]
            if key is None:
                without_id[str(message["to"])] += 1
                key = f"{message['to']} {without_id[str(message['to'])]}"
            self._keep(batch_id, key, message)
            if number % _AT_ONCE == 0:
                yield Pause(0.0)

    def _keep(self, batch_id: str, key: str, message: Record) -> None:
        before = self._messages[batch_id].get(key)
        if before is not None and before.says_what(message):
            return
        now = self._messages[batch_id][key] = _seen(message)
        for seen, change in ((before, -1), (now, 1)):
            if seen is not None:
                self._count += change
                self._count_delivered += change * seen.is_delivered
                self._count_failed += change * seen.has_failed
                self._count_open[batch_id] += change * (not seen.is_final)

    def _tell(self, log: logging.Logger) -> None:
        now = (self._total(), self._delivered(), self._failed())
        if now != self._told:
            self._told = now
            total, delivered, failed = now
            waiting = total - delivered - failed
            log.info("%s: %d of %d delivered, %d failed, %d waiting.", self.label, delivered, total, failed, waiting)

    def _waited(self) -> float:
        return time.monotonic() - self._began

    def _all(self) -> list[_Seen]:
        return [message for messages in self._messages.values() for message in messages.values()]

    def _total(self) -> int:
        return max(self._expected or 0, self._count)

    def _delivered(self) -> int:
        return self._count_delivered

    def _failed(self) -> int:
        return self._count_failed

    def _wanted(self) -> int:
        # 0.07 * 100 is a little more than 7.
        return max(1, math.ceil(self._at_least * self._total() - 1e-9))

    def _is_reached(self) -> bool:
        return self._delivered() >= self._wanted()

    def _is_lost(self) -> bool:
        return self._failed() > self._total() - self._wanted()


def _seen(message: Record) -> _Seen:
    status = statuses.normal(message["status"])
    is_final = statuses.is_final(status)
    failure = None
    if is_final and status != statuses.DELIVERED:
        reason = message.get("failure_reason") or {}
        code = explain(reason.get("code"), reason.get("permanent"))
        failure = {
            "message_id": message["message_id"],
            "to": mask_number(message["to"]),
            "status": status,
            "code": code.number or None,
            "reason": code.meaning if code.is_listed else mask_numbers(str(reason.get("details") or code.meaning)),
            "try_again": statuses.can_try_again(status, reason),
        }
    return _Seen(status, is_final, message.get("credits_used"), failure)


def _named(batch_ids: Sequence[str]) -> str:
    shown = ", ".join(batch_ids[:3]) + (f" and {len(batch_ids) - 3} more" if len(batch_ids) > 3 else "")
    return f"batch {shown}" if len(batch_ids) == 1 else f"batches {shown}"
