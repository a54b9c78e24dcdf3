"""What all operators that send have in common: sending once, and waiting for the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException, Context, conf, timezone

from airflow_provider_smsworks import report
from airflow_provider_smsworks.api.errors import SmsWorksOutcomeUnknownError, SmsWorksValidationError
from airflow_provider_smsworks.api.operations import Operation
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.failing import permanent_errors_end_the_task
from airflow_provider_smsworks.operators.base import SmsWorksBaseOperator, show_label

if TYPE_CHECKING:
    from airflow_provider_smsworks.sending.once import OnClear, OnUnknown


class SmsWorksSendOperator(SmsWorksBaseOperator):
    """
    What all operators that send have in common.

    **Sent once.** A retry, a lost worker, a Clear or a backfill of the same run does not text anybody again: the
    send is written down before it goes out, the message carries a key, and after any doubt the task looks for the
    message before it sends. On Airflow before 3.3, which cannot write it down, every try but the first looks.

    If the worker dies after the gateway accepted the text and before the task knew, the next try finds the message
    and adopts it (``adopted`` in the result). If the outcome stays open, the task fails and says so.

    :param reference: your own id for this text; it comes back in the result (templated)
    :param send_key: your own name for this send, for mapped tasks whose order can change between tries: it takes
        the place of the map index, so it must differ between texts of one task (templated)
    :param on_unknown: after an outcome that stays open, ``"retry"``: the try fails and the next one looks before it
        sends, so Airflow's ``retry_delay`` is the time that an answer may be late; ``"fail"``: the task ends and a
        person decides
    :param on_clear: ``"keep"``: clearing a task whose text went out does not text again; ``"resend"``: it does
        (from Airflow 3.3 on, where Airflow shows the Clear: not before the first try ended, not of a running task;
        and not with ``[state_store] clear_on_success``, which deletes what the task wrote down)
    :param max_age: a run that was due longer ago is skipped instead of texting (a catch-up of thirty runs is not
        thirty texts)
    :param wait_for_delivery: whether the task waits for the delivery report
    :param on_undelivered: if the text does not arrive: ``"fail"`` (without retries: they would not send again),
        ``"skip"``, or ``"return"`` the result with its status, so that the Dag can handle it
    :param delivery_timeout: how long to wait for the report, which the networks owe nobody; default: ``validity``
        (48 hours if it is not given) and 15 minutes
    :param poll_interval: seconds between two looks at the report at the beginning of the wait
    :param deferrable: whether the wait happens in the triggerer and holds no worker slot; default:
        ``[operators] default_deferrable``
    :param smsworks_conn_id: the connection (templated)
    """

    template_fields: Sequence[str] = ("smsworks_conn_id", "reference", "send_key")
    shown_as = {"send_key": show_label}
    ui_color = "#bfe8cf"

    def __init__(
        self,
        *,
        reference: str | None = None,
        send_key: str | None = None,
        on_unknown: OnUnknown = "retry",
        on_clear: OnClear = "keep",
        max_age: dt.timedelta | None = None,
        wait_for_delivery: bool = False,
        on_undelivered: report.OnUndelivered = "fail",
        delivery_timeout: dt.timedelta | None = None,
        poll_interval: float = 5.0,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.reference = reference
        self.send_key = send_key
        self.on_unknown = on_unknown
        self.on_clear = on_clear
        self.max_age = max_age
        self.wait_for_delivery = wait_for_delivery
        self.on_undelivered = on_undelivered
        self.delivery_timeout = delivery_timeout
        self.poll_interval = poll_interval
        self.deferrable = deferrable

    def send_once(
        self,
        context: Context,
        operation: Operation[..., Record],
        arguments: Mapping[str, Any],
        *,
        part: str = "message",
    ) -> dict[str, Any]:
        """
        Send one text, once, and return ``message_id status to reference parts credits_used adopted``.

        :param operation: of the table; it takes ``metadata``
        :param arguments: of the operation
        :param part: which of the texts of this task it is
        """
        # Deferred: a Dag file that only names an operator should not pay for what runs later.
        from airflow_provider_smsworks.sending.once import Rules, TooOld
        from airflow_provider_smsworks.sending.task import send_from_task

        with permanent_errors_end_the_task():
            self._check_choices(context, arguments)
            try:
                result = send_from_task(
                    context,
                    self.hook,
                    operation,
                    arguments,
                    rules=Rules(self.on_unknown, self.on_clear, self.max_age, self.hook.settings.search_lag),
                    own_name=self.given("send_key")["send_key"],
                    part=part,
                    now=timezone.utcnow,
                    log=self.log,
                )
            except TooOld as reason:
                raise AirflowSkipException(str(reason)) from None
            except SmsWorksOutcomeUnknownError as error:
                if self.on_unknown == "fail":
                    raise AirflowFailException(str(error)) from error
                raise
        message_id, parts = result["message_id"], result["parts"]
        cost = f", {parts} part(s) for {result['credits_used']} credit(s)" if parts else ""
        self.log.info("Message %s to %s: %s%s.", message_id, result["to"], result["status"], cost)
        if self.do_xcom_push:
            # So that `task.output["message_id"]` works: the gateway's id is what the next task wants.
            context["ti"].xcom_push(key="message_id", value=message_id)
        return {**result, "reference": self.reference}

    def _check_choices(self, context: Context, arguments: Mapping[str, Any]) -> None:
        """Check what the author chose before anything goes out."""
        from airflow_provider_smsworks.sending.identity import RESERVED_PAIRS

        problems = [
            f"`{name}` must be one of {', '.join(allowed)}"
            for name, allowed in {
                "on_unknown": ("retry", "fail"),
                "on_clear": ("keep", "resend"),
                "on_undelivered": report.ON_UNDELIVERED,
            }.items()
            if getattr(self, name) not in allowed
        ]
        if self.on_clear == "resend" and "task_state_store" not in context:
            problems.append("`on_clear` can be resend from Airflow 3.3 on only, which keeps a task's state: use keep")
        for name in ("delivery_timeout", "max_age"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, dt.timedelta) and value > dt.timedelta(0)):
                problems.append(f"`{name}` must be a timedelta above 0")
        seconds = self.poll_interval
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
            problems.append("`poll_interval` must be a number of seconds above 0")
        own_name = self.given("send_key")["send_key"]
        if own_name is not None and not str(own_name).strip():
            problems.append("`send_key` is empty: give each text of the task a name of its own, or leave it out")
        metadata = arguments.get("metadata")
        if isinstance(metadata, Mapping) and (taken := RESERVED_PAIRS & set(metadata)):
            problems.append(f"`metadata` must not use {', '.join(sorted(taken))}: the provider finds messages by them")
        if problems:
            raise SmsWorksValidationError(problems)

    def finish(self, result: dict[str, Any], validity: dt.timedelta | None) -> Any:
        """Return the result of a send, after its delivery report if the author wants to wait for that."""
        if not self.wait_for_delivery:
            return result
        message_id = result["message_id"]
        longest = self.delivery_timeout
        if longest is None:
            longest = (validity or report.LONGEST_DELIVERY) + report.GRACE
        deadline = timezone.utcnow() + longest
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
            timeout=longest + report.GRACE,
        )
        return None

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> dict[str, Any]:
        """Go on after the wait, with the trigger's event."""
        return self._with_report((event or {}).get("result") or {}, event)

    def _with_report(self, result: dict[str, Any], event: dict[str, Any] | None) -> dict[str, Any]:
        seen = report.conclude(event, self.on_undelivered)
        self.log.info("Message %s: %s.", seen.get("message_id"), seen.get("status"))
        return {**result, **{name: value for name, value in seen.items() if value is not None}}
