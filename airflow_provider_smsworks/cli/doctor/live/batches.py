"""The second text, which goes out as lists do: as a collection."""

from __future__ import annotations

import math
from typing import Any

from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksNotFoundError
from airflow_provider_smsworks.api.operations import GET_BATCH, SEND_COLLECTION
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.cli.doctor.live.interview import Interview
from airflow_provider_smsworks.cli.doctor.live.watching import watch
from airflow_provider_smsworks.cli.doctor.report import Answer
from airflow_provider_smsworks.sending.identity import KEY_PAIR


def ask(interview: Interview) -> bool:
    """Send a collection of one text and tell what became of it; False: nothing else should be sent."""
    line, plan, report = interview.line, interview.plan, interview.report
    pairs = interview.pairs()
    text: dict[str, Any] = {"to": plan.phone, "content": plan.second, "sender": plan.sender, "metadata": pairs}
    answer, accepted = interview.send("text 2", plan.second, lambda: line.ask(SEND_COLLECTION, messages=[text]))
    if answer is None:
        return False
    is_known = "message_id" not in answer
    if is_known:
        report.answer(_new_batch(interview, answer["batch_id"], accepted))
    watched = interview.watch(plan.second, accepted)
    interview.lags.append(watched.after if watched.found is not None else math.inf)
    report.answer(_shown(interview, pairs, watched.found, answer["batch_id"]))
    return True


def _new_batch(interview: Interview, batch_id: str, accepted: float) -> Answer:
    question = "What does GET /batch/{batchid} say right after a list was sent?"
    documents = "Nothing."
    line = interview.line
    first: list[str] = []

    def look() -> int | None:
        try:
            messages = line.ask(GET_BATCH, batch_id=batch_id)
        except SmsWorksNotFoundError:
            first.append("not_found")
            return None
        first.append("shown" if messages else "empty")
        return len(messages) or None

    try:
        watched = watch(look, accepted, interview.plan.wait)
    except SmsWorksError as error:
        return Answer(question, documents, None, str(error))
    words = {"shown": "The messages", "empty": "An empty list", "not_found": "404, as if there were none"}
    seen = words[first[0]]
    if first[0] != "shown":
        seen += f"; {watched.within('the messages')}" if watched.found else "; nothing else in time"
    means = "Waits for the reports of a list allow for each of these. Nothing to set."
    return Answer(question, documents, f"{seen}.", means, {"new_batch": first[0]})


def _shown(interview: Interview, pairs: dict[str, str], found: Record | None, batch_id: str | None) -> Answer:
    question = "Can the texts of a list be told apart afterwards?"
    documents = "A message may have a `batchid`; of metadata in a collection they say nothing."
    if found is None:
        means = "A list whose worker dies may text people again: set on_unknown='fail', and `search_lag` high."
        return Answer(question, documents, None, f"Searches never showed the text. {means}")
    has_key = found["metadata"].get(KEY_PAIR) == pairs[KEY_PAIR]
    has_batch = bool(found["batch_id"]) and batch_id in (None, found["batch_id"])
    shown = [name for name, is_there in {"its metadata": has_key, "its batch": has_batch}.items() if is_there]
    seen = f"A search shows {' and '.join(shown) or 'neither its metadata nor its batch'}."
    if has_key:
        means = "A list whose worker dies goes on with those who have not got theirs. Nothing to set."
    else:
        means = (
            "If a worker dies while a call of a list is under way, its texts are recognised by sender and words: let"
            " them differ from each other (a name, an order), or set on_unknown='fail'."
        )
    return Answer(question, documents, seen, means)
