"""The steps that call the gateway and change nothing there: token, credits, clock, searches."""

from __future__ import annotations

import datetime as dt
import uuid
from email.utils import parsedate_to_datetime
from typing import Any

from airflow_provider_smsworks.api.errors import SmsWorksError
from airflow_provider_smsworks.api.operations import GET_CREDITS, GET_CUSTOMER_ID, SEARCH_MESSAGES
from airflow_provider_smsworks.cli.doctor.line import Line
from airflow_provider_smsworks.cli.doctor.report import Level, Report
from airflow_provider_smsworks.sending.identity import KEY_PAIR

_FEW_CREDITS = 10
_A_LITTLE, _WORDS_MATTER, _LOOKS_MATTER = 5, 300, 3600
_LOOKED_AT = dt.timedelta(days=30)


def look_at_gateway(line: Line, report: Report) -> bool:
    """Tell what the gateway says to the token; True: it is worth asking more."""
    is_taken = _look_at_token(line, report)
    if line.heard is not None:
        _look_at_clock(line, report)
    if is_taken:
        _look_at_credits(line, report)
        _look_at_searches(line, report)
    return is_taken


def _look_at_token(line: Line, report: Report) -> bool:
    try:
        customer = line.ask(GET_CUSTOMER_ID)
    except SmsWorksError as error:
        report.add("wrong", "token", str(error))
        return False
    how = "fetched with the key and secret, and taken" if line.settings.credentials else "taken"
    report.add("ok", "token", f"it is {how}: customer {customer}")
    return True


def _look_at_credits(line: Line, report: Report) -> None:
    try:
        credits = line.ask(GET_CREDITS)
    except SmsWorksError as error:
        report.add("wrong", "credits", str(error))
        return
    if credits < _FEW_CREDITS:
        report.add(
            "warning",
            "credits",
            f"the account has {credits:g} credits",
            "buy some, and let SmsWorksCreditsSensor or check_balance watch them",
        )
    else:
        report.add("ok", "credits", f"the account has {credits:,g} credits")


def _look_at_clock(line: Line, report: Report) -> None:
    heard = line.heard
    assert heard is not None
    try:
        theirs = parsedate_to_datetime(heard.answer.headers["date"]).timestamp()
    except (KeyError, TypeError, ValueError):
        report.add("note", "clock", "the gateway's answers tell no time")
        return
    # Their clock's seconds are whole ones.
    tell_clocks(theirs + 0.5 - (heard.began + heard.ended) / 2, "clock", "the gateway's answers", report)


def tell_clocks(ahead: float, step: str, whose: str, report: Report) -> None:
    """
    Tell what two clocks that differ mean.

    :param ahead: how many seconds theirs is ahead of ours
    """
    apart = abs(ahead)
    if apart <= _A_LITTLE:
        report.add("ok", step, f"{whose} and this machine agree on the time, to some seconds")
        return
    level: Level = "note" if apart <= _WORDS_MATTER else "warning" if apart <= _LOOKS_MATTER else "wrong"
    means = {
        "note": "",
        "warning": ": a text whose outcome is open may not be recognised where the gateway shows no metadata",
        "wrong": ": a text whose outcome is open is not found, and goes out a second time",
    }[level]
    text = f"{whose} are {apart:,.0f} seconds {'ahead of' if ahead > 0 else 'behind'} this machine{means}"
    remedy = None if level == "note" else "set this machine's clock (NTP); if it is right, tell The SMS Works"
    report.add(level, step, text, remedy)


def _look_at_searches(line: Line, report: Report) -> None:
    """
    Search what has arrived, with and without a pair of metadata that nobody has.

    Of what came in nothing is searched: no document says whether that marks it as read.
    """
    query: dict[str, Any] = {"status": "DELIVERED", "since": dt.datetime.now(dt.UTC) - _LOOKED_AT, "limit": 20}
    try:
        found = line.ask(SEARCH_MESSAGES, **query)
        nobodys = line.ask(SEARCH_MESSAGES, **query, metadata={KEY_PAIR: uuid.uuid4().hex})
    except SmsWorksError as error:
        report.add("wrong", "search", str(error))
        return
    if not found:
        report.add("ok", "search", "searches work; nothing was delivered in the last 30 days, so more is not known")
        return
    filters = "it is ignored" if nobodys else "it excludes what does not have the pair"
    count = "20 or more" if len(found) == 20 else str(len(found))
    report.add("ok", "search", f"searches work ({count} delivered); of the filter by metadata: {filters}")
    naive = [one for one in found if _has_no_zone(one["created"])]
    if naive:
        report.add(
            "warning",
            "search",
            "messages have dates that cannot be read, or name no time zone",
            "tell The SMS Works, and whoever keeps this provider",
        )


def _has_no_zone(moment: str | None) -> bool:
    try:
        return dt.datetime.fromisoformat(moment or "").tzinfo is None
    except ValueError:
        return True
