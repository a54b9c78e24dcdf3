"""
The one table of the gateway's codes: what each means, which exception it becomes, and what to do.

Codes and ``permanent`` are from the tables "Error codes" of the developer documents, the words are our own. Codes
4001 to 4034 are refusals: the gateway read the request and did nothing. Codes 5001 to 5034 say why a message failed
later, at the phone, its network or the service; a delivery report holds them too, where the documents also number
them from 1 to 34.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_provider_smsworks.api import errors

FLOOD_WINDOW = 3600.0
"""Seconds. The gateway lets one number get 20 different and 6 identical texts per hour (documents, code 5020)."""


@dataclass(frozen=True)
class Code:
    """
    What one code means.

    :param number: as the tables of the documents list it
    :param kind: the exception that it becomes
    :param meaning: what happened
    :param remedy: what to do
    :param permanent: what the documents say of it; None if they do not list it
    :param again: whether sending the same again can help: True, later and by itself; False, never; None, not before
        somebody acted or the window of the flood filter has passed, or nobody knows
    :param field: the parameter that is wrong, if it is one
    :param account_at_risk: whether the account is disabled, or about to be
    :param retry_after: seconds before it can help
    """

    number: int
    kind: type[errors.SmsWorksError]
    meaning: str
    remedy: str
    permanent: bool | None = True
    again: bool | None = False
    field: str | None = None
    account_at_risk: bool = False
    retry_after: float | None = None

    @property
    def transient(self) -> bool:
        """Whether it may pass by itself. An unlisted failure may, as failures of its class do."""
        return self.kind.transient if self.again is None else self.again

    @property
    def is_listed(self) -> bool:
        """Whether the documents list it."""
        return self.permanent is not None

    @property
    def is_refusal(self) -> bool:
        """Whether the gateway certainly did nothing: codes 40xx."""
        return 4000 <= self.number <= 4999


_REFUSED, _MISSING, _AUTH = errors.SmsWorksRejectedError, errors.SmsWorksNotFoundError, errors.SmsWorksAuthError
_CREDIT, _ACCOUNT = errors.SmsWorksCreditError, errors.SmsWorksAccountError
_FAILED, _LOST = errors.SmsWorksUnavailableError, errors.SmsWorksUndeliveredError

_NOT_THIS_NUMBER = "send to another number, and take this one off the list"
_LATER = "try again later"
_ASK = "ask The SMS Works, or whoever keeps the account"

_ROWS = (
    Code(4001, _REFUSED, "`content` is empty", "give the words to send", field="content"),
    Code(4002, _REFUSED, "`content` is longer than 1,280 characters", "shorten it", field="content"),
    Code(
        4003,
        _REFUSED,
        "`sender` has the wrong length",
        "give 3 to 11 letters and digits, or 3 to 15 digits",
        field="sender",
    ),
    Code(
        4004,
        _REFUSED,
        "`to` is not a number that can be texted",
        "check it; a number outside the UK starts with its country code",
        field="to",
    ),
    Code(4005, _REFUSED, "`tag` is longer than 280 characters", "shorten it", field="tag"),
    Code(4006, _REFUSED, "`content` has words that the gateway takes for profanity", "reword it", field="content"),
    Code(
        4007,
        _ACCOUNT,
        "`content` has words that the gateway blocks as phishing, and it disables the account for them",
        "stop sending this text, and ask The SMS Works what they object to before anything else goes out",
        field="content",
        account_at_risk=True,
    ),
    Code(
        4008,
        _MISSING,
        "the gateway knows nothing by this id (`message_id`)",
        "give the one that a send returned; reports are deleted after 3 months",
        field="message_id",
    ),
    Code(
        4009,
        _REFUSED,
        "`schedule` is not a moment in the future (in a search: `since` or `until` is not a moment)",
        "give a later one, with its time zone",
        field="schedule",
    ),
    Code(4011, _AUTH, "the gateway refused the token", "get a new one from the account page", again=None),
    Code(4021, _CREDIT, "the account has too little credit", "buy credits, then run the task again", again=None),
    Code(4031, _ACCOUNT, "the account may not do this", _ASK, again=None),
    Code(4032, _ACCOUNT, "the gateway knows no such account", _ASK, again=None),
    Code(
        4033,
        _ACCOUNT,
        "the gateway says that the account is disabled, and sends nothing for it",
        "ask The SMS Works why, before the tasks that text run again",
        again=None,
        account_at_risk=True,
    ),
    Code(
        4034,
        _ACCOUNT,
        "`to` is outside the UK, and the account may not text abroad",
        "ask The SMS Works to enable international texts, or leave the number out",
        again=None,
        field="to",
    ),
    Code(5001, _LOST, "the number does not exist, or belongs to nobody", _NOT_THIS_NUMBER),
    # The documents call this one permanent. A database comes back: nothing in the message or its recipient is wrong.
    Code(5002, _FAILED, "the gateway's database failed", _LATER, again=True),
    Code(5004, _LOST, "the network rejected the text", "check the number, the sender and the words"),
    Code(5006, _LOST, "the phone did not respond: it is off, or out of reach", _LATER, permanent=False, again=True),
    Code(5008, _LOST, "the phone is abroad and may not roam", _LATER, permanent=False, again=True),
    Code(5009, _LOST, "the network reported the text as undelivered", "check the number; reach them another way"),
    Code(5010, _LOST, "the recipient's network blocks service texts at their wish", _NOT_THIS_NUMBER),
    Code(5011, _LOST, "the network suspended the recipient's line", "reach them another way"),
    Code(5013, _LOST, "the phone is set to Do Not Disturb", _LATER, permanent=False, again=True),
    Code(5015, _LOST, "the text expired before the phone could be reached", _LATER, permanent=False, again=True),
    Code(
        5020,
        _LOST,
        "this number got too many texts within an hour (20, or 6 alike): the flood filter stopped this one",
        "send it fewer texts, or wait an hour",
        again=None,
        retry_after=FLOOD_WINDOW,
    ),
    Code(5034, _LOST, "the phone failed", _LATER, permanent=False, again=True),
)

CODES: Mapping[int, Code] = {row.number: row for row in _ROWS}
"""Every documented code."""


def read_code(value: Any) -> int | None:
    """Return a code that came as a number or as its digits; None for what is no code (``ResourceNotFound``)."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    digits = str(value).strip() if isinstance(value, str) or 0 <= value < 10**6 else ""
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 6 else None


def full_number(code: int) -> int:
    """Return the number of a code in the documents' tables: codes 1 to 34 are 5001 to 5034."""
    return code + 5000 if 1 <= code <= 34 else code


def explain(code: Any, permanent: Any = None) -> Code:
    """
    Explain a code: of an error answer, or of the ``failure_reason`` of a delivery report.

    For a code that the documents list, their word counts: a report in those very documents contradicts its own code.

    :param code: a number, or its digits
    :param permanent: what the gateway says beside a code that the documents do not list; None if it says nothing
    """
    again = not permanent if isinstance(permanent, bool) else None
    given = read_code(code)
    if given is None:
        return Code(0, _FAILED, "the gateway gives no reason", "ask The SMS Works", None, again)
    number = full_number(given)
    if number in CODES:
        return CODES[number]
    refused = 4000 <= number <= 4999
    return Code(
        number,
        _REFUSED if refused else _FAILED,
        f"the gateway {'refused the request' if refused else 'failed'}, with a code that its documents do not list",
        "ask The SMS Works about the code",
        None,
        again,
    )
