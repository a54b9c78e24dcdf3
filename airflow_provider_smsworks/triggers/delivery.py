"""Wait in the triggerer until the status of messages is final."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from airflow_provider_smsworks.deliveries.shared import Deliveries
from airflow_provider_smsworks.subjects.batches import Batches
from airflow_provider_smsworks.subjects.message import Delivery
from airflow_provider_smsworks.subjects.subject import Event
from airflow_provider_smsworks.triggers.base import SmsWorksWaitTrigger, WaitArguments
from airflow_provider_smsworks.waiting import Wait


class _WaitsTogether(SmsWorksWaitTrigger):
    """All waits for deliveries on a connection, in one triggerer, share one poll."""

    async def event(self, wait: Wait) -> Event:
        """Wait together with all others, and return what this wait ends with."""
        return await Deliveries.of(self.smsworks_conn_id).wait(wait)


class SmsWorksDeliveryTrigger(_WaitsTogether):
    """
    Wait for the final delivery report of one message. Networks owe nobody a report: the deadline may pass.

    The event has ``message_id status credits_used failure_reason``.

    :param message_id: the gateway's id of the message

    The other parameters are those of :class:`SmsWorksWaitTrigger`.
    """

    def __init__(self, *, message_id: str, **wait: Unpack[WaitArguments]) -> None:
        super().__init__(Delivery(message_id), **wait)


class SmsWorksBatchDeliveryTrigger(_WaitsTogether):
    """
    Wait until enough messages of batches are delivered, or so many failed that they cannot be any more.

    The event has ``batch_ids total delivered failed waiting statuses credits_used failures failures_left_out``;
    ``reached`` tells whether enough are delivered.

    :param batch_ids: the gateway's ids of the batches
    :param expected: how many messages they must have in all, if that is known: a batch that was just sent may not
        show all of them yet
    :param at_least: which fraction of them has to be delivered, above 0 and up to 1

    The other parameters are those of :class:`SmsWorksWaitTrigger`.
    """

    def __init__(
        self,
        *,
        batch_ids: Sequence[str],
        expected: int | None = None,
        at_least: float = 1.0,
        **wait: Unpack[WaitArguments],
    ) -> None:
        super().__init__(Batches(batch_ids, expected=expected, at_least=at_least), **wait)
