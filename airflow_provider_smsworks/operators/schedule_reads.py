"""Operators that read what is scheduled, and take it back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowSkipException, Context

from airflow_provider_smsworks.api.errors import (
    SmsWorksError,
    SmsWorksNotFoundError,
    SmsWorksRejectedError,
    SmsWorksValidationError,
)
from airflow_provider_smsworks.api.statuses import is_known, normal
from airflow_provider_smsworks.failing import permanent_errors_end_the_task
from airflow_provider_smsworks.operators.read_base import (
    CHANGES_COLOR,
    SmsWorksReadOperator,
    SmsWorksRequestOperator,
    says_unknown,
)
from airflow_provider_smsworks.rendered import is_list_made_text
from airflow_provider_smsworks.report import OTHERWISE, Otherwise

if TYPE_CHECKING:
    from airflow_provider_smsworks.api.records.fields import Record

_DECIDED = ("CANCELLED", "PROCESSED")
_NOT_ONE_ID = "must be one id, not a list: cancel each in a task of its own, such as a mapped one"


class SmsWorksGetScheduledMessagesOperator(SmsWorksReadOperator):
    """
    List what is scheduled, messages and batches (the connector's "Get scheduled messages").

    The gateway shows what was scheduled in the last three months, and all that is to come. Killed at any moment, the
    next try reads again.

    :param status: only entries with this one: SCHEDULED, PROCESSED (it has gone out) or CANCELLED (templated)
    :return: a list of ``schedule_id is_batch status to sender content schedule metadata``; ``to`` is a list of masked
        numbers, ``schedule`` is ISO 8601, and ``schedule_id`` is what to cancel the entry by
    :raises SmsWorksValidationError: there is no such status; ends the task

    The other parameters are those of :class:`SmsWorksReadOperator`.
    """

    template_fields: Sequence[str] = ("smsworks_conn_id", "status")
    shown_as = {"status": str}

    def __init__(self, *, status: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.status = status

    def execute(self, context: Context) -> list[Record]:
        """List them."""
        with permanent_errors_end_the_task():
            status = self.asked("status")["status"]
            if status is not None and not (isinstance(status, str) and is_known(status, "schedule")):
                raise SmsWorksValidationError(["`status` must be SCHEDULED, PROCESSED or CANCELLED"])
            entries = self.hook.get_scheduled_messages()
        wanted = [entry for entry in entries if status is None or normal(entry["status"]) == normal(status)]
        return self.many(wanted, "scheduled message(s) and batch(es)")


class _CancelOperator(SmsWorksRequestOperator):
    """What cancelling a message and cancelling a batch have in common."""

    ui_color = CHANGES_COLOR
    id_name: str
    what: str

    def __init__(self, *, on_processed: Otherwise = "fail", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.on_processed = on_processed

    @abstractmethod
    def cancel(self, schedule_id: str) -> Record:
        """Call the gateway."""

    def execute(self, context: Context) -> dict[str, str]:
        """Cancel it, unless it was cancelled already."""
        with permanent_errors_end_the_task():
            schedule_id = self.asked(self.id_name)[self.id_name]
            if not isinstance(schedule_id, str | int) or is_list_made_text(schedule_id):
                raise SmsWorksValidationError([f"`{self.id_name}` {_NOT_ONE_ID}"])
            schedule_id = str(schedule_id)
            if self.on_processed not in OTHERWISE:
                raise SmsWorksValidationError([f"`on_processed` must be one of {', '.join(OTHERWISE)}"])
            status = self._status_after(schedule_id)
            if status == "PROCESSED":
                self._too_late(schedule_id)
        self.log.info("Scheduled %s %s: %s.", self.what, schedule_id, status)
        return {self.id_name: schedule_id, "status": status}

    def _status_after(self, schedule_id: str) -> str:
        """Cancel, and return CANCELLED or PROCESSED, whatever the gateway answers to a second cancellation."""
        try:
            status = normal(self.cancel(schedule_id)["status"])
        except SmsWorksError as error:
            # A refusal may mean that there is nothing left to cancel; a lost answer, that it is cancelled.
            if error.no_effect and not says_unknown(error):
                raise
            return self._status_in_list(schedule_id, error)
        return status if status in _DECIDED else self._status_in_list(schedule_id, None)

    def _status_in_list(self, schedule_id: str, error: SmsWorksError | None) -> str:
        entries = {entry["schedule_id"]: entry for entry in self.hook.get_scheduled_messages()}
        entry = entries.get(schedule_id)
        status = normal(entry["status"]) if entry else ""
        if status in _DECIDED:
            if error is None or error.no_effect:
                self.log.info("Nothing was left to do: it was %s already.", status)
            return status
        if entry and entry["is_batch"] and self.what == "message":
            raise SmsWorksNotFoundError(
                f"No message was cancelled: {schedule_id} is a scheduled batch. Cancel it as one, with"
                " SmsWorksCancelScheduledBatchOperator."
            )
        if error is not None and (entry or not says_unknown(error)):
            raise error
        if entry:
            raise SmsWorksRejectedError(
                f"Scheduled {self.what} {schedule_id} may not be cancelled: the gateway took the call, and says that it"
                f" is {status or 'in no status'}. Look at the account page.",
                no_effect=False,
                sends=False,
            )
        raise SmsWorksNotFoundError(
            f"No {self.what} was cancelled: nothing is scheduled by the id {schedule_id}. Give the id that scheduling"
            " it returned; the gateway's list goes back three months."
        )

    def _too_late(self, schedule_id: str) -> None:
        message = f"The {self.what} {schedule_id} was not cancelled: it is PROCESSED, so it has gone out already."
        if self.on_processed == "skip":
            raise AirflowSkipException(message)
        if self.on_processed == "fail":
            raise SmsWorksRejectedError(message)


class SmsWorksCancelScheduledMessageOperator(_CancelOperator):
    """
    Take back a scheduled text that has not gone out (the connector's "Cancel scheduled message").

    Cancelling twice is the same as once: if the gateway refuses, or its answer is lost, the scheduled list says whether
    it is cancelled already. So if the worker dies after the gateway cancelled it, the next try ends with success.

    :param message_id: the id that scheduling it returned (templated)
    :param on_processed: if it has gone out already: ``"fail"``, ``"skip"``, or ``"return"`` the status PROCESSED
    :return: ``message_id status``; the status is CANCELLED, or with "return" PROCESSED
    :raises SmsWorksRejectedError: it has gone out already; ends the task
    :raises SmsWorksNotFoundError: nothing is scheduled by this id; ends the task
    :raises SmsWorksUnavailableError: whether it was cancelled is not known; the next try will know
    :param smsworks_conn_id: the connection (templated)
    """

    template_fields: Sequence[str] = ("smsworks_conn_id", "message_id")
    shown_as = {"message_id": str}
    id_name = "message_id"
    what = "message"

    def __init__(self, *, message_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.message_id = message_id

    def cancel(self, schedule_id: str) -> Record:
        """Call the gateway."""
        return self.hook.cancel_scheduled_message(schedule_id)


class SmsWorksCancelScheduledBatchOperator(_CancelOperator):
    """
    Take back a scheduled batch that has not gone out (the connector's "Cancel scheduled batch").

    Everything else is as with :class:`SmsWorksCancelScheduledMessageOperator`.

    :param batch_id: the id that scheduling it returned (templated)
    :param on_processed: if it has gone out already: ``"fail"``, ``"skip"``, or ``"return"`` the status PROCESSED
    :return: ``batch_id status``; the status is CANCELLED, or with "return" PROCESSED
    :raises SmsWorksRejectedError: it has gone out already; ends the task
    :raises SmsWorksNotFoundError: nothing is scheduled by this id; ends the task
    :raises SmsWorksUnavailableError: whether it was cancelled is not known; the next try will know
    :param smsworks_conn_id: the connection (templated)
    """

    template_fields: Sequence[str] = ("smsworks_conn_id", "batch_id")
    shown_as = {"batch_id": str}
    id_name = "batch_id"
    what = "batch"

    def __init__(self, *, batch_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.batch_id = batch_id

    def cancel(self, schedule_id: str) -> Record:
        """Call the gateway."""
        return self.hook.cancel_scheduled_batch(schedule_id)
