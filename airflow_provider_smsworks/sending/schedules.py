"""
Texts that the gateway sends later, to one phone or to many.

They are looked up in the list of what is scheduled. Nothing promises that it shows metadata, so an entry is ours if it
shows our key or, showing no metadata, has our recipients, words and moment: whoever made it, they get this text then.
What was scheduled can be taken back and made anew, in this order: never are there two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_smsworks.api.errors import SmsWorksRejectedError, SmsWorksValidationError
from airflow_provider_smsworks.api.masking import mask_number
from airflow_provider_smsworks.api.numbers import NumberProblem, parse_number
from airflow_provider_smsworks.api.operations import SCHEDULE_BATCH, SCHEDULE_MESSAGE, SEND_BATCH, SEND_MESSAGE, Call
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.api.requests.checks import Check
from airflow_provider_smsworks.api.requests.messages import moment_to_send
from airflow_provider_smsworks.api.text import count_parts
from airflow_provider_smsworks.sending.cost import cost_of_text
from airflow_provider_smsworks.sending.identity import KEY_PAIR, pairs_of
from airflow_provider_smsworks.sending.messages import with_pairs
from airflow_provider_smsworks.sending.task import SendingTask
from airflow_provider_smsworks.sending.text import Sought, Text

_SCHEDULED, _CANCELLED = "SCHEDULED", "CANCELLED"


def scheduled_message_text(task: SendingTask, arguments: Mapping[str, Any]) -> Text:
    """
    Return a text to one phone that goes out later.

    :param arguments: of ``schedule_message``
    """
    body = SEND_MESSAGE.prepare(task.settings, **_without_schedule(arguments)).body
    to = body["destination"]
    later = _Later(task, [to], body["sender"], body["content"], _moment(task, arguments))

    def prepare(key: str) -> Call[Record]:
        return SCHEDULE_MESSAGE.prepare(task.settings, **with_pairs(arguments, pairs_of(task.conn_id, key)))

    def result(found: Record, adopted: bool) -> Record:
        message_id = found.get("message_id") or found.get("schedule_id")
        return {"message_id": message_id, "to": mask_number(to), **later.result(found, adopted)}

    def withdraw(earlier: Record) -> bool:
        return later.take_back(earlier["message_id"], task.hook.cancel_scheduled_message, lambda: prepare(""))

    return later.text(task.key("schedule", [to]), prepare, result, withdraw)


def scheduled_batch_text(task: SendingTask, arguments: Mapping[str, Any]) -> Text:
    """
    Return one text to many phones that goes out later.

    :param arguments: of ``schedule_batch``
    """
    body = SEND_BATCH.prepare(task.settings, **_without_schedule(arguments)).body
    recipients = body["destinations"]
    later = _Later(task, recipients, body["sender"], body["content"], _moment(task, arguments), is_batch=True)

    def prepare(key: str) -> Call[Record]:
        return SCHEDULE_BATCH.prepare(task.settings, **arguments)

    def result(found: Record, adopted: bool) -> Record:
        batch_id = found.get("batch_id") or found.get("schedule_id")
        count = len(found.get("to") or recipients)
        return {"batch_ids": [batch_id], "recipients": count, **later.result(found, adopted)}

    def withdraw(earlier: Record) -> bool:
        return later.take_back(earlier["batch_ids"][0], task.hook.cancel_scheduled_batch, lambda: prepare(""))

    # Without the recipients: a list that changed is the same task's, and what it scheduled is kept or replaced.
    return later.text(task.key("schedule batch"), prepare, result, withdraw)


def _without_schedule(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of the same text sent now: when its moment has passed, what was scheduled still counts."""
    return {name: value for name, value in arguments.items() if name != "schedule"}


def _moment(task: SendingTask, arguments: Mapping[str, Any]) -> str:
    check = Check(task.settings)
    moment = moment_to_send(check, arguments["schedule"], future=False)
    check.done()
    return moment or ""


@dataclass(frozen=True)
class _Later:
    """What a text is recognised by in the list of what is scheduled."""

    task: SendingTask
    recipients: Sequence[str]
    sender: str
    content: str
    moment: str
    is_batch: bool = False

    def text(self, key: str, prepare: Any, result: Any, withdraw: Any) -> Text:
        bill = [cost_of_text(to, self.content) for to in self.recipients]
        words = self._words(self.recipients, self.sender, self.content, self.moment)
        return Text(key, words, prepare, self.find, result, withdraw=withdraw, bill=bill)

    def result(self, found: Record, adopted: bool) -> Record:
        parts = count_parts(self.content) * len(self.recipients)
        return {
            "status": found["status"],
            # An earlier try may have said another moment.
            "schedule": found.get("schedule") or self.moment,
            "parts": None if adopted else parts,
            "credits_used": None,
            "adopted": adopted,
        }

    def find(self, sought: Sought) -> Record | None:
        for entry in self.task.hook.get_scheduled_messages():
            if entry["is_batch"] != self.is_batch:
                continue
            if entry["metadata"]:
                if entry["metadata"].get(KEY_PAIR) == sought.key:
                    return entry
            elif entry["status"] != _CANCELLED and self._is_same(entry, sought.words):
                return entry
        return None

    def take_back(self, schedule_id: str, cancel: Any, make_anew: Callable[[], object]) -> bool:
        """Cancel what an earlier try scheduled; tell whether it will not go out."""
        try:
            make_anew()
        except SmsWorksValidationError:
            # What cannot be made anew (its moment has passed, for example) must not be cancelled for it.
            if self._status_of(schedule_id) in (_SCHEDULED, _CANCELLED):
                raise
            return False
        try:
            cancelled: bool = cancel(schedule_id)["status"] == _CANCELLED
        except SmsWorksRejectedError:
            # What is cancelled already may be refused as an id that is not known (code 4008).
            return self._status_of(schedule_id) == _CANCELLED
        return cancelled

    def _status_of(self, schedule_id: str) -> str | None:
        entries = self.task.hook.get_scheduled_messages()
        return next((entry["status"] for entry in entries if entry["schedule_id"] == schedule_id), None)

    def _is_same(self, entry: Record, words: frozenset[str]) -> bool:
        numbers = {self._number(to) for to in entry["to"]}
        said = self._words(numbers, entry["sender"] or "", entry["content"] or "", entry["schedule"] or "")
        return said in words

    def _words(self, recipients: Iterable[str], sender: str, content: str, moment: str) -> str:
        # With the recipients, for the list may have changed since. Whole seconds: one of the gateway's two spellings
        # of a date has no more.
        return self.task.fingerprint("words", *sorted(set(recipients)), sender, content, moment[:19])

    def _number(self, to: str | None) -> str:
        try:
            return parse_number(to, region=self.task.settings.default_region, allow_test_numbers=True)
        except NumberProblem:
            return ""
