"""What all triggers of this provider have in common: one wait, one event."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any, TypedDict

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_smsworks.hooks.smsworks import DEFAULT_CONN_ID, SmsWorksHook
from airflow_provider_smsworks.subjects.subject import Event, Subject
from airflow_provider_smsworks.waiting import Wait, wait_in_triggerer

HOLD = 8.0
"""
Seconds after its start in which a trigger keeps its event back.

The worker that deferred the task lives on for some seconds; if the task is resumed before the scheduler has seen
that worker end, the scheduler takes the resumed task for a lost one and fails it (seen on Airflow 3.3.2).
"""


class WaitArguments(TypedDict, total=False):
    """The arguments that all triggers take; see :class:`SmsWorksWaitTrigger`. ``deadline`` must be there."""

    deadline: str
    smsworks_conn_id: str
    poll_interval: float
    result: dict[str, Any] | None


class SmsWorksWaitTrigger(BaseTrigger):
    """
    Wait for something at the gateway.

    Yields one event: ``outcome`` is ``final`` (with what was seen), ``timeout`` (the deadline passed), or ``error``
    (waiting on makes no sense: no such message, token refused).

    If the triggerer dies, another one starts the same wait with the same deadline; nothing is lost, as looking
    consumes nothing. While the gateway is down, the wait goes on.

    :param subject: what is waited for; its arguments are the trigger's, too
    :param deadline: ISO 8601 with offset, when to give up
    :param smsworks_conn_id: the connection
    :param poll_interval: seconds between two looks at the beginning; it grows with the wait, up to a minute
    :param result: what the task knew when it deferred; comes back in the event (``dag.test()`` hands a resumed task
        nothing but its event)
    """

    def __init__(
        self,
        subject: Subject,
        *,
        deadline: str,
        smsworks_conn_id: str = DEFAULT_CONN_ID,
        poll_interval: float = 5.0,
        result: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.subject = subject
        self.deadline = deadline
        self.smsworks_conn_id = smsworks_conn_id
        self.poll_interval = poll_interval
        self.result = result

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """
        Return what another triggerer needs to go on with this wait.

        Nothing in it tells anything about anybody: Airflow 3.3.2 writes it to its database without encrypting it.
        """
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                **self.subject.arguments,
                "deadline": self.deadline,
                "smsworks_conn_id": self.smsworks_conn_id,
                "poll_interval": self.poll_interval,
                "result": self.result,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield the one event of this wait."""
        wait = Wait(self.subject, dt.datetime.fromisoformat(self.deadline), self.poll_interval, self.log)
        event = await self.event(wait)
        await asyncio.sleep(max(0.0, HOLD - wait.waited))
        yield TriggerEvent({**event, "result": self.result} if self.result else event)

    async def event(self, wait: Wait) -> Event:
        """Wait, and return what the wait ends with."""
        hook = SmsWorksHook(self.smsworks_conn_id)
        try:
            return await wait_in_triggerer(hook, wait)
        finally:
            await hook.aclose()
