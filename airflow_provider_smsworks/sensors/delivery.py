"""Wait for delivery reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Context

from airflow_provider_smsworks import report
from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.rules import integer_text
from airflow_provider_smsworks.operators.links import SANDBOX_LINKS
from airflow_provider_smsworks.rendered import LIST_AS_TEXT, is_list_made_text
from airflow_provider_smsworks.sensors.base import SmsWorksBaseSensor
from airflow_provider_smsworks.subjects.batches import Batches
from airflow_provider_smsworks.subjects.message import Delivery

if TYPE_CHECKING:
    from airflow.triggers.base import BaseTrigger


class SmsWorksDeliverySensor(SmsWorksBaseSensor):
    """
    Wait until a message is delivered.

    .. code-block:: python

        SmsWorksDeliverySensor(task_id="arrived", message_id=send.output["message_id"], timeout=3600)

    Only DELIVERED counts as delivered; a status that nobody knows does not.

    :param message_id: the id that a send returned (templated)
    :param on_undelivered: if it does not arrive, or is not reported before ``timeout`` (seconds): ``"fail"``,
        ``"skip"``, or ``"return"`` the report with its status
    :return: ``message_id status credits_used failure_reason``
    :raises AirflowFailException: it did not arrive, or there is no such message; no retry would change that
    :raises AirflowSensorTimeout: it was not reported in time

    The other parameters are those of :class:`SmsWorksBaseSensor`.
    """

    template_fields: Sequence[str] = (*SmsWorksBaseSensor.template_fields, "message_id")
    operator_extra_links = SANDBOX_LINKS
    kind = Delivery
    choice = "on_undelivered"

    def __init__(self, *, message_id: str, on_undelivered: report.OnUndelivered = "fail", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.message_id = message_id
        self.on_undelivered = on_undelivered

    def subject(self, context: Context) -> Delivery:
        """Return the delivery of the message."""
        return Delivery(self.identifier("message_id"))

    def trigger(self, arguments: Mapping[str, Any]) -> BaseTrigger:
        """Return the trigger that waits for it."""
        from airflow_provider_smsworks.triggers.delivery import SmsWorksDeliveryTrigger

        return SmsWorksDeliveryTrigger(**arguments)


class SmsWorksBatchDeliverySensor(SmsWorksBaseSensor):
    """
    Wait until the messages of a batch are delivered, or enough of them.

    .. code-block:: python

        SmsWorksBatchDeliverySensor(task_id="arrived", batch_id=send.output["batch_ids"], at_least=0.95)

    It ends as soon as that many are delivered, or so many failed that it cannot come to that any more; the log tells
    how far it is. Only DELIVERED counts as delivered; a status that nobody knows does not.

    Right after it was sent a batch may not show all of its messages. Give ``expected`` and they are waited for;
    otherwise the end is looked at once more when ``search_lag`` is over.

    :param batch_id: the id of a batch, or a list of ids that are waited for together (templated)
    :param at_least: which fraction has to be delivered, above 0 and up to 1
    :param expected: how many messages there must be in all (templated)
    :param on_undelivered: if that many are not delivered, or not reported before ``timeout`` (seconds): ``"fail"``,
        ``"skip"``, or ``"return"`` the counts
    :return: ``batch_ids total delivered failed waiting statuses credits_used failures failures_left_out``. Of
        ``failures`` the first 100 are listed, each with ``message_id to status code reason try_again``; ``to`` is
        masked, and ``try_again`` tells whether sending it again can help (None: a person decides). ``credits_used``
        is None unless the gateway tells it of every message
    :raises AirflowFailException: too few will arrive, or there is no such batch; no retry would change that
    :raises AirflowSensorTimeout: too few were reported in time

    The other parameters are those of :class:`SmsWorksBaseSensor`.
    """

    template_fields: Sequence[str] = (*SmsWorksBaseSensor.template_fields, "batch_id", "expected")
    operator_extra_links = SANDBOX_LINKS
    kind = Batches
    choice = "on_undelivered"

    def __init__(
        self,
        *,
        batch_id: str | Sequence[str],
        at_least: float = 1.0,
        expected: int | str | None = None,
        on_undelivered: report.OnUndelivered = "fail",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.batch_id = batch_id
        self.at_least = at_least
        self.expected = expected
        self.on_undelivered = on_undelivered

    def subject(self, context: Context) -> Batches:
        """Return the delivery of the batches."""
        problems: list[str] = []
        batch_ids = self._batch_ids(problems)
        expected = self.given("expected")["expected"]
        if expected is not None:
            digits = expected.strip() if isinstance(expected, str) else integer_text(expected) or ""
            expected = int(digits) if digits.isascii() and digits.isdecimal() else 0
            if expected < 1:
                problems.append("`expected` must be a whole number, at least 1: how many messages there must be")
        at_least = self.at_least
        if isinstance(at_least, bool) or not isinstance(at_least, int | float) or not 0 < at_least <= 1:
            problems.append("`at_least` must be a number above 0 and up to 1, such as 0.95 for 95 of 100 messages")
        if problems:
            raise SmsWorksValidationError(problems)
        return Batches(batch_ids, expected=expected, at_least=at_least)

    def trigger(self, arguments: Mapping[str, Any]) -> BaseTrigger:
        """Return the trigger that waits for them."""
        from airflow_provider_smsworks.triggers.delivery import SmsWorksBatchDeliveryTrigger

        return SmsWorksBatchDeliveryTrigger(**arguments)

    def _batch_ids(self, problems: list[str]) -> list[str]:
        given = self.identifier("batch_id")
        entries = list(given) if isinstance(given, list | tuple) else [given]
        ids = [integer_text(entry) or (entry.strip() if isinstance(entry, str) else "") for entry in entries]
        if not ids or not all(ids):
            problems.append("`batch_id` is empty, or not text: give the id that sending the batch returned, or a list")
        elif any(is_list_made_text(batch_id) for batch_id in ids):
            problems.append(f"`batch_id` {LIST_AS_TEXT}")
        return list(dict.fromkeys(ids))
