"""What the gateway answers when it says no: one table of codes and the two shapes of an error body.

Codes, texts and HTTP status are from the tables "Error codes" at the end of the developer documents. The
shapes are the schemas ErrorModel and ExtendedErrorModel of the specification; which operation answers
with which is in its ``default`` response, and here in the route's ``responses``. Errors that no document
lists have the long body too where the schema asks for it (``shapes`` = spec).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel


class ErrorModel(BaseModel):
    """The short error body."""

    message: str


# Goes into a route: @router.get(..., responses=SHORT_ERRORS). Routes without it answer with the long body.
SHORT_ERRORS: dict[int | str, dict[str, Any]] = {"default": {"model": ErrorModel}}


class ErrorCode(NamedTuple):
    """One row of the documents' error tables."""

    code: int
    http_status: int
    permanent: bool
    message: str

    def body(self) -> dict[str, Any]:
        """The long error body. No document says what ``status`` holds in it: "ERROR" is a guess."""
        return {
            "message": self.message,
            "errorCode": self.code,
            "status": "ERROR",
            "permanent": self.permanent,
        }


_ROWS = (
    ErrorCode(4001, 400, True, "Message length is 0 characters. Cannot send message. Please check and try again."),
    ErrorCode(4002, 400, True, "Cannot send messages longer than 1280 characters."),
    ErrorCode(4003, 400, True, "Sender ID length invalid."),
    ErrorCode(4004, 400, True, "Invalid destination number."),
    ErrorCode(4005, 400, True, "Tag longer than 280 characters."),
    ErrorCode(4006, 400, True, "Message contains profanity."),
    ErrorCode(4007, 400, True, "Message contains blocked terms. Account disabled."),
    ErrorCode(4008, 400, True, "Invalid message ID."),
    ErrorCode(4009, 400, True, "Invalid date/time supplied: [date/time]"),
    ErrorCode(4011, 401, True, "Not authenticated."),
    ErrorCode(4021, 402, True, "Insufficient credit to send message."),
    ErrorCode(4031, 403, True, "Not authorised."),
    ErrorCode(4032, 403, True, "Account not found."),
    ErrorCode(4033, 403, True, "Account disabled."),
    ErrorCode(4034, 403, True, "This account is not enabled for international SMS. Cannot send message."),
    ErrorCode(5001, 400, True, "Handset Error: Number does not exist or has not been assigned to a user."),
    ErrorCode(5002, 400, True, "Service database error."),
    ErrorCode(
        5004,
        400,
        True,
        "Message has been sent to the operator, whereas the request was rejected, or a delivery report with "
        "status REJECTED was reverted",
    ),
    ErrorCode(
        5006,
        400,
        False,
        "Handset Error: No response. Handset may be switched off or in a low signal area.",
    ),
    ErrorCode(5008, 400, False, "Handset Error: Roaming not allowed."),
    ErrorCode(
        5009,
        400,
        True,
        "Message has been sent to the operator, but has failed to deliver, since a delivery report with "
        "status UNDELIVERED was reverted from the operator.",
    ),
    ErrorCode(
        5010,
        400,
        True,
        "Message has been received and rejected due to the user being subscribed to DND (Do Not Disturb) "
        "services, disabling any service traffic to their number.",
    ),
    ErrorCode(5011, 400, True, "The subscriber's mobile service has been suspended by the operator."),
    ErrorCode(5013, 400, False, "Handset Error: Device is set to Do Not Disturb."),
    ErrorCode(
        5015,
        400,
        False,
        "The message was received and sent to the operator. However, it has been pending until the validity "
        "period has expired, or the operator returned EXPIRED status in the meantime.",
    ),
    ErrorCode(
        5020,
        400,
        True,
        "Message has been rejected due to an anti-flooding mechanism. By default, a single number can only "
        "receive 20 varied messages and 6 identical messages per hour.",
    ),
    ErrorCode(5034, 400, False, "Handset Error: System failure."),
)
BLOCKED_TERMS = 4007
ACCOUNT_ERRORS = {"not_authorised": 4031, "not_found": 4032, "disabled": 4033}  # by the setting ``account``
ERROR_CODES: Mapping[int, ErrorCode] = {row.code: row for row in _ROWS}


class GatewayError(Exception):
    """An answer other than success; the application turns it into the operation's error body.

    ``row`` is the documented error behind it, if there is one. ``long`` asks for the long body even where
    the specification lists the short one. ``code`` is for errors of the web server in front of the gateway
    (``ResourceNotFound`` and the like), whose body is ``{code, message}``. ``disables_account``: from this
    answer on the account is disabled.
    """

    disables_account = False

    def __init__(
        self,
        status: int,
        message: str,
        *,
        row: ErrorCode | None = None,
        long: bool = False,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.row = row
        self.long = long
        self.code = code
        self.headers = dict(headers or {})

    def body(self, *, short: bool, complete: bool = False) -> dict[str, Any]:
        """The JSON body; ``short`` if the operation lists ErrorModel.

        ``complete``: with all that ExtendedErrorModel requires, also if no document has a code for the error.
        The code is then that of HTTP, which is no documented code.
        """
        if self.row is not None and (self.long or not short):
            return {**self.row.body(), "message": self.message}
        code = {} if self.code is None else {"code": self.code}
        missing = {"errorCode": self.status, "status": "ERROR"} if complete and not short else {}
        return {**code, "message": self.message, **missing}


def refused(code: int, *, long: bool = False) -> GatewayError:
    """The documented error ``code``, with its own text and HTTP status."""
    row = ERROR_CODES[code]
    return GatewayError(row.http_status, row.message, row=row, long=long)


def blocked_terms() -> GatewayError:
    """Error 4007 when it is real: "Your account has been disabled as a precaution"."""
    error = refused(BLOCKED_TERMS)
    error.disables_account = True
    return error


def invalid_date(supplied: str) -> GatewayError:
    """Error 4009, whose text ends with the date that was supplied."""
    row = ERROR_CODES[4009]
    return GatewayError(row.http_status, f"Invalid date/time supplied: {supplied}", row=row)


def malformed(message: str) -> GatewayError:
    """A body that the specification's schema does not allow. No document shows the real answer."""
    return GatewayError(400, f"Validation errors: {message}")


def not_found(what: str) -> GatewayError:
    """A path that does not exist: third parties report the word ``ResourceNotFound``."""
    return GatewayError(404, f"{what} does not exist", code="ResourceNotFound")
