"""
The gateway's answers: a result, or the error that says what happened and who must act.

What is certain after an answer that is no result, for a call that sends or changes something:

- *Nothing happened*: a 4xx (but 408), alone, with its own number as code, or with a code 40xx. 301, 307 and 308 too:
  they say that the address is another one, so nobody took the call.
- *Nobody knows*: 408, 5xx, and any code that is not 40xx, whatever the status. Codes 50xx tell of failures after the
  gateway took a message; where status and code disagree, looking for a message costs less than texting twice.
  302, 303 and the other 3xx too: servers answer a POST that they accepted with "see there".

Status and code also say who must act. A documented code 40xx is the more exact of the two; a code 50xx is not, where
the status itself refuses (401 to 404, 429).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import unquote

from airflow_provider_smsworks.api import errors
from airflow_provider_smsworks.api.codes import CODES, Code, explain, full_number
from airflow_provider_smsworks.api.envelope import Envelope, looks_like_html, read_envelope, read_retry_after
from airflow_provider_smsworks.api.operations import Call, Operation
from airflow_provider_smsworks.api.settings import Settings

R = TypeVar("R")

_DOUBT = "; whether the text went out is not certain"


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP. ``headers`` has lower-case names."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def read_answer(settings: Settings, call: Call[R], answer: Answer) -> R:
    """
    Return the result of a call.

    :raises SmsWorksError: the gateway refused, failed, or answered what cannot be read
    """
    operation = call.operation
    if operation.returns_errors and _is_the_error_asked_for(call, answer):
        return operation.read(_json(answer))
    if not 200 <= answer.status < 300:
        raise _refusal(settings, call, answer)
    with suppress(ValueError, TypeError, RecursionError):
        return operation.read(_json(answer))
    # Not within, where it would hold on to an error that quotes the whole answer.
    raise _unreadable(settings, operation, answer)


def _json(answer: Answer) -> Any:
    return json.loads(answer.body, parse_constant=_refuse)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")  # Python takes it, and no reader of a result would


def _is_the_error_asked_for(call: Call[Any], answer: Answer) -> bool:
    """
    Tell a sample of an error from an error.

    No document says which HTTP status a sample has, so it counts if it is about the code at the end of the path.
    """
    try:
        asked = int(unquote(call.path.rpartition("/")[2]))
        return full_number(call.operation.read(_json(answer))["code"]) == full_number(asked)
    except (ValueError, TypeError, LookupError, RecursionError):
        return False


def _unreadable(settings: Settings, operation: Operation[..., Any], answer: Answer) -> errors.SmsWorksError:
    html = looks_like_html(answer.headers, answer.body)
    what = "HTML" if html else f"{len(answer.body):,} bytes that are not the JSON it should be"
    return errors.SmsWorksUnreadableError(
        f"{operation.label} was answered with {what} (HTTP {answer.status}): {_check_host(settings)}"
        + (_DOUBT if operation.sends else ""),
        http_status=answer.status,
        no_effect=operation.repeatable,
        sends=operation.sends,
    )


def _refusal(settings: Settings, call: Call[Any], answer: Answer) -> errors.SmsWorksError:
    operation = call.operation
    said = read_envelope(answer.body, settings.secrets, texts_of(call))
    what = _what_it_means(settings, operation, answer, said)
    no_effect = operation.repeatable or _certainly_did_nothing(answer.status, said.code)

    account = issubclass(what.kind, errors.SmsWorksCreditError | errors.SmsWorksAccountError)
    where = f"{operation.label} (HTTP {answer.status}{f', code {said.code}' if said.code is not None else ''})"
    text = f"{where}{f' with connection `{settings.conn_id}`' if account else ''}: "
    text += "THE ACCOUNT IS DISABLED OR ABOUT TO BE: " if what.account_at_risk else ""
    text += what.meaning + said.quoted + (f"; {what.remedy}" if what.remedy else "")
    text += "; this may pass by itself" if what.transient and what.kind is not errors.SmsWorksRateLimitError else ""
    text += _DOUBT if operation.sends and not no_effect else ""

    asked_to_wait = read_retry_after(answer.headers)
    return what.kind(
        text,
        code=said.code,
        http_status=answer.status,
        retry_after=what.retry_after if asked_to_wait is None else asked_to_wait,
        transient=what.transient,
        no_effect=no_effect,
        sends=operation.sends,
    )


def texts_of(call: Call[Any]) -> list[str]:
    """Return the texts and passcodes that a call carries: a server may quote what it refuses."""
    bodies = call.body if isinstance(call.body, list) else [call.body]
    values = [body.get(name) for body in bodies if isinstance(body, Mapping) for name in _TEXTS]
    return [value for value in values if isinstance(value, str)]


_TEXTS = ("content", "template", "passcode")


def _certainly_did_nothing(status: int, code: int | None) -> bool:
    """Tell whether a call that is not a result had no effect; see the top of this file."""
    refused = (400 <= status < 500 and status != 408) or status in (301, 307, 308)
    # A code that repeats the status says nothing more.
    return refused and (code is None or code == status or 4000 <= code <= 4999)


def _what_it_means(settings: Settings, operation: Operation[..., Any], answer: Answer, said: Envelope) -> Code:
    """Choose what counts, the code or the status, and name the fields of the connection that may be wrong."""
    status = answer.status
    code = None if said.code is None else explain(said.code, said.permanent)
    if 300 <= status < 400:
        return replace(_REDIRECTED, remedy=f"{_REDIRECTED.remedy} of connection `{settings.conn_id}`")
    if status == 408 or status >= 500:
        return code if code and code.is_listed and not code.is_refusal else _UNAVAILABLE
    if status == 429:
        return replace(_STATUSES[429], remedy=_STATUSES[429].remedy.format(conn_id=settings.conn_id))
    what = code or _STATUSES.get(status, _REFUSED)
    if status in _DECISIVE and not (code and code.is_listed and code.is_refusal):
        what = _STATUSES[status]
    if code is None and looks_like_html(answer.headers, answer.body):
        return replace(what, meaning="another server answered, with HTML", remedy=_check_host(settings))
    if what.kind is errors.SmsWorksAuthError:
        return replace(what, remedy=_check_token(settings))
    if what is _STATUSES[404] and (said.name or "{" not in operation.path):
        # A web server's own word means the path; a sentence without an id may mean either (a wrong passcode).
        unknown = "this address" if said.name or not said.message else "what was asked for, or not this address"
        return replace(what, meaning=f"the gateway does not know {unknown}", remedy=_check_host(settings))
    return what


def _check_token(settings: Settings) -> str:
    which = "`customer_id`, `api_key` and `api_secret` in extra" if settings.credentials else "`password` (the JWT)"
    return f"check {which} of connection `{settings.conn_id}` (a new key on the account page ends all earlier tokens)"


def _check_host(settings: Settings) -> str:
    return (
        f"check that `host` of connection `{settings.conn_id}` ({settings.base_url}) is the gateway's address,"
        " and that no proxy answers in its place"
    )


def _without_code(kind: type[errors.SmsWorksError], meaning: str, remedy: str = "") -> Code:
    return Code(0, kind, meaning, remedy, None, None)


_REFUSED = _without_code(errors.SmsWorksRejectedError, "the gateway refused the request")
_UNAVAILABLE = _without_code(errors.SmsWorksUnavailableError, "the gateway failed")
_REDIRECTED = _without_code(
    errors.SmsWorksConfigError,
    "the call was redirected",
    "the token goes to no other address, so put the gateway's own into `host`",
)
_TOO_LARGE = _without_code(
    errors.SmsWorksRejectedError, "the request is too large for the gateway", "send fewer messages at once"
)
_STATUSES = {
    401: CODES[4011],
    402: CODES[4021],
    403: CODES[4031],
    404: _without_code(
        errors.SmsWorksNotFoundError,
        "the gateway knows nothing by this id",
        "check it; reports are deleted after 3 months",
    ),
    405: _without_code(
        errors.SmsWorksRejectedError,
        "this address does not take this call",
        "check that `host` of the connection is the gateway's address",
    ),
    409: _without_code(
        errors.SmsWorksRejectedError, "the request contradicts what the gateway has", "read that before trying again"
    ),
    410: _without_code(
        errors.SmsWorksRejectedError, "what was asked for is gone", "reports are deleted after 3 months"
    ),
    413: _TOO_LARGE,
    414: _TOO_LARGE,
    429: _without_code(
        errors.SmsWorksRateLimitError,
        "too many calls",
        "set `calls_per_minute` in extra of connection `{conn_id}`, or use a pool",
    ),
}
_DECISIVE = frozenset({401, 402, 403, 404})
"""What these say of who must act is not undone by a code of a failure, or by one that nobody knows."""
