"""The operator that reads a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Context

from airflow_provider_smsworks.failing import permanent_errors_end_the_task
from airflow_provider_smsworks.operators.links import SANDBOX_LINKS, batch_anchor
from airflow_provider_smsworks.operators.read_base import SmsWorksReadOperator

if TYPE_CHECKING:
    from airflow_provider_smsworks.api.records.fields import Record


class SmsWorksGetBatchOperator(SmsWorksReadOperator):
    """
    Read all messages of a batch and their delivery reports (the connector's "Retrieve batch messages").

    Right after sending the gateway may not show the batch yet, so where there is nothing it is asked for twice,
    ``search_lag`` seconds apart. A scheduled batch has no messages before it goes out. To wait until they are
    delivered, there is ``SmsWorksBatchDeliverySensor``. Killed at any moment, the next try reads again.

    :param batch_id: the id that sending the batch returned (templated)
    :return: a list of messages, each with ``message_id status to sender content created modified schedule tag batch_id
        keyword credits_used failure_reason metadata``; ``to`` is masked
    :raises SmsWorksNotFoundError: there is no such batch; ends the task

    The other parameters are those of :class:`SmsWorksReadOperator`.
    """

    template_fields: Sequence[str] = ("smsworks_conn_id", "batch_id")
    shown_as = {"batch_id": str}
    operator_extra_links = SANDBOX_LINKS

    def __init__(self, *, batch_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.batch_id = batch_id

    def execute(self, context: Context) -> list[Record]:
        """Read them."""
        with permanent_errors_end_the_task():
            arguments = self.asked("batch_id")
            messages = self.look(lambda: self.hook.get_batch(**arguments), **arguments)
        self.link_anchor = batch_anchor(arguments["batch_id"])
        return self.many(messages)
