"""Requests that name one thing of the account, or search in it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.requests.checks import Check
from airflow_provider_smsworks.api.requests.request import Request, without_nothing
from airflow_provider_smsworks.api.settings import Settings

MAX_LIMIT = 1000


def nothing(settings: Settings) -> Request:
    """Make the request of an operation that takes no arguments."""
    return Request()


def credentials(settings: Settings) -> Request:
    """Make the request for a token."""
    given = settings.credentials
    if given is None:
        raise SmsWorksValidationError(["the connection has no `customer_id`, `api_key` and `api_secret`"])
    return Request({"customerid": given.customer_id, "key": given.api_key, "secret": given.api_secret})


def message_id(settings: Settings, message_id: str) -> Request:
    """
    Make the request for what concerns one message.

    :param message_id: the gateway's id, as a send returned it
    """
    check = Check(settings)
    given = check.identifier("message_id", message_id)
    check.done()
    return Request(path={"messageid": given})


def batch_id(settings: Settings, batch_id: str) -> Request:
    """
    Make the request for what concerns one batch.

    :param batch_id: the gateway's id, as sending the batch returned it
    """
    check = Check(settings)
    given = check.identifier("batch_id", batch_id)
    check.done()
    return Request(path={"batchid": given})


def country(settings: Settings, country: str) -> Request:
    """
    Make the request for what concerns a country.

    :param country: its two letters (ISO 3166), such as FR; the United Kingdom is GB
    """
    if not isinstance(country, str) or not re.fullmatch(r"[A-Za-z]{2}", country.strip()):
        raise SmsWorksValidationError(["`country` must be the two letters of a country (ISO 3166), such as GB"])
    return Request(path={"countrycode": country.strip().upper()})


def error_code(settings: Settings, code: int) -> Request:
    """
    Make the request for what concerns an error code.

    :param code: a code of the gateway's error tables, such as 4021
    """
    check = Check(settings)
    given = check.whole("code", code, 1, 999_999)
    if code is None:
        check.problem("code", "is missing: give a code such as 4021")
    check.done()
    return Request(path={"errorcode": str(given)})


def query(
    settings: Settings,
    *,
    status: str | None = None,
    to: str | int | None = None,
    sender: str | int | None = None,
    keyword: str | None = None,
    since: dt.datetime | str | None = None,
    until: dt.datetime | str | None = None,
    limit: int | None = None,
    skip: int | None = None,
    unread: bool | None = None,
    metadata: Mapping[str, str] | None = None,
    credits: float | None = None,
) -> Request:
    """
    Make the body of a search.

    :param status: SENT, DELIVERED, EXPIRED, UNDELIVERABLE, REJECTED or INCOMING
    :param to: the phone that was texted; of incoming messages, the number it was sent to
    :param sender: who texted; of incoming messages (``status``), the phone, in any spelling. Without ``status``, digits
        alone are looked for as they are: then write a phone with + and country code
    :param keyword: the keyword of incoming messages
    :param since: earliest moment, aware or ISO 8601 text with its offset
    :param until: latest moment
    :param limit: at most so many messages, 1 to 1,000
    :param skip: leave out so many messages first
    :param unread: of incoming messages, only unread (True) or only read ones (False)
    :param metadata: pairs that the messages were sent with
    :param credits: credits used
    :raises SmsWorksValidationError: naming everything that is wrong
    """
    check = Check(settings)
    wanted = (check.text("status", status) or "").strip().upper()
    body = {
        "status": wanted or None,
        "destination": check.number_of_search("to", to),
        "sender": check.sender_of_search(sender, is_phone=wanted == "INCOMING"),
        "keyword": check.text("keyword", keyword),
        "from": check.moment("since", since),
        "to": check.moment("until", until),
        "limit": check.whole("limit", limit, 1, MAX_LIMIT),
        "skip": check.whole("skip", skip, 0, 10**9),
        "unread": check.flag("unread", unread),
        "metadata": check.pairs("metadata", metadata),
        "credits": check.amount("credits", credits),
    }
    check.done()
    return Request(without_nothing(body))
