"""The settings: how the sandbox reads the documents' open questions, and how it behaves.

One field is one setting: its type says which values are allowed, its description what they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from airflow_provider_smsworks.sandbox.dates import DateStyle

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Account = Literal["ok", "disabled", "not_found", "not_authorised", "no_international"]


class SettingError(ValueError):
    """A setting that does not exist, or a value it does not take; the text says which are allowed."""


class Settings(BaseModel):
    """Every setting with its default."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    # What phones and networks do.
    delivery_delay: Seconds = Field(2.0, description="Seconds from accepting a message to its final status.")
    expiry_delay: Seconds | None = Field(
        10.0,
        description="Seconds until a text to a handset that is off expires; null = the message's validity.",
    )
    reply_delay: Seconds = Field(3.0, description="Seconds from accepting a message to the phone's reply.")

    # The account.
    credits: float = Field(
        1000.0,
        ge=0,
        allow_inf_nan=False,
        description="The balance to start with; setting it sets the balance at once.",
    )
    account: Account = Field(
        "ok",
        description="What the account may do; anything but ok is answered with 403 and its code "
        "(not_authorised 4031, not_found 4032, disabled 4033, no_international 4034 for numbers abroad).",
    )
    api_key: str | None = Field(
        None, description="The key that auth/token wants; null = any. A new one ends the tokens given out."
    )
    api_secret: str | None = Field(None, description="The secret that auth/token wants; like api_key.")
    calls_per_minute: Annotated[int, Field(ge=1)] | None = Field(
        None, description="More calls than this in 60 seconds are answered with 429; null = no limit."
    )

    # How the documents' open questions are read.
    search_lag: Seconds = Field(0.0, description="Seconds a new message stays invisible to searches.")
    metadata_search: Literal["filters", "ignored"] = Field(
        "filters", description="Whether the metadata of a search filters, or is ignored."
    )
    metadata_echo: bool = Field(
        True, description="Whether sends, searches and message look-ups answer with the metadata."
    )
    shapes: Literal["spec", "text"] = Field(
        "spec",
        description="Where schema and prose disagree. spec: metadata is an object, messages have the fields "
        "of MessageResponse; text: a list of key/value pairs, and the fields of the delivery report. Also "
        "(spec; text) message/schedule: 200 with a list; 201 with an object. Scheduled list: an object if it "
        "is one entry; always a list. Passcodes: numbers; text.",
    )
    inbox: Literal["consuming", "keeping"] = Field(
        "consuming", description="Whether POST /messages/inbox marks what it returns as read."
    )
    batch_limit: Annotated[int, Field(ge=1)] = Field(
        5000, description="The most messages of one batch; the documents say 500 and 5000. More are a 400."
    )
    batch_partial: bool = Field(
        True,
        description="Whether a batch with a bad number is sent to the others (that message is FAILED), "
        "or refused as a whole.",
    )
    scheduled_id: Literal["kept", "new"] = Field(
        "kept", description="Whether a scheduled message keeps its id when it is sent, or gets a new one."
    )
    otp_reuse: Literal["verified", "refused"] = Field(
        "verified", description="A passcode that was verified before: verified again, or refused with 404."
    )
    status_words: Literal["spec", "docs"] = Field(
        "spec", description="spec: SENT and UNDELIVERABLE; docs: ACCEPTED and UNDELIVERED."
    )
    dates: DateStyle = Field(
        "iso",
        description="iso: 2017-03-25T21:43:05.667Z; javascript: Sat Mar 25 2017 21:43:05 GMT+0000 (GMT).",
    )
    destination_type: Literal["number", "text"] = Field(
        "number", description="Whether answers show the destination as a JSON number or as text."
    )
    number_prefixes: Literal["refused", "tolerated"] = Field(
        "refused", description="Whether destinations may start with + or 00."
    )
    unknown_id: Literal["spec", "docs"] = Field(
        "spec", description="An unknown message id. spec: 404 (DELETE: 400) with a message; docs: 400 with code 4008."
    )

    def changed(self, changes: Mapping[str, Any]) -> Settings:
        """These settings with the changes made, or SettingError; the settings themselves stay as they are."""
        try:
            return Settings.model_validate({**self.model_dump(), **changes})
        except ValidationError as error:
            raise SettingError("; ".join(_explain(problem) for problem in error.errors())) from None


def _explain(problem: Mapping[str, Any]) -> str:
    name = str(problem["loc"][0])
    if name not in Settings.model_fields:
        return f"unknown setting {name!r}; there are {', '.join(Settings.model_fields)}"
    return f"{name}: {problem['msg']}. {Settings.model_fields[name].description}"
