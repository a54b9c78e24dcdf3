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

from airflow_provider_smsworks.api import records, requests
from airflow_provider_smsworks.api.settings import Settings

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
    build: Callable[Concatenate[Settings, P], requests.Request] = field(repr=False)
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
class Call(Generic[Result]):
    """One checked call of an operation, which may go out."""

    operation: Operation[..., Result]
    path: str
    body: Any = field(default=None, repr=False)


FETCH_TOKEN = Operation(
    "Fetch a token with customer id, key and secret.",
    "POST",
    "/auth/token",
    requests.credentials,
    records.read_token,
    needs_token=False,
)
SEND_MESSAGE = Operation(
    "Send a text to one phone.",
    "POST",
    "/message/send",
    requests.message,
    records.read_sent,
    effect="sends",
)
SEARCH_MESSAGES = Operation(
    "Find messages, sent and received.",
    "POST",
    "/messages",
    requests.query,
    records.read_messages,
)
GET_MESSAGE = Operation(
    "Read one message and its delivery report.",
    "GET",
    "/messages/{messageid}",
    requests.message_id,
    records.read_message,
)
GET_CREDITS = Operation(
    "Read how many credits are left.",
    "GET",
    "/credits/balance",
    requests.nothing,
    records.read_credits,
)
GET_CUSTOMER_ID = Operation(
    "Read the customer id, which proves that the token works.",
    "GET",
    "/utils/test",
    requests.nothing,
    records.read_customer_id,
)
