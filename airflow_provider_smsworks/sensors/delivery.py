"""Wait for delivery reports."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    BaseSensorOperator,
    Context,
    PokeReturnValue,
    conf,
    timezone,
)

from airflow_provider_smsworks import report
from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksNotFoundError, SmsWorksValidationError
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.failing import permanent_errors_end_the_task
from airflow_provider_smsworks.hooks.smsworks import DEFAULT_CONN_ID, SmsWorksHook


class SmsWorksDeliverySensor(BaseSensorOperator):
    """
    Wait until a message is delivered.

    .. code-block:: python

        SmsWorksDeliverySensor(task_id="arrived", message_id=send.output["message_id"], timeout=3600)

    Only DELIVERED counts as delivered; a status that nobody knows does not. The gateway may be away in between.

    :param message_id: the id that a send returned (templated)
    :param on_undelivered: if it does not arrive, or is not reported before ``timeout`` (seconds): ``"fail"``,
        ``"skip"``, or ``"return"`` the report with its status
    :param deferrable: whether to wait in the triggerer, holding no worker slot; default:
        ``[operators] default_deferrable``
    :param smsworks_conn_id: the connection (templated)
    :return: ``message_id status credits_used failure_reason``
    """

    template_fields: Sequence[str] = ("smsworks_conn_id", "message_id")
    ui_color = "#e3f4ea"

    def __init__(
        self,
        *,
        message_id: str,
        on_undelivered: report.OnUndelivered = "fail",
        smsworks_conn_id: str = DEFAULT_CONN_ID,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.message_id = message_id
        self.on_undelivered = on_undelivered
        self.smsworks_conn_id = smsworks_conn_id
        self.deferrable = deferrable
        self._last: Record | None = None

    @cached_property
    def hook(self) -> SmsWorksHook:
        """The hook of this task."""
        return SmsWorksHook(self.smsworks_conn_id)

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once."""
        with permanent_errors_end_the_task():
            event = self._look()
        if event is None:
            return PokeReturnValue(is_done=False)
        return PokeReturnValue(is_done=True, xcom_value=report.conclude(event, self.on_undelivered))

    def execute(self, context: Context) -> Any:
        """Wait, in the triggerer if that is wanted."""
        if self.on_undelivered not in report.ON_UNDELIVERED:
            with permanent_errors_end_the_task():
                raise SmsWorksValidationError([f"`on_undelivered` must be one of {', '.join(report.ON_UNDELIVERED)}"])
        if self.deferrable:
            return self._defer_unless_done(context)
        try:
            return super().execute(context)
        except AirflowSensorTimeout:
            return report.conclude(report.timeout_event(str(self.message_id), self._last), self.on_undelivered)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> dict[str, Any]:
        """Go on after the wait, with the trigger's event."""
        return report.conclude(event, self.on_undelivered)

    def _look(self) -> dict[str, Any] | None:
        try:
            self._last = self._find()
        except SmsWorksError as error:
            if not error.transient:
                raise
            self.log.warning("The report of message %s cannot be read now: %s", self.message_id, error)
            return None
        return report.final_event(self._last)

    def _find(self) -> Record:
        try:
            return self.hook.get_message(self.message_id)
        except SmsWorksNotFoundError:
            # A message that was sent a moment ago may not be visible yet.
            time.sleep(self.hook.settings.search_lag)
            return self.hook.get_message(self.message_id)

    def _defer_unless_done(self, context: Context) -> Any:
        # Deferred: a Dag file that only names a sensor should not pay for what runs later.
        from airflow_provider_smsworks.triggers.delivery import SmsWorksDeliveryTrigger

        try:
            seen = self.poke(context)
        except AirflowFailException as error:
            # As BaseSensorOperator does for its own looks.
            if self.soft_fail or getattr(self, "never_fail", False):
                raise AirflowSkipException(str(error)) from error
            raise
        if seen.is_done:
            return seen.xcom_value
        wait = dt.timedelta(seconds=self.timeout)
        self.defer(
            trigger=SmsWorksDeliveryTrigger(
                message_id=str(self.message_id),
                deadline=(timezone.utcnow() + wait).isoformat(),
                smsworks_conn_id=self.smsworks_conn_id,
                poll_interval=self.poke_interval,
            ),
            method_name="execute_complete",
            # A second net, for a trigger that never comes to its own deadline.
            timeout=wait + report.GRACE,
        )
        return None
