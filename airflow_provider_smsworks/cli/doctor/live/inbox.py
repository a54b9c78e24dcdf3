"""Whether looking marks texts as read; only if the user wants to know, for it may."""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow_provider_smsworks.api.operations import GET_UNREAD_MESSAGES, SEARCH_MESSAGES
from airflow_provider_smsworks.cli.doctor.live.interview import Interview
from airflow_provider_smsworks.cli.doctor.report import Answer

_MEANS = {
    "searches_too": "Whatever looks, operators and people on the account page too, takes unread texts from the others:"
    " do not use unread=True.",
    "consuming": "SmsWorksGetUnreadMessagesOperator and unread=True take a text from all others that want unread ones;"
    " triggers and sensors without it take nothing.",
    "keeping": "Reading the inbox takes nothing from anybody: a task that reads unread texts sees them again, so let"
    " it remember which it has seen.",
}


def ask(interview: Interview) -> None:
    """Look at one unread text, and again."""
    question = "Does looking at texts that came in mark them as read?"
    documents = "Nothing: the inbox has unread ones, and no operation marks one as read."
    line = interview.line
    # Only what has come by now, so that a new one does not look as if another were gone.
    until = dt.datetime.now(dt.UTC)
    query: dict[str, Any] = {"until": until, "limit": 1}
    by_search: dict[str, Any] = {**query, "status": "INCOMING", "unread": True}
    unread = line.ask(SEARCH_MESSAGES, **by_search)
    if not unread:
        means = "There is no unread text. Text your reply number, and run this again."
        interview.report.answer(Answer(question, documents, None, means))
        return
    if line.ask(SEARCH_MESSAGES, **by_search)[:1] != unread[:1]:
        reading, seen = "searches_too", "A search marked a text as read."
    else:
        first = line.ask(GET_UNREAD_MESSAGES, **query)
        again = line.ask(GET_UNREAD_MESSAGES, **query)
        is_kept = bool(first) and first[0]["message_id"] == (again[0]["message_id"] if again else None)
        reading = "keeping" if is_kept else "consuming"
        seen = "The inbox shows a text again." if is_kept else "The inbox does not show a text a second time."
    interview.report.answer(Answer(question, documents, seen, _MEANS[reading], {"inbox": reading}))
