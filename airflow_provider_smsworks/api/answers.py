"""The gateway's answers: a result, or the error that says what happened and who must act."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from airflow_provider_smsworks.api import errors
from airflow_provider_smsworks.api.masking import mask_numbers, mask_secrets
from airflow_provider_smsworks.api.operations import Call, Operation
from airflow_provider_smsworks.api.settings import Settings

R = TypeVar("R")

_ACCOUNT_MAY_NOT = frozenset({4007, 4031, 4032, 4033, 4034})
_ACCOUNT_AT_RISK = frozenset({4007, 4033})


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
    if not 200 <= answer.status < 300:
        raise _refusal(settings, operation, answer)
    try:
        return operation.read(json.loads(answer.body))
    except (ValueError, TypeError, RecursionError):
        raise _unreadable(settings, operation, answer) from None


def _unreadable(settings: Settings, operation: Operation[..., Any], answer: Answer) -> errors.SmsWorksError:
    looks_like_html = answer.body.lstrip()[:1] == b"<" or "html" in answer.headers.get("content-type", "")
    what = "HTML" if looks_like_html else f"{len(answer.body):,} bytes that are not the JSON it should be"
    return errors.SmsWorksUnreadableError(
        f"{operation.label} was answered with {what} (HTTP {answer.status}):"
        f" check that `host` of connection `{settings.conn_id}` ({settings.base_url}) is the gateway's address,"
        " and that no proxy answers in its place",
        http_status=answer.status,
        no_effect=operation.repeatable,
        sends=operation.sends,
    )


def _refusal(settings: Settings, operation: Operation[..., Any], answer: Answer) -> errors.SmsWorksError:
    code, said = _error_fields(settings, answer.body)
    where = f"{operation.label} (HTTP {answer.status}{f', code {code}' if code else ''})"
    details: dict[str, Any] = {"code": code, "http_status": answer.status}
    connection = f"connection `{settings.conn_id}`"

    if 300 <= answer.status < 400:
        return errors.SmsWorksConfigError(
            f"{where} was redirected: the token goes to no other address, so put the gateway's own into"
            f" `host` of {connection}",
            **details,
        )
    if answer.status == 408 or answer.status >= 500 or _is_service_failure(code):
        return errors.SmsWorksUnavailableError(
            f"{where}: the gateway failed{said}; this may pass by itself",
            retry_after=_retry_after(answer),
            no_effect=operation.repeatable,
            sends=operation.sends,
            **details,
        )
    if answer.status == 429:
        return errors.SmsWorksRateLimitError(
            f"{where}: too many calls{said}; set `calls_per_minute` in extra of {connection}, or use a pool",
            retry_after=_retry_after(answer),
            **details,
        )
    if answer.status == 401 or code == 4011:
        which = "`customer_id`, `api_key` and `api_secret` in extra" if settings.credentials else "`password` (the JWT)"
        return errors.SmsWorksAuthError(
            f"{where}: the gateway refused the token{said}; check {which} of {connection}"
            " (a new key on the account page ends all earlier tokens)",
            **details,
        )
    if answer.status == 402 or code == 4021:
        return errors.SmsWorksCreditError(
            f"{where}: the account has too little credit{said}; buy credits, then run the task again", **details
        )
    if answer.status == 403 or code in _ACCOUNT_MAY_NOT:
        risk = " THE ACCOUNT IS DISABLED OR ABOUT TO BE." if code in _ACCOUNT_AT_RISK else ""
        return errors.SmsWorksAccountError(
            f"{where}:{risk} the account behind {connection} may not do this{said};"
            " ask The SMS Works, or whoever keeps the account",
            **details,
        )
    if answer.status == 404 or code == 4008:
        if "{" in operation.path:
            why = f"the gateway knows nothing by this id{said}; reports are deleted after 3 months"
        else:
            why = f"the gateway does not know this address{said}; check `host` of {connection} ({settings.base_url})"
        return errors.SmsWorksNotFoundError(f"{where}: {why}", **details)
    return errors.SmsWorksRejectedError(f"{where}: the gateway refused the request{said}", **details)


def _is_service_failure(code: int | None) -> bool:
    """Tell whether a code is of the 50xx family, which the documents also number from 1 to 34."""
    return code is not None and (5001 <= code <= 5099 or 1 <= code <= 34)


def _error_fields(settings: Settings, body: bytes) -> tuple[int | None, str]:
    """Read either error envelope: ``{message}``, or ``{message, errorCode, status, permanent}``."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return None, ""
    if not isinstance(fields, Mapping):
        return None, ""
    code = str(fields.get("errorCode", fields.get("code")))
    said = fields.get("message")
    text = ""
    if isinstance(said, str) and said.strip():
        text = f': "{mask_numbers(mask_secrets(said.strip(), settings.secrets))[:300]}"'
    return (int(code) if re.fullmatch(r"[0-9]{1,6}", code) else None), text


def _retry_after(answer: Answer) -> float | None:
    """Return the seconds of a Retry-After header; the form with a date is not worth its clock skew."""
    value = answer.headers.get("retry-after", "").strip()
    return float(value) if value.isdecimal() else None
