"""A text that is scheduled far ahead, looked for, and taken back."""

from __future__ import annotations

import time
from contextlib import suppress

from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksNotFoundError
from airflow_provider_smsworks.api.operations import (
    CANCEL_SCHEDULED_MESSAGE,
    GET_SCHEDULED_MESSAGES,
    SCHEDULE_MESSAGE,
)
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.cli.doctor.live.interview import Interview
from airflow_provider_smsworks.cli.doctor.live.watching import watch
from airflow_provider_smsworks.cli.doctor.report import Answer, Sent
from airflow_provider_smsworks.sending.identity import KEY_PAIR

_WHAT = "text 3, for later,"
_TRIES = 4
_CANCELLED = "CANCELLED"


def ask(interview: Interview) -> None:
    """Schedule a text, look for it, and take it back, whatever happens meanwhile."""
    line, plan, report = interview.line, interview.plan, interview.report
    pairs = interview.pairs()
    began, schedule_id, is_list = time.time(), None, None
    try:
        answer = line.ask(
            SCHEDULE_MESSAGE,
            to=plan.phone,
            content=plan.later,
            sender=plan.sender,
            schedule=plan.moment,
            metadata=pairs,
        )
        schedule_id, is_list = answer["message_id"], isinstance(line.heard.json, list) if line.heard else None
        report.went_out(Sent(_WHAT, "scheduled", schedule_id))
    except SmsWorksError as error:
        if error.nothing_sent:
            report.went_out(Sent(_WHAT, "refused"))
            report.add("warning", "live", f"{_WHAT} was not scheduled: {error}")
            return
        report.went_out(Sent(_WHAT, "unknown"))
    except KeyboardInterrupt:
        report.went_out(Sent(_WHAT, "unknown"))
        _take_back(interview, None)
        raise
    try:
        entry, after = _listed(interview, began)
        if entry is not None:
            schedule_id = entry["schedule_id"]
    except BaseException:
        _take_back(interview, schedule_id)
        raise
    if not _take_back(interview, schedule_id, was_listed=entry is not None):
        return
    report.answer(_answer(interview, pairs, entry, after, is_list=is_list))
    report.answer(_again(interview, schedule_id or ""))


def _listed(interview: Interview, began: float) -> tuple[Record | None, str]:
    watched = watch(lambda: _entry(interview), began, interview.plan.wait)
    return watched.found, watched.within("the list of what is scheduled has it")


def _entry(interview: Interview) -> Record | None:
    for entry in interview.line.ask(GET_SCHEDULED_MESSAGES):
        if entry["content"] == interview.plan.later:
            return entry
    return None


def _take_back(interview: Interview, schedule_id: str | None, *, was_listed: bool = False) -> bool:
    """
    Take the text back, which may be said more than once; True: it certainly was.

    :param was_listed: whether the list had it, so that it says something if it has it no more
    """
    report = interview.report
    for _ in range(_TRIES):
        try:
            if schedule_id is None and (entry := _entry(interview)) is not None:
                schedule_id, was_listed = entry["schedule_id"], True
            if schedule_id is None:
                break
            if _is_cancelled_now(interview, schedule_id, was_listed=was_listed):
                report.went_out(Sent(_WHAT, "cancelled", schedule_id))
                return True
            break
        except SmsWorksError:
            time.sleep(0.5)
    report.went_out(Sent(_WHAT, "not cancelled", schedule_id))
    report.add(
        "wrong",
        "live",
        f"text 3 may go out on {interview.plan.moment:%Y-%m-%d at %H:%M} UTC: it could not be taken back",
        f'SmsWorksHook("{interview.conn_id}").cancel_scheduled_message("{schedule_id}"), or the account page'
        if schedule_id
        else "look for it on the account page, or with SmsWorksHook().get_scheduled_messages(), and take it back",
    )
    return False


def _is_cancelled_now(interview: Interview, schedule_id: str, *, was_listed: bool) -> bool:
    """Cancel, and tell whether that worked. Any error but a refusal leaves it open, so it may be said again."""
    # Refused may be what an earlier try has taken back without an answer.
    with suppress(SmsWorksNotFoundError):
        if interview.line.ask(CANCEL_SCHEDULED_MESSAGE, message_id=schedule_id)["status"] == _CANCELLED:
            return True
    entry = _entry(interview)
    return was_listed if entry is None else bool(entry["status"] == _CANCELLED)


def _answer(
    interview: Interview, pairs: dict[str, str], entry: Record | None, after: str, *, is_list: bool | None
) -> Answer:
    question = "Can a scheduled text be found again, and taken back?"
    documents = "A list of what is scheduled (text), one object (schema); of metadata in it they say nothing."
    readings = {} if is_list is None else {"shapes": "spec" if is_list else "text"}
    if entry is None:
        means = "A schedule whose answer is lost is not found again: set on_unknown='fail' for schedules."
        return Answer(question, documents, "It was not in the list, and was taken back.", means, readings)
    has_key = entry["metadata"].get(KEY_PAIR) == pairs[KEY_PAIR]
    shown = "with" if has_key else "without"
    means = (
        "A schedule whose answer is lost is recognised by its key. Nothing to set."
        if has_key
        else "A schedule whose answer is lost is recognised by phone, moment and words."
    )
    now = _status_now(interview)
    seen = f"{after[0].upper()}{after[1:]}, {shown} its metadata; {now}."
    return Answer(question, documents, seen, means, readings)


def _status_now(interview: Interview) -> str:
    try:
        entry = _entry(interview)
    except SmsWorksError:
        return "the list could not be read afterwards"
    return "afterwards the list has it no more" if entry is None else f"afterwards it is {entry['status']} there"


def _again(interview: Interview, schedule_id: str) -> Answer:
    question = "What does the gateway say to a second cancellation?"
    documents = "Nothing."
    means = "SmsWorksCancelScheduledMessageOperator looks into the list then. Nothing to set."
    try:
        status = interview.line.ask(CANCEL_SCHEDULED_MESSAGE, message_id=schedule_id)["status"]
    except SmsWorksNotFoundError as error:
        seen = f"It refuses (HTTP {error.http_status}{f', code {error.code}' if error.code else ''})."
        return Answer(question, documents, seen, means, {"cancel_again": "refused"})
    except SmsWorksError as error:
        return Answer(question, documents, None, str(error))
    return Answer(question, documents, f"It answers {status}.", means, {"cancel_again": "answered"})
