"""Answers about the account: token, credits, prices, errors."""

from __future__ import annotations

from typing import Any

from airflow_provider_smsworks.api.records.fields import Fields, Record, as_number, as_text


def read_token(data: Any) -> str:
    """Read a token. It is sent as it is, with or without the leading ``JWT``."""
    token = Fields(data).take("token")
    if not isinstance(token, str) or not token.strip() or not token.isascii() or not token.strip().isprintable():
        raise ValueError("no token")
    return token.strip()


def read_credits(data: Any) -> float:
    """Read the balance of the account."""
    credits = as_number(Fields(data).take("credits"))
    if credits is None:
        raise ValueError("no credits")
    return credits


def read_country_credits(data: Any) -> Record:
    """Read what one part to a country costs: ``code country credits``."""
    fields = Fields(data)
    credits = as_number(fields.take("credits"))
    if credits is None:
        raise ValueError("no credits")
    return fields.record(code=as_text(fields.take("code")), country=as_text(fields.take("country")), credits=credits)


def read_customer_id(data: Any) -> str:
    """Read the customer id, which the gateway puts into ``message``."""
    customer_id = as_text(Fields(data).take("message"))
    if not customer_id:
        raise ValueError("no customer id")
    return customer_id


def read_error(data: Any) -> Record:
    """Read an error as the gateway describes it: ``code message status permanent``."""
    fields = Fields(data)
    code = as_number(fields.take("errorCode"))
    if code is None:
        raise ValueError("no code")
    return fields.record(
        code=int(code),
        message=as_text(fields.take("message")),
        status=as_text(fields.take("status")),
        permanent=fields.take("permanent"),
    )
