"""What operators have in common that can wait until what they sent has arrived."""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException, Context, conf, timezone

from airflow_provider_smsworks import report
from airflow_provider_smsworks.operators.send_base import SmsWorksSendOperator, is_amount, is_duration


class WaitsForDelivery(SmsWorksSendOperator):
    """
    What operators have in common that can wait until what they sent has arrived.

    :param wait_for_delivery: whether the task waits for the delivery report
    :param on_undelivered: if the text does not arrive: ``"fail"`` (without retries: they would not send again),
        ``"skip"``, or ``"return"`` the result with its status, so that the Dag can handle it
    :param delivery_timeout: how long to wait for the report, which the networks owe nobody; default: ``validity``
        (48 hours if it is not given) and 15 minutes
    :param poll_interval: seconds between two looks at the report at the beginning of the wait
    :param deferrable: whether the wait happens in the triggerer and holds no worker slot; default:
        ``[operators] default_deferrable``
    """

    # Of operators that know them; a passcode's text has neither.
    validity: dt.timedelta | None = None
    ttl: dt.timedelta | None = None

    def __init__(
        self,
        *,
        wait_for_delivery: bool = False,
        on_undelivered: report.OnUndelivered = "fail",
        delivery_timeout: dt.timedelta | None = None,
        poll_interval: float = 5.0,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.wait_for_delivery = wait_for_delivery
        self.on_undelivered = on_undelivered
        self.delivery_timeout = delivery_timeout
        self.poll_interval = poll_interval
        self.deferrable = deferrable

    @property
    def longest_wait(self) -> dt.timedelta:
        """How long to wait for the report."""
        return self.delivery_timeout or (self.validity or report.LONGEST_DELIVERY) + report.GRACE

    def problems(self, context: Context) -> list[str]:
        """Return what is wrong with the author's choices, before anything goes out."""
        problems = super().problems(context)
        if self.on_undelivered not in report.ON_UNDELIVERED:
            problems.append(f"`on_undelivered` must be one of {', '.join(report.ON_UNDELIVERED)}")
        if self.delivery_timeout is not None and not is_duration(self.delivery_timeout):
            problems.append("`delivery_timeout` must be a timedelta above 0")
        elif self.wait_for_delivery and is_duration(self.ttl) and is_duration(self.validity or self.ttl):
            assert self.ttl is not None
            if self.ttl < self.longest_wait:
                problems.append(
                    f"`ttl` deletes the delivery report after {self.ttl}, and the task may wait {self.longest_wait} for"
                    " it: make `ttl` longer, or `delivery_timeout` shorter"
                )
        if not is_amount(self.poll_interval):
            problems.append("`poll_interval` must be a number of seconds above 0")
        return problems

    def finish(self, result: dict[str, Any]) -> Any:
        """Return the result of a send, after its delivery report if the author wants to wait for that."""
        if not self.wait_for_delivery:
            # The gateway may say at once that it will not arrive.
            at_once = report.final_event({**result, "failure_reason": None})
            return self._with_report(result, at_once) if at_once else result
        message_id = result["message_id"]
        if message_id is None:
            raise AirflowFailException("The text went out, but the gateway does not say which message it is.")
        deadline = timezone.utcnow() + self.longest_wait
        self.log.info("Waiting for the delivery report of message %s until %s.", message_id, f"{deadline:%F %T %Z}")
        if not self.deferrable:
            from airflow_provider_smsworks.waiting import DeliveryWait, wait_in_worker

            wait = DeliveryWait(message_id, deadline, self.poll_interval, self.log)
            return self._with_report(result, wait_in_worker(self.hook, wait))
        # Deferred: a Dag file that only names an operator should not pay for what runs later.
        from airflow_provider_smsworks.triggers.delivery import SmsWorksDeliveryTrigger

        self.defer(
            trigger=SmsWorksDeliveryTrigger(
                message_id=message_id,
                deadline=deadline.isoformat(),
                smsworks_conn_id=self.smsworks_conn_id,
                poll_interval=self.poll_interval,
                result=result,
            ),
            method_name="execute_complete",
            # A second net, for a trigger that never comes to its own deadline.
            timeout=self.longest_wait + report.GRACE,
        )
        return None

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> dict[str, Any]:
        """Go on after the wait, with the trigger's event."""
        result = (event or {}).get("result") or {}
        self.link_to(result)
        return self._with_report(result, event)

    def _with_report(self, result: dict[str, Any], event: dict[str, Any] | None) -> dict[str, Any]:
        # Deferred: a Dag file that only names an operator should not pay for what runs later.
        from airflow_provider_smsworks.subjects.message import Delivery

        seen = Delivery.conclude(event, self.on_undelivered)
        self.log.info("Message %s: %s.", seen.get("message_id"), seen.get("status"))
        return {**result, **{name: value for name, value in seen.items() if value is not None}}
