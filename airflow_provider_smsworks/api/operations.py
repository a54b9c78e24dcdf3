"""
The one table of operations. It drives the sync client, the async client, the hook's methods and the docs.

A new operation is an entry here (with a function in ``requests`` and one in ``records`` if its shapes are new)
and a pair of lines in the hook.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeVar
from urllib.parse import quote

from airflow_provider_smsworks.api.records import account, batches, messages, otps
from airflow_provider_smsworks.api.requests import (
    batches as batch_requests,
    lookups,
    messages as message_requests,
    otps as otp_requests,
)
from airflow_provider_smsworks.api.requests.request import Request
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.api.unwritten import Unwritten

P = ParamSpec("P")
R = TypeVar("R")
Result = TypeVar("Result")
Effect = Literal["reads", "changes", "sends"]


@dataclass(frozen=True)
class Operation(Generic[P, R]):
    """
    One thing that the gateway does.

    :param summary: one sentence, for docs and hook
    :param method: the HTTP method
    :param path: the path below the base address, with ``{ids}``
    :param build: checks the arguments and makes the request
    :param read: turns the answer's JSON into the result; raises ValueError if it is something else
    :param effect: what it does: it reads, changes something (so that doing it twice is not the same as once), or sends
    :param needs_token: whether the call carries the token
    :param returns_errors: whether an error body is the result that was asked for, whatever the HTTP status
    """

    summary: str
    method: str
    path: str
    build: Callable[Concatenate[Settings, P], Request] = field(repr=False)
    read: Callable[[Any], R] = field(repr=False)
    effect: Effect = "reads"
    needs_token: bool = True
    returns_errors: bool = False

    @property
    def label(self) -> str:
        """Method and path, as the documents name the operation."""
        return f"{self.method} {self.path}"

    @property
    def sends(self) -> bool:
        """Whether somebody may be texted by it."""
        return self.effect == "sends"

    @property
    def repeatable(self) -> bool:
        """Whether doing it twice is the same as doing it once."""
        return self.effect == "reads"

    def prepare(self, settings: Settings, *args: P.args, **kwargs: P.kwargs) -> Call[R]:
        """Check the arguments, and return the call that is ready to go out."""
        request = self.build(settings, *args, **kwargs)
        # HTTP libraries walk up the path at "..", unless its dots are quoted too.
        ids = {name: quote(value, safe="").replace(".", "%2E") for name, value in request.path.items()}
        return Call(self, self.path.format(**ids), request.body)


@dataclass(frozen=True)
class Call(Unwritten, Generic[Result]):
    """One checked call of an operation, which may go out."""

    operation: Operation[..., Result]
    path: str
    body: Any = field(default=None, repr=False)


FETCH_TOKEN = Operation(
    "Fetch a token with customer id, key and secret.",
    "POST",
    "/auth/token",
    lookups.credentials,
    account.read_token,
    needs_token=False,
)
SEND_MESSAGE = Operation(
    "Send a text to one phone.",
    "POST",
    "/message/send",
    message_requests.message,
    messages.read_sent,
    effect="sends",
)
SEND_FLASH_MESSAGE = Operation(
    "Send a text that the phone shows at once and does not keep.",
    "POST",
    "/message/flash",
    message_requests.message,
    messages.read_sent,
    effect="sends",
)
SEND_BINARY_MESSAGE = Operation(
    "Send bytes to one phone.",
    "POST",
    "/binary/send",
    message_requests.binary_message,
    messages.read_sent,
    effect="sends",
)
SCHEDULE_MESSAGE = Operation(
    "Send a text to one phone later.",
    "POST",
    "/message/schedule",
    message_requests.scheduled_message,
    messages.read_sent,
    effect="sends",
)
CANCEL_SCHEDULED_MESSAGE = Operation(
    "Take back a scheduled text that has not gone out.",
    "DELETE",
    "/messages/schedule/{messageid}",
    lookups.message_id,
    messages.read_done,
    effect="changes",
)
GET_SCHEDULED_MESSAGES = Operation(
    "List what is scheduled, messages and batches, of the last three months and to come.",
    "GET",
    "/messages/schedule",
    lookups.nothing,
    batches.read_schedules,
)
SEARCH_MESSAGES = Operation(
    "Find messages, sent and received.",
    "POST",
    "/messages",
    lookups.query,
    messages.read_messages,
)
GET_UNREAD_MESSAGES = Operation(
    "Find unread incoming messages; the gateway may mark them as read.",
    "POST",
    "/messages/inbox",
    lookups.query,
    messages.read_messages,
    effect="changes",
)
GET_FAILED_MESSAGES = Operation(
    "Find messages that did not arrive.",
    "POST",
    "/messages/failed",
    lookups.query,
    messages.read_messages,
)
GET_MESSAGE = Operation(
    "Read one message and its delivery report.",
    "GET",
    "/messages/{messageid}",
    lookups.message_id,
    messages.read_message,
)
DELETE_MESSAGE = Operation(
    "Delete one message and its delivery report from the account.",
    "DELETE",
    "/messages/{messageid}",
    lookups.message_id,
    messages.read_done,
    effect="changes",
)
GET_MESSAGE_VOLUME = Operation(
    "Count the messages that were sent since last midnight.",
    "GET",
    "/messages/volume",
    lookups.nothing,
    messages.read_volume,
)
SEND_BATCH = Operation(
    "Send one text to many phones.",
    "POST",
    "/batch/send",
    batch_requests.batch,
    batches.read_batch_sent,
    effect="sends",
)
SEND_COLLECTION = Operation(
    "Send many messages, each with a text of its own.",
    "POST",
    "/batch/any",
    batch_requests.collection,
    batches.read_batch_sent,
    effect="sends",
)
SCHEDULE_BATCH = Operation(
    "Send one text to many phones later.",
    "POST",
    "/batch/schedule",
    batch_requests.scheduled_batch,
    batches.read_batch_sent,
    effect="sends",
)
CANCEL_SCHEDULED_BATCH = Operation(
    "Take back a scheduled batch that has not gone out.",
    "DELETE",
    "/batches/schedule/{batchid}",
    lookups.batch_id,
    batches.read_batch_done,
    effect="changes",
)
GET_BATCH = Operation(
    "Read all messages of a batch and their delivery reports.",
    "GET",
    "/batch/{batchid}",
    lookups.batch_id,
    messages.read_messages,
)
SEND_OTP = Operation(
    "Text a one-time passcode.",
    "POST",
    "/otp/send",
    otp_requests.otp,
    messages.read_sent,
    effect="sends",
)
VERIFY_OTP = Operation(
    "Tell whether a passcode is right and in time; the status is then VERIFIED, or EXPIRED.",
    "POST",
    "/otp/verify",
    otp_requests.passcode,
    otps.read_otp,
    effect="changes",
)
GET_OTP = Operation(
    "Read what became of a passcode.",
    "GET",
    "/otp/{messageid}",
    lookups.message_id,
    otps.read_otp,
)
GET_CREDITS = Operation(
    "Read how many credits are left.",
    "GET",
    "/credits/balance",
    lookups.nothing,
    account.read_credits,
)
GET_COUNTRY_CREDITS = Operation(
    "Read how many credits one part to a country costs.",
    "GET",
    "/credits/{countrycode}",
    lookups.country,
    account.read_country_credits,
)
GET_CUSTOMER_ID = Operation(
    "Read the customer id, which proves that the token works.",
    "GET",
    "/utils/test",
    lookups.nothing,
    account.read_customer_id,
)
GET_SAMPLE_ERROR = Operation(
    "Read how the gateway describes an error code.",
    "GET",
    "/utils/errors/{errorcode}",
    lookups.error_code,
    account.read_error,
    returns_errors=True,
)
