"""Operators that read and delete messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Context

from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksNotFoundError
from airflow_provider_smsworks.api.statuses import can_try_again
from airflow_provider_smsworks.failing import permanent_errors_end_the_task
from airflow_provider_smsworks.operators.links import SANDBOX_LINKS, message_anchor
from airflow_provider_smsworks.operators.query_base import SmsWorksQueryOperator
from airflow_provider_smsworks.operators.read_base import (
    CHANGES_COLOR,
    SmsWorksReadOperator,
    SmsWorksRequestOperator,
    is_repeat,
    says_unknown,
)

if TYPE_CHECKING:
    from airflow_provider_smsworks.api.records.fields import Record


class SmsWorksGetMessageOperator(SmsWorksReadOperator):
    """
    Read one message and its delivery report (the connector's "Get message").

    A message that the gateway does not know is asked for twice, ``search_lag`` seconds apart: it may be new.
    Killed at any moment, the next try reads again.

    :param message_id: the id that a send returned (templated)
    :return: ``message_id status to sender content created modified schedule tag batch_id keyword credits_used
        failure_reason metadata``; moments are ISO 8601, ``to`` is masked
    :raises SmsWorksNotFoundError: there is no such message; ends the task

    The other parameters are those of :class:`SmsWorksReadOperator`.
    """

    template_fields: Sequence[str] = ("smsworks_conn_id", "message_id")
    shown_as = {"message_id": str}
    operator_extra_links = SANDBOX_LINKS

    def __init__(self, *, message_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.message_id = message_id

    def execute(self, context: Context) -> Record:
        """Read it."""
        with permanent_errors_end_the_task():
            arguments = self.asked("message_id")
            message = self.look(lambda: self.hook.get_message(**arguments), **arguments)
        self.link_anchor = message_anchor(message["message_id"])
        return self.one(message)


class SmsWorksSearchMessagesOperator(SmsWorksQueryOperator):
    """
    Find messages, sent and received (the connector's "Search messages").

    .. code-block:: python

        SmsWorksSearchMessagesOperator(
            task_id="replies", status="INCOMING", since="{{ data_interval_start }}", until="{{ data_interval_end }}"
        )

    Without ``limit`` and ``skip`` it reads all pages, however many: give ``since``, because all of it goes to XCom.
    Killed at any moment, the next try finds the same, and what has come since. Only with ``unread=True`` it may not: no
    document says whether a search marks what it returns as read.

    None of the parameters need be given. One that is given and renders to nothing is an error, so that a search for one
    person never becomes one for all.

    :param status: SENT, DELIVERED, EXPIRED, UNDELIVERABLE, REJECTED or INCOMING (templated)
    :param credits: credits used (templated)
    :param to: the phone that was texted; of incoming messages, your own number (templated)
    :param sender: who texted: a name, or with ``status="INCOMING"`` the phone, in any spelling (templated)
    :param keyword: the keyword of incoming messages (templated)
    :param since: earliest moment: an aware datetime, or ISO 8601 text with its offset (templated)
    :param until: latest moment (templated)
    :param limit: at most so many messages, 1 to 1,000 (templated)
    :param skip: leave out so many messages first (templated)
    :param unread: of incoming messages, only unread (True) or only read ones (False) (templated)
    :param metadata: pairs that the messages were sent with (templated)
    :return: a list of messages, each as :class:`SmsWorksGetMessageOperator` returns it; texts are in full, also those
        with passcodes
    :raises SmsWorksValidationError: naming every parameter that is wrong, before the call; ends the task

    The other parameters are those of :class:`SmsWorksReadOperator`.
    """

    def execute(self, context: Context) -> list[Record]:
        """Find them."""
        with permanent_errors_end_the_task():
            return self.many(self.read_all(self.hook.search_messages))


class SmsWorksGetUnreadMessagesOperator(SmsWorksQueryOperator):
    """
    Get unread incoming messages (the connector's "Get unread messages").

    **A crash loses texts.** The gateway may mark what it returns as read (no document says): if the answer is lost, or
    the worker dies before Airflow has the result, the next try does not get these messages. They are not gone, and
    :class:`SmsWorksSearchMessagesOperator` with ``status="INCOMING"`` and ``since`` finds them; prefer that, or
    ``SmsWorksInboxSensor``, to begin with.

    It is one call: at most ``limit`` messages, or 1,000.

    :return: a list of messages, each as :class:`SmsWorksGetMessageOperator` returns it; ``sender`` is masked
    :raises SmsWorksValidationError: naming every parameter that is wrong, before the call; ends the task
    :raises SmsWorksUnavailableError: the answer was lost (see above)

    The parameters are those of :class:`SmsWorksSearchMessagesOperator`.
    """

    def execute(self, context: Context) -> list[Record]:
        """Get them."""
        # Deferred: a Dag file that only names an operator should not pay for what runs later.
        from airflow_provider_smsworks.api.requests.lookups import MAX_LIMIT

        with permanent_errors_end_the_task():
            # All of them are incoming; said so, `sender` is a phone, in any spelling.
            query = {"status": "INCOMING"} | self.query()
            messages = self.hook.get_unread_messages(**query)
        if len(messages) >= query.get("limit", MAX_LIMIT):
            self.log.warning("There may be more unread messages than these %d.", len(messages))
        return self.many(messages)


class SmsWorksGetFailedMessagesOperator(SmsWorksQueryOperator):
    """
    Find messages that did not arrive, and say why (the connector's "Get failed messages").

    Without ``limit`` and ``skip`` it reads all pages. It changes nothing, so the next try may read again.

    :return: a list of messages, each as :class:`SmsWorksGetMessageOperator` returns it, and with ``meaning`` (why),
        ``remedy`` (what to do) and ``can_try_again`` (whether sending it again can help: True, False, or None: a person
        decides)
    :raises SmsWorksValidationError: naming every parameter that is wrong, before the call; ends the task

    The parameters are those of :class:`SmsWorksSearchMessagesOperator`.
    """

    def execute(self, context: Context) -> list[Record]:
        """Find and explain them."""
        with permanent_errors_end_the_task():
            messages = self.read_all(self.hook.get_failed_messages)
        return [record | _why(message) for record, message in zip(self.many(messages), messages, strict=True)]


class SmsWorksDeleteMessageOperator(SmsWorksRequestOperator):
    """
    Delete a message and its delivery report from the account (the connector's "Delete message").

    It takes nothing back: what was sent has been sent.

    If the worker dies or the answer is lost after the gateway deleted it, the next try finds nothing by this id. From
    the second try on that is a success, also after a Clear; in a first try it is an error, because the id is wrong.

    :param message_id: the id that a send returned (templated)
    :param ignore_missing: whether a message that is not there is as good as deleted in the first try, too
    :return: ``message_id status``; the status is DELETED
    :raises SmsWorksNotFoundError: there is no such message; ends the task
    :raises SmsWorksUnavailableError: whether it was deleted is not known; the next try will know
    :param smsworks_conn_id: the connection (templated)
    """

    template_fields: Sequence[str] = ("smsworks_conn_id", "message_id")
    shown_as = {"message_id": str}
    ui_color = CHANGES_COLOR

    def __init__(self, *, message_id: str, ignore_missing: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.message_id = message_id
        self.ignore_missing = ignore_missing

    def execute(self, context: Context) -> dict[str, Any]:
        """Delete it."""
        with permanent_errors_end_the_task():
            message_id = str(self.asked("message_id")["message_id"])
            try:
                done = self.hook.delete_message(message_id)
            except SmsWorksError as error:
                if not says_unknown(error) or self._is_there(message_id):
                    raise
                if not (self.ignore_missing or is_repeat(context)):
                    raise SmsWorksNotFoundError(
                        f"Message {message_id} was not deleted: there is no such message. Check the id (reports are"
                        " deleted after 3 months), or set `ignore_missing`."
                    ) from None
                self.log.info("Message %s is not there; an earlier try or somebody else deleted it.", message_id)
                return {"message_id": message_id, "status": "DELETED"}
        self.log.info("Message %s: %s.", message_id, done["status"])
        return {"message_id": message_id, "status": done["status"]}

    def _is_there(self, message_id: str) -> bool:
        try:
            return bool(self.look(lambda: self.hook.get_message(message_id), message_id=message_id))
        except SmsWorksNotFoundError:
            return False


def _why(message: Record) -> dict[str, Any]:
    # Deferred: a Dag file that only names an operator should not pay for what runs later.
    from airflow_provider_smsworks.api.codes import explain

    reason = message["failure_reason"] or {}
    code = explain(reason.get("code"), reason.get("permanent"))
    return {
        "meaning": code.meaning,
        "remedy": code.remedy,
        "can_try_again": can_try_again(message["status"], reason),
    }
