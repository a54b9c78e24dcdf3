"""The bodies that operations take, as the specification's schemas have them.

These check types only; whether a well-formed message can be sent is drafts.py's subject. A whole number
may be written as ``10.0``, as the specification's examples do. Null is no value of any of these types.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from airflow_provider_smsworks.sandbox.errors import malformed

WholeNumber = Annotated[float, Field(multiple_of=1, ge=0, le=2**53)]
DEFAULT_VALIDITY = 2880  # minutes


class Schema(BaseModel):
    """A JSON object; fields that it does not name are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", populate_by_name=False)


class MetaData(Schema):
    """One pair of a message's metadata."""

    key: str
    value: str


def _declared(metadata: Any) -> Any:
    """The schema's object: any fields, and a stray one named ``schema`` that is a pair, perhaps an empty one.

    Text there is refused, though other fields take it: that is what the specification says, and whoever calls
    the sandbox with what the specification forbids expects to hear so. A list can have a pair of that name.
    """
    if not isinstance(metadata, dict) or "schema" not in metadata:
        return metadata
    if not isinstance(metadata["schema"], dict):
        raise ValueError("schema: Input should be an object")
    pair = MetaData.model_validate({"key": "", "value": ""} | metadata["schema"])
    others = {key: value for key, value in metadata.items() if key != "schema"}
    return others | {pair.key: pair.value} if pair.key else others


# The schema says object, every example is a list of pairs: both are taken.
Metadata = Annotated[list[MetaData] | dict[str, str], BeforeValidator(_declared)]


def pairs(metadata: Metadata) -> list[tuple[str, str]]:
    """Metadata of either shape as pairs."""
    if isinstance(metadata, dict):
        return list(metadata.items())
    return [(pair.key, pair.value) for pair in metadata]


class Message(Schema):
    """Message. Absent required fields are left to the documented errors about empty ones."""

    sender: str = ""
    destination: str = ""
    content: str = ""
    deliveryreporturl: str = ""
    schedule: str = ""
    tag: str = ""
    ttl: WholeNumber = 0
    # Not [], which would be copied, and with care, for each of a batch.
    responseemail: list[str] = Field(default_factory=list)
    metadata: Metadata = Field(default_factory=list)
    validity: Annotated[WholeNumber, Field(ge=1, le=DEFAULT_VALIDITY)] = DEFAULT_VALIDITY
    ai: bool = False


class BatchMessage(Schema):
    """What BatchMessage has and Message has not; it has no metadata and no responseemail."""

    destinations: list[str] = []


class Otp(Schema):
    """OTP. The bounds of length and validity are guesses, and so is the validity of 5 minutes: its example.

    The schema declares length as an object, surely by mistake: one says nothing, as an absent length does.
    """

    sender: str = ""
    destination: str = ""
    length: Annotated[WholeNumber, Field(ge=1, le=20)] | dict[str, Any] = {}
    template: str = "{{passcode}} is your one-time passcode."
    validity: Annotated[float, Field(gt=0, le=366 * 86400)] = 300  # seconds
    passcode: str = ""
    metadata: dict[str, Any] = {}


class OtpVerify(Schema):
    """OTPVerify."""

    passcode: str = ""


class Query(Schema):
    """Query. The documents' sample sends every text empty: that is the same as absent.

    Whether ``credits`` and ``unread`` were given is in ``model_fields_set``.
    """

    status: str = ""
    credits: Annotated[float, Field(allow_inf_nan=False)] = 0
    destination: str = ""
    sender: str = ""
    keyword: str = ""
    since: str = Field("", alias="from")
    until: str = Field("", alias="to")
    limit: WholeNumber = 1000
    skip: WholeNumber = 0
    unread: bool = False
    metadata: Metadata = []
    tag: str = ""  # in the documents' samples only


class TokenRequest(Schema):
    """What auth/token takes; no document says whether it does without the customer id."""

    customerid: str = ""
    key: str = ""
    secret: str = ""


Body = TypeVar("Body", bound=Schema)
_TYPE = re.compile(r"\w\[.*\]$|^constrained-")


def read_body(schema: type[Body], body: Mapping[str, Any], within: Sequence[int | str] = ()) -> Body:
    """The body as the schema has it, or the gateway's answer to a malformed one.

    ``within``: where it is, if it is one of several: that goes into the answer.
    """
    try:
        return schema.model_validate(body)
    except ValidationError as error:
        problems = {f"{_place((*within, *problem['loc']))}: {problem['msg']}" for problem in error.errors()}
        raise malformed("; ".join(sorted(problems))) from None


def _place(steps: Sequence[int | str]) -> str:
    """Where in the body a problem is, without pydantic's words for the types that it tried: ``list[MetaData]``."""
    return ".".join(str(step) for step in steps if not _TYPE.search(str(step))) or "body"
