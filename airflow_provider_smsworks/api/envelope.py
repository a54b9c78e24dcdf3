"""
What an answer says that is not the result: the two error bodies of the documents, what servers in front of the
gateway say instead, and for how long to stay away.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from airflow_provider_smsworks.api.codes import read_code
from airflow_provider_smsworks.api.masking import mask_quotation

LONGEST_RETRY_AFTER = 24 * 3600.0
"""Seconds. Whoever asks for more (or for a moment that a wrong clock puts far away) is asked again after a day."""


@dataclass(frozen=True)
class Envelope:
    """
    An error body.

    :param code: the gateway's number, as it gave it
    :param name: a word in its place, as web servers have them (``ResourceNotFound``)
    :param message: what it says in one line, with numbers, secrets and quoted texts masked
    :param permanent: whether the gateway calls it permanent; None if it does not say
    """

    code: int | None = None
    name: str | None = None
    message: str = ""
    permanent: bool | None = None

    @property
    def quoted(self) -> str:
        """The message as the end of a clause, or nothing."""
        return f': "{self.message}"' if self.message else ""


def read_envelope(body: bytes, secrets: Iterable[str], texts: Iterable[str] = ()) -> Envelope:
    """
    Read either error body, ``{message}`` or ``{message, errorCode, status, permanent}``, and what resembles them.

    Anything else is an envelope that says nothing: that there is an error is known from the HTTP status.

    :param secrets: what the message must not show, should it quote it
    :param texts: what was sent, of which the message must not show a word
    """
    try:
        fields = _unwrapped(json.loads(body))
    except (ValueError, RecursionError):
        return Envelope()
    if not isinstance(fields, Mapping):
        return Envelope()
    raw = fields.get("errorCode", fields.get("code"))
    code = read_code(raw)
    # A server's own word goes no further unless it is one: it is no place for a token.
    name = raw if code is None and isinstance(raw, str) and re.fullmatch(r"[A-Za-z]{1,40}", raw) else None
    said, permanent = fields.get("message", fields.get("error")), fields.get("permanent")
    message = mask_quotation(said, secrets, texts)[:300] if isinstance(said, str) else ""
    return Envelope(code, name, message, permanent if isinstance(permanent, bool) else None)


def _unwrapped(body: Any) -> Any:
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    if isinstance(body, Mapping) and isinstance(body.get("error"), Mapping):
        body = body["error"]
    return body


def looks_like_html(headers: Mapping[str, str], body: bytes) -> bool:
    """Tell a web page, which is some other server's answer."""
    return body.lstrip()[:1] == b"<" or "html" in headers.get("content-type", "")


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """
    Return the seconds of a Retry-After header, from 0 to a day; None without one that can be read.

    :param headers: with lower-case names. A moment counts from the answer's own Date, so that nobody's clock matters
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        return min(float(value), LONGEST_RETRY_AFTER)
    moment = _moment(value)
    if moment is None:
        return None
    now = _moment(headers.get("date", "")) or dt.datetime.now(dt.UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER)


def _moment(value: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
