"""The first text, and everything that one text can tell."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any

from airflow_provider_smsworks.api.operations import GET_MESSAGE, SEND_MESSAGE
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.api.statuses import DELIVERED, is_final
from airflow_provider_smsworks.cli.doctor.gateway import tell_clocks
from airflow_provider_smsworks.cli.doctor.live.interview import Interview
from airflow_provider_smsworks.cli.doctor.live.watching import watch
from airflow_provider_smsworks.cli.doctor.report import Answer
from airflow_provider_smsworks.sending.identity import KEY_PAIR

_JAVASCRIPT = re.compile(r"\w{3} \w{3} \d\d? \d{4} .*GMT[+-]\d{4}.*")
_NOT_SHOWN = "The text never showed, so this could not be asked."


def ask(interview: Interview) -> bool:
    """Send the first text and tell what became of it; False: nothing else should be sent."""
    line, plan, report = interview.line, interview.plan, interview.report
    pairs = interview.pairs()
    arguments: dict[str, Any] = {"to": plan.phone, "content": plan.first, "sender": plan.sender, "metadata": pairs}

    def send() -> Record:
        # The account's optimiser would spoil what the £ shall tell.
        return line.ask(SEND_MESSAGE, **arguments, ai=False)

    answer, accepted = interview.send("text 1", plan.first, send)
    if answer is None:
        return False
    as_answered = line.heard.json if line.heard and "credits_left" in answer else None
    report.answer(_billing(answer, plan.price))

    watched = interview.watch(plan.first, accepted)
    found = watched.found
    is_lag_known = as_answered is not None
    interview.lags.append(watched.after if found is not None else math.inf)
    seen = watched.within("A search found it") + "." if found is not None else None
    report.answer(
        Answer(
            "How long does a new text stay invisible to searches?",
            "Nothing.",
            seen if is_lag_known else seen and f"{seen} Its answer was lost, so that counts from the call.",
            "`search_lag` in the extra, see below."
            if found is not None
            else f"It did not show within {plan.wait:g} seconds: operators would take it for not sent, and their next"
            " try would text again. Set `search_lag` high and on_unknown='fail'"
            + (f" ({watched.error})." if watched.error else "."),
            {"search_lag": 0.0 if watched.at_once else round(watched.after, 1)}
            if found is not None and is_lag_known
            else {},
        )
    )
    if found is None:
        return True
    as_found = line.as_it_came(found["message_id"])
    is_wrapped = isinstance(line.heard.json, dict) if line.heard else False
    report.answer(_metadata(interview, pairs, as_answered, found, as_found))
    report.answer(_dates(interview, found, as_found, accepted))
    report.answer(_shapes(as_answered, as_found, is_wrapped=is_wrapped))
    report.answer(_report(interview, answer, found, accepted))
    return True


def _billing(answer: Record, price: float) -> Answer:
    question = "Does a £ count as one character or as two?"
    documents = "One (developer documents); two (the company's page about Unicode). The text was 160 characters long."
    used = answer["credits_used"]
    counted = round(used / price, 3) if used and price else None
    if counted not in (1, 2):
        return Answer(question, documents, None, f"The gateway says {used} credits, which tells neither.")
    word, end, reading = ("one", "least", "gsm") if counted == 1 else ("two", "most", "company")
    means = f"Of the range that `estimate` gives to such texts, the {end} holds. Nothing to set."
    return Answer(question, documents, f"As {word}: it cost {used:g} credit(s).", means, {"billing": reading})


def _metadata(
    interview: Interview, pairs: dict[str, str], as_answered: Any, found: Record, as_found: dict[str, Any]
) -> Answer:
    echoes = found["metadata"].get(KEY_PAIR) == pairs[KEY_PAIR]
    filters = interview.filter_reading(interview.plan.first, pairs)
    is_list = isinstance(as_found.get("metadata"), list)
    shape = "as a list of pairs" if is_list else "as an object"
    shown = f"Searches show it {shape}" if echoes else "Searches do not show it"
    if as_answered is not None:
        shown += f", and the answer to the send {'does' if _has_metadata(as_answered) else 'does not'}"
    by_filter = {
        "filters": "a search by it finds the text, and a search by another pair does not",
        "ignored": "searches ignore it as a filter",
        None: "a search by it finds nothing",
    }[filters]
    interview.is_recognised = echoes or filters == "filters"
    if echoes:
        means = "A text whose outcome is open is recognised by its key. Nothing to set."
    elif filters == "filters":
        means = "A text whose outcome is open is recognised by a search for its key. Nothing to set."
    else:
        means = (
            "A text whose outcome is open is recognised by sender and words alone: let texts to one phone differ in"
            " their words (an order, a time), or set on_unknown='fail'."
        )
    readings: dict[str, Any] = {"metadata_echo": echoes, **({"metadata_search": filters} if filters else {})}
    if echoes:
        readings["shapes"] = "text" if is_list else "spec"
    documents = "It is returned, and can be searched by; the schema of a message does not have it."
    return Answer("What becomes of a text's metadata?", documents, f"{shown}; {by_filter}.", means, readings)


def _has_metadata(answer: Any) -> bool:
    answer = answer[0] if isinstance(answer, list) and answer else answer
    return isinstance(answer, dict) and bool(answer.get("metadata"))


def _dates(interview: Interview, found: Record, as_found: dict[str, Any], accepted: float) -> Answer:
    question = "How are dates written, and is the gateway's clock right?"
    documents = "ISO 8601 (developer documents); the text of a JavaScript date (specification)."
    text = str(as_found.get("created"))
    try:
        moment = dt.datetime.fromisoformat(found["created"] or "")
    except ValueError:
        moment = dt.datetime.min
    if moment.tzinfo is None:
        interview.report.add("wrong", "clock", "dates of messages cannot be read, or name no time zone")
        return Answer(question, documents, None, "Look-ups by time may miss texts: set on_unknown='fail'.")
    tell_clocks(moment.timestamp() - accepted, "clock", "the dates of messages", interview.report)
    style = "javascript" if _JAVASCRIPT.fullmatch(text) else "iso"
    written = "As the text of a JavaScript date" if style == "javascript" else "As ISO 8601"
    apart = moment.timestamp() - accepted
    means = "Both are read. Of clocks, an hour's difference is allowed for. Nothing to set."
    return Answer(question, documents, f"{written}; the text is dated {apart:+.0f} s.", means, {"dates": style})


def _shapes(as_answered: Any, as_found: dict[str, Any], *, is_wrapped: bool) -> Answer:
    to, message_id = as_found.get("destination"), as_found.get("messageid")
    kind = "number" if isinstance(message_id, int) else "digits" if str(message_id).isdigit() else "uuid"
    number = "number" if isinstance(to, int) else "text"
    listed = "wrapped" if is_wrapped else "bare"
    readings: dict[str, Any] = {"ids": kind, "destination_type": number, "lists": listed}
    if isinstance(as_answered, dict):
        readings["optional_fields"] = "messageparts" in as_answered
    ids = {"number": "JSON numbers", "digits": "text of digits", "uuid": "text"}[kind]
    seen = (
        f"Ids are {ids}, phones are {'JSON numbers' if number == 'number' else 'text'}, lists are {listed}"
        + (f", parts are {'' if readings['optional_fields'] else 'not '}told" if "optional_fields" in readings else "")
        + "."
    )
    documents = "Text, numbers, and bare lists (1.4 and later) or wrapped ones (before)."
    return Answer("Which shapes do answers have?", documents, seen, "All are read. Nothing to set.", readings)


def _report(interview: Interview, answer: Record, found: Record, accepted: float) -> Answer:
    question = "When does the delivery report come, and in which words?"
    documents = "SENT or ACCEPTED at first, then DELIVERED, UNDELIVERED or UNDELIVERABLE; no report is promised."
    first = answer["status"] if "credits_left" in answer else found["status"]
    last: list[str] = [found["status"]]

    def look() -> str | None:
        last[0] = interview.line.ask(GET_MESSAGE, message_id=found["message_id"])["status"]
        return last[0] if is_final(last[0]) else None

    watched = watch(look, accepted, interview.plan.wait)
    readings = {"SENT": "spec", "ACCEPTED": "docs"}
    reading = {"status_words": readings[first]} if first in readings else {}
    if watched.found is None:
        seen = f"{first} at first, and {last[0]} after {watched.after:.0f} seconds."
        means = "Networks may be slow, or send none: waits need a `timeout` and on_undelivered. It stays paid."
        return Answer(question, documents, seen, means, reading)
    if watched.found != DELIVERED:
        interview.report.add("warning", "live", f"text 1 did not arrive: it is {watched.found}", "check the phone")
    seen = f"{first} at first, {watched.within(watched.found)}."
    means = "All words of the documents are understood. A wait for the report takes as long as that. Nothing to set."
    return Answer(question, documents, seen, means, reading)
