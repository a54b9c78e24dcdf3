"""The settings: what the sandbox's little world is like, and how it reads the documents' open questions.

One field is one setting: its type says which values are allowed, its description what they do. Where the
documents contradict each other or say nothing, the default is the more official reading or, with equal
evidence, the one that asks more care of a client.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from airflow_provider_smsworks.sandbox.dates import DateStyle, Zone

YEAR = 366 * 86400  # seconds
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Skew = Annotated[float, Field(ge=-YEAR, le=YEAR)]
Account = Literal["ok", "disabled", "not_found", "not_authorised", "no_international"]


class SettingError(ValueError):
    """A setting that does not exist, or a value it does not take; the text says which are allowed."""


class Circumstances(BaseModel):
    """What phones, networks and the account do: no question of how to read the documents."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    answer_delay: Seconds = Field(0.0, description="Seconds that the answer to a call takes: a slow gateway.")
    delivery_delay: Seconds = Field(2.0, description="Seconds from accepting a message to its final status.")
    expiry_delay: Seconds | None = Field(
        10.0,
        description="Seconds until a text to a handset that is off expires; null = the message's validity.",
    )
    reply_delay: Seconds = Field(3.0, description="Seconds from accepting a message to the phone's reply.")
    ttl_delay: Seconds | None = Field(
        None, description="Seconds until the report of a message with a ttl is deleted; null = its ttl."
    )
    clock_skew: Skew = Field(
        0.0,
        description="Seconds that the gateway's clock is ahead, negative: behind. Texts sent and received from then on "
        "are dated by it, and dates of searches and schedules mean it; delays, the ledger and other controls, and "
        "HTTP's headers go by true time.",
    )
    credits: float = Field(
        1000.0,
        ge=0,
        allow_inf_nan=False,
        description="The balance to start with; setting it sets the balance at once.",
    )
    overdraft: float = Field(
        0.0, ge=0, allow_inf_nan=False, description="How many credits the balance may go below 0, by agreement."
    )
    account: Account = Field(
        "ok",
        description="What the account may do; anything but ok is answered with 403 and its code "
        "(not_authorised 4031, not_found 4032, disabled 4033, no_international 4034 for numbers abroad), and a "
        "scheduled text whose time comes is FAILED with it. "
        "A text with blocked terms (error 4007) disables it.",
    )
    api_key: str | None = Field(
        None, description="The key that auth/token wants; null = any. A new one ends the tokens given out."
    )
    api_secret: str | None = Field(None, description="The secret that auth/token wants; like api_key.")
    calls_per_minute: Annotated[int, Field(ge=1)] | None = Field(
        None, description="More calls than this in 60 seconds are answered with 429; null = no limit."
    )
    flood_filter: Literal["off", "answer", "report"] = Field(
        "off",
        description="The filter of 20 texts, and 6 identical ones, to a number in an hour. answer: the next is "
        "refused with error 5020, in a batch it is FAILED; report: it is accepted, and its report is REJECTED.",
    )


class Settings(Circumstances):
    """Every setting with its default; the fields here are the open questions."""

    # Sending.
    metadata_echo: bool = Field(
        True, description="Whether sends, searches and message look-ups answer with the metadata."
    )
    shapes: Literal["spec", "text"] = Field(
        "spec",
        description="Where schema and prose disagree. spec: metadata is an object, messages have the fields "
        "of MessageResponse; text: a list of key/value pairs, and the fields of the delivery report. Also "
        "(spec; text) message/schedule: 200 with a list; 201 with an object. Scheduled list: an object if it "
        "is one entry, with its id in `id`, an empty one for none; always a list, with `messageid`. Passcodes: "
        "numbers; text. Errors that no document lists: with the code of HTTP where the schema wants a code; a message.",
    )
    optional_fields: bool = Field(
        True,
        description="Whether answers have what their schema does not require: messageparts, id, batchid, keyword, "
        "deliveryreporturl, failurereason, the name of a country, permanent. Metadata has its own setting.",
    )
    ids: Literal["digits", "uuid", "number"] = Field(
        "digits", description="New ids. digits: text of 20 digits; uuid: text; number: JSON numbers."
    )
    number_prefixes: Literal["refused", "tolerated"] = Field(
        "refused", description="Whether destinations may start with + or 00."
    )
    billing: Literal["gsm", "company"] = Field(
        "gsm",
        description="The credits of a text. gsm: parts as phones need them, 67 characters each if it is Unicode; "
        "company: as its pages have it, 70 each, and £ and line breaks count double.",
    )
    unicode_limit: Annotated[int, Field(ge=70)] | None = Field(
        None, description="The most UTF-16 units of a text that is not GSM, more is error 4002; null = 1280 characters."
    )
    ai_optimiser: bool = Field(
        False,
        description="Whether the account shortens texts just over 1 or 2 credits unless they say `ai` false; "
        "with false only those that say `ai` true. Ledger and messages show what the phone gets.",
    )

    # Batches.
    batch_limit: Annotated[int, Field(ge=1)] = Field(
        5000, description="The most messages of one batch; the documents say 500 and 5000. More are a 400."
    )
    batch_partial: bool = Field(
        True,
        description="Whether a batch with a bad number is sent to the others (that message is FAILED), "
        "or refused as a whole.",
    )
    batch_credit: Literal["all", "part"] = Field(
        "all",
        description="A batch that there is too little credit for. all: refused with 402; part: sent as far as the "
        "credit goes, the rest is FAILED; not even one is a 402.",
    )
    batch_duplicates: Literal["sent", "once", "refused"] = Field(
        "sent",
        description="A number that the `destinations` name twice. sent: texted twice; once: texted once; "
        "refused: the batch is a 400.",
    )
    new_batch: Literal["shown", "empty", "not_found"] = Field(
        "shown",
        description="GET /batch/{batchid} within `search_lag` of sending: the messages, an empty list, or 404.",
    )

    # Schedules.
    scheduled_id: Literal["kept", "new"] = Field(
        "kept", description="Whether a scheduled message keeps its id when it is sent, or gets a new one."
    )
    cancel_again: Literal["refused", "answered"] = Field(
        "refused",
        description="Cancelling what was cancelled or sent before. refused: 400 with code 4008; answered: 200 "
        "with the status that it has, CANCELLED or PROCESSED.",
    )
    zone: Zone = Field("UTC", description="The zone of dates without one, and of the midnight that volume starts at.")
    schedule_tolerance: Seconds = Field(
        0.0, description="Seconds that a schedule may lie in the past; it is then sent at once. More is error 4009."
    )

    # Searching, reports and the inbox.
    search_lag: Seconds = Field(0.0, description="Seconds a new message stays invisible to searches.")
    search_order: Literal["oldest", "newest"] = Field("oldest", description="Which messages a search returns first.")
    search_page: Annotated[int, Field(ge=1, le=1000)] = Field(
        1000, description="The most messages that one search returns, whatever its limit."
    )
    metadata_search: Literal["filters", "ignored"] = Field(
        "filters", description="Whether the metadata of a search filters, or is ignored."
    )
    tag_search: Literal["ignored", "filters"] = Field(
        "ignored", description="Whether the tag of a search, which only the documents' samples have, filters."
    )
    lists: Literal["bare", "wrapped"] = Field(
        "bare", description='Lists of messages. bare: [...]; wrapped: {"messages": [...]}, as older contracts have it.'
    )
    inbox: Literal["consuming", "keeping", "searches_too"] = Field(
        "consuming",
        description="Whether POST /messages/inbox marks what it returns as read; searches_too: so does POST /messages.",
    )
    inbox_unread: Literal["ignored", "honoured"] = Field(
        "ignored",
        description="`unread` false in POST /messages/inbox. ignored: it returns unread messages; honoured: read ones.",
    )
    status_words: Literal["spec", "docs"] = Field(
        "spec",
        description="spec: SENT, UNDELIVERABLE, and SCHEDULED for a batch just sent; docs: ACCEPTED and UNDELIVERED.",
    )
    no_report: Literal["silent", "unknown"] = Field(
        "silent", description="A text that the networks never report on. silent: it stays SENT; unknown: UNKNOWN."
    )
    failure_codes: Literal["table", "samples"] = Field(
        "table",
        description="failurereason. table: 5001, permanent as the error table has it; samples: 1 and never permanent, "
        "and a DELIVERED text has one, too.",
    )
    dates: DateStyle = Field(
        "iso",
        description="iso: 2017-03-25T21:43:05.667Z; javascript: Sat Mar 25 2017 21:43:05 GMT+0000 (GMT).",
    )
    destination_type: Literal["number", "text"] = Field(
        "number", description="Whether answers show the destination as a JSON number or as text."
    )

    # One-time passwords.
    otp_reuse: Literal["verified", "refused"] = Field(
        "verified", description="A passcode that was verified before: verified again, or refused with 404."
    )
    otp_status: Literal["sent", "delivery"] = Field(
        "sent", description="Before a passcode is verified. sent: its status is SENT; delivery: that of its text."
    )

    # Errors and tokens.
    unknown_id: Literal["spec", "docs"] = Field(
        "spec", description="An unknown message id. spec: 404 (DELETE: 400) with a message; docs: 400 with code 4008."
    )
    error_bodies: Literal["spec", "docs"] = Field(
        "spec",
        description="Documented errors. spec: some operations answer with the message only; docs: all with a code.",
    )
    sample_status: Literal["own", "ok"] = Field(
        "own", description="GET /utils/errors/{errorcode} answers with the error's own HTTP status, or with 200."
    )
    retry_after: Literal["seconds", "date", "none"] = Field(
        "seconds", description="The Retry-After header of a 429: seconds, a date, or none."
    )
    token_word: Literal["JWT", "none"] = Field(
        "JWT", description="Whether the token of auth/token starts with the word JWT. All operations take both."
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
