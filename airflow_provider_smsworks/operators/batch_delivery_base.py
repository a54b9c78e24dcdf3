"""What operators have in common that can wait until a batch that they sent has arrived."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException, Context, timezone

from airflow_provider_smsworks import report
from airflow_provider_smsworks.operators.delivery_base import WaitsForDelivery
from airflow_provider_smsworks.operators.send_base import is_amount


class WaitsForBatchDelivery(WaitsForDelivery):
    """
    What operators have in common that can wait until a batch that they sent has arrived.

    :param at_least: the fraction of the messages that must be delivered, above 0 and up to 1; the wait ends as soon as
        they are, or as they cannot be any more

    The other parameters are those of :class:`WaitsForDelivery`; ``on_undelivered`` is about too few that arrived.
    """

    def __init__(self, *, at_least: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.at_least = at_least

    def problems(self, context: Context) -> list[str]:
        """Return what is wrong with the author's choices, before anything goes out."""
        problems = super().problems(context)
        if not is_amount(self.at_least) or self.at_least > 1:
            problems.append("`at_least` must be a fraction, above 0 and up to 1")
        return problems

    def finish(self, result: dict[str, Any]) -> Any:
        """Return the result of a send, after the delivery reports if the author wants to wait for them."""
        if not self.wait_for_delivery or not result["recipients"]:
            return result
        batch_ids, expected = result["batch_ids"], result["recipients"]
        if not batch_ids:
            raise AirflowFailException("The texts went out, but the gateway does not say which batch they are.")
        deadline = timezone.utcnow() + self.longest_wait
        # Deferred: a Dag file that only names an operator should not pay for what runs later.
        from airflow_provider_smsworks.sending.text import name_of

        self.log.info("Waiting for the delivery reports of %s until %s.", name_of(result), f"{deadline:%F %T %Z}")
        if not self.deferrable:
            from airflow_provider_smsworks.waiting import BatchDeliveryWait, wait_in_worker

            wait = BatchDeliveryWait(
                batch_ids, deadline, self.poll_interval, self.log, expected=expected, at_least=self.at_least
            )
            return self._with_report(result, wait_in_worker(self.hook, wait))
        from airflow_provider_smsworks.triggers.delivery import SmsWorksBatchDeliveryTrigger

        self.defer(
            trigger=SmsWorksBatchDeliveryTrigger(
                batch_ids=batch_ids,
                deadline=deadline.isoformat(),
                expected=expected,
                at_least=self.at_least,
                smsworks_conn_id=self.smsworks_conn_id,
                poll_interval=self.poll_interval,
                result=result,
            ),
            method_name="execute_complete",
            # A second net, for a trigger that never comes to its own deadline.
            timeout=self.longest_wait + report.GRACE,
        )
        return None

    def _with_report(self, result: dict[str, Any], event: dict[str, Any] | None) -> dict[str, Any]:
        from airflow_provider_smsworks.subjects.batches import Batches

        seen = Batches.conclude(event, self.on_undelivered)
        return {**result, **{name: value for name, value in seen.items() if value is not None}}
