"""Wait for incoming texts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Context, timezone

from airflow_provider_smsworks.api.errors import SmsWorksError
from airflow_provider_smsworks.api.masking import mask_number
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.operators.base import show_label, show_number
from airflow_provider_smsworks.operators.links import SANDBOX_LINKS
from airflow_provider_smsworks.rendered import is_nothing
from airflow_provider_smsworks.sensors.base import SmsWorksBaseSensor
from airflow_provider_smsworks.subjects.arrived import fingerprint
from airflow_provider_smsworks.subjects.incoming import IncomingText
from airflow_provider_smsworks.subjects.subject import Event

if TYPE_CHECKING:
    from airflow.triggers.base import BaseTrigger

    from airflow_provider_smsworks.api.requests.checks import Check

_BEGAN = "smsworks_inbox_since"
_FILTERS = ("from_number", "to_number", "keyword", "pattern", "since")


class SmsWorksInboxSensor(SmsWorksBaseSensor):
    """
    Wait for a text that somebody sends to the account, and return it; of several the oldest.

    .. code-block:: python

        SmsWorksInboxSensor(task_id="answer", from_number="{{ params.phone }}", keyword="yes", timeout=3600)

    Looking does not mark texts as read, so any number of tasks can wait for the same ones. If a process dies, the
    wait goes on and finds what came meanwhile. Two tasks that wait for the same text both get it.

    **Since when.** By default the wait takes what came since this task first began in its run: a retry and a Clear
    find what came during the first try. An answer to a text that a task before this one sent may be quicker than the
    scheduler: give ``since="{{ dag_run.start_date.isoformat() }}"``. On Airflow before 3.3, which does not keep when
    the first try began, a retry takes the start of the run. A text may seem two seconds older: clocks differ.

    :param from_number: the phone, in any spelling (templated)
    :param to_number: the account's own number that it is sent to (templated)
    :param keyword: the gateway's keyword, or the first word of the text; capitals do not matter (templated)
    :param pattern: a regular expression that is found in the text (``re.search``; ``(?i)`` in front for any
        capitals). Keep it simple: one that backtracks for ever stops whoever waits (templated)
    :param since: aware datetime, or ISO 8601 with offset: take nothing older (templated)
    :param unread: only a text that nobody has read, and mark it as read. The mark is set at the end of the task: if
        the worker dies between the two, a retry does not find the text again
    :param reveal: whether the result has the phone's number in full
    :return: ``message_id from to content keyword received``; ``from`` is masked unless ``reveal``. It is in XCom:
        whoever may see that can read the text
    :raises AirflowSensorTimeout: there was none before ``timeout`` (seconds)

    The other parameters are those of :class:`SmsWorksBaseSensor`.
    """

    template_fields: Sequence[str] = (*SmsWorksBaseSensor.template_fields, *_FILTERS)
    shown_as = {"from_number": show_number, "to_number": show_number, "keyword": show_label, "pattern": show_label}
    operator_extra_links = SANDBOX_LINKS
    kind = IncomingText

    def __init__(
        self,
        *,
        from_number: str | int | None = None,
        to_number: str | int | None = None,
        keyword: str | None = None,
        pattern: str | None = None,
        since: dt.datetime | str | None = None,
        unread: bool = False,
        reveal: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.from_number = from_number
        self.to_number = to_number
        self.keyword = keyword
        self.pattern = pattern
        self.since = since
        self.unread = unread
        self.reveal = reveal
        self._filters = [name for name in _FILTERS if getattr(self, name) is not None]

    def subject(self, context: Context) -> IncomingText:
        """Return the text that fits."""
        from airflow_provider_smsworks.api.requests.checks import Check

        check = Check(self.hook.settings)
        given = self.given(*_FILTERS)
        for name in self._filters:
            if is_nothing(given[name]):
                # Without it any text would fit.
                check.problem(name, "is empty, and would let any text through: give a value, or leave it out")
                given[name] = None
        arguments: dict[str, Any] = {
            "to_number": check.number_of_search("to_number", given["to_number"]),
            "keyword": _one_word(check, given["keyword"]),
            "pattern": _pattern(check, given["pattern"]),
            "unread": bool(check.flag("unread", self.unread)),
        }
        from_number = check.number_of_search("from_number", given["from_number"])
        since = check.moment("since", given["since"])
        check.done()
        if from_number is not None:
            arguments["sender"] = fingerprint(self.hook.settings, from_number)
        return IncomingText(since=since or self._first_began(context), **arguments)

    def trigger(self, arguments: Mapping[str, Any]) -> BaseTrigger:
        """Return the trigger that waits for it."""
        from airflow_provider_smsworks.triggers.inbox_wait import SmsWorksInboxWaitTrigger

        return SmsWorksInboxWaitTrigger(**arguments)

    def found(self, seen: Event) -> dict[str, Any]:
        """Read the text: the event, which Airflow stores and logs, has its id only."""
        text = self.hook.get_message(seen["message_id"])
        phone = mask_number(text["sender"])
        self.log.info("Text %s came from %s at %s.", text["message_id"], phone, text["created"])
        if self.unread:
            self._mark_as_read(text)
        return {
            "message_id": text["message_id"],
            "from": text["sender"] if self.reveal else phone,
            "to": text["to"],
            "content": text["content"],
            "keyword": text["keyword"],
            "received": text["created"],
        }

    def _first_began(self, context: Context) -> str:
        """Return when this task began for the first time in its run."""
        ti, now = context["ti"], timezone.utcnow()
        store = context.get("task_state_store")
        if store is None:
            is_first = (ti.try_number or 1) <= 1 and not self.reschedule
            began = None if is_first else getattr(context.get("dag_run"), "start_date", None)
            return str((began or now).isoformat())
        kept = store.get(_BEGAN)
        if kept is None:
            kept = now.isoformat()
            store.set(_BEGAN, kept)
        return str(kept)

    def _mark_as_read(self, text: Record) -> None:
        """Read the inbox, as narrow as it can be: what it returns besides is marked as well."""
        query: dict[str, Any] = {"sender": text["sender"], "to": text["to"]}
        try:
            moment = dt.datetime.fromisoformat(text["created"] or "")
            # Some of the gateway's dates are whole seconds.
            near = dt.timedelta(milliseconds=1) if moment.microsecond else dt.timedelta(seconds=1)
            query |= {"since": moment - near, "until": moment + near}
            self.hook.get_unread_messages(**query)
        except (SmsWorksError, ValueError) as error:
            self.log.warning("Text %s cannot be marked as read: %s", text["message_id"], type(error).__name__)


def _one_word(check: Check, keyword: object) -> str | None:
    given = check.text("keyword", keyword)
    if given and not re.fullmatch(r"\w+", given.strip()):
        check.problem("keyword", "must be one word: give a `pattern` for anything else")
    return given and given.strip()


def _pattern(check: Check, pattern: object) -> str | None:
    given = check.text("pattern", pattern)
    try:
        re.compile(given or "")
    except re.error as error:
        check.problem("pattern", f"is no regular expression: {error}")
    return given
