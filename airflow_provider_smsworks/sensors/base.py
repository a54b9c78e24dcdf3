"""What all sensors of this provider have in common: waiting, in the worker or in the triggerer."""

from __future__ import annotations

import datetime as dt
import time
from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

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
from airflow_provider_smsworks.api.rules import integer_text
from airflow_provider_smsworks.failing import permanent_errors_end_the_task
from airflow_provider_smsworks.operators.base import SmsWorksBaseOperator
from airflow_provider_smsworks.rendered import NOTHING, is_nothing
from airflow_provider_smsworks.subjects.subject import Event, Subject

if TYPE_CHECKING:
    from airflow.triggers.base import BaseTrigger


class SmsWorksBaseSensor(SmsWorksBaseOperator, BaseSensorOperator):
    """
    What all sensors of this provider have in common.

    The gateway may be away in between. If the worker or the triggerer dies, the wait begins again where it was:
    looking consumes nothing.

    :param timeout: seconds, or a timedelta: how long to wait
    :param poke_interval: seconds between two looks; a deferred wait looks less often the longer it takes
    :param deferrable: whether to wait in the triggerer, holding no worker slot; default:
        ``[operators] default_deferrable``
    :param smsworks_conn_id: the connection (templated)
    """

    harmless_fields = SmsWorksBaseOperator.harmless_fields | {"message_id", "batch_id", "expected", "at_least", "since"}
    kind: ClassVar[type[Subject]]
    choice: ClassVar[str | None] = None
    """The parameter that says what to do if it does not come."""

    def __init__(
        self,
        *,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.deferrable = deferrable
        self._subject: Subject | None = None

    @abstractmethod
    def subject(self, context: Context) -> Subject:
        """
        Return what to wait for, made of the rendered fields.

        :raises SmsWorksValidationError: naming the fields that are wrong
        """

    @abstractmethod
    def trigger(self, arguments: Mapping[str, Any]) -> BaseTrigger:
        """Return the trigger that waits for the same; its class comes with things that a Dag file should not load."""

    def found(self, seen: Event) -> Any:
        """Return the result of the task."""
        return seen

    def identifier(self, name: str) -> Any:
        """
        Return an id as text; one that is something else is left to the call that needs it, which says so.

        :raises SmsWorksValidationError: it is nothing
        """
        value = self.given(name)[name]
        if is_nothing(value):
            raise SmsWorksValidationError([f"`{name}` {NOTHING}"])
        return integer_text(value) or value

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once."""
        with permanent_errors_end_the_task():
            self._subject = self._subject or self.subject(context)
            try:
                event = self._look(self._subject)
                if event is not None:
                    return PokeReturnValue(is_done=True, xcom_value=self._conclude(event))
            except SmsWorksError as error:
                if not error.transient:
                    raise
                self.log.warning("%s cannot be read now: %s", self._subject.label, error)
        return PokeReturnValue(is_done=False)

    def execute(self, context: Context) -> Any:
        """Wait, in the triggerer if that is wanted."""
        # Not within the looks: a Dag that is wrong is no reason to skip (soft_fail).
        with permanent_errors_end_the_task():
            if self.choice and self._otherwise() not in report.OTHERWISE:
                raise SmsWorksValidationError([f"`{self.choice}` must be one of {', '.join(report.OTHERWISE)}"])
            self._subject = self.subject(context)
        if self.deferrable:
            return self._handed_on(context, self._defer_unless_done(context, self._subject))
        try:
            return self._handed_on(context, super().execute(context))
        except AirflowSensorTimeout:
            return self._handed_on(context, self._conclude(self._subject.timeout_event()))

    def execute_complete(self, context: Context, event: Event | None = None) -> Any:
        """Go on after the wait, with the trigger's event."""
        return self._handed_on(context, self._conclude(event))

    def _handed_on(self, context: Context, result: Any) -> Any:
        if isinstance(result, Mapping):
            self.link_to(result)
            self.hand_on(context, result)
        return result

    def _otherwise(self) -> report.Otherwise:
        return getattr(self, self.choice) if self.choice else "fail"

    def _conclude(self, event: Event | None) -> Any:
        seen = self.kind.conclude(event, self._otherwise())
        return self.found(seen)

    def _look(self, subject: Subject) -> Event | None:
        # Deferred: a Dag file that only names a sensor should not pay for what runs later.
        from airflow_provider_smsworks.waiting import look_in_worker

        try:
            return look_in_worker(self.hook, subject, self.log)
        except SmsWorksNotFoundError:
            # What was sent a moment ago may not be visible yet.
            time.sleep(self.hook.settings.search_lag)
        try:
            return look_in_worker(self.hook, subject, self.log)
        except SmsWorksNotFoundError as error:
            raise SmsWorksNotFoundError(f"{subject.label} cannot be read: {error}", code=error.code) from None

    def _defer_unless_done(self, context: Context, subject: Subject) -> Any:
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
        arguments = {
            **subject.arguments,
            "deadline": (timezone.utcnow() + wait).isoformat(),
            "smsworks_conn_id": self.smsworks_conn_id,
            "poll_interval": self.poke_interval,
        }
        self.defer(
            trigger=self.trigger(arguments),
            method_name="execute_complete",
            # A second net, for a trigger that never comes to its own deadline.
            timeout=wait + report.GRACE,
        )
        return None
