"""Faults on demand: the list that ``POST /sandbox/faults`` sets, and which of them strikes a call.

What a fault does to a call is in gate.py.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from airflow_provider_smsworks.sandbox.database import Database
from airflow_provider_smsworks.sandbox.errors import ERROR_CODES

EVERY_OPERATION = "*"
LONG_STALL = 3600.0
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"([!-~\x80-\xff]+([ \t]+[!-~\x80-\xff]+)*)?")


class FaultError(ValueError):
    """A fault that cannot be; the text says which of the list, which field, and what is allowed."""


class Fault(BaseModel):
    """One fault."""

    model_config = ConfigDict(strict=True, extra="forbid")

    operation: str = Field(description="Such as 'POST /message/send', or '*' for all.")
    when: Literal["before", "after", "late"] = Field(
        "before",
        description="before: nothing was accepted; after: accepted, the answer is lost; "
        "late: the caller is cut off, and the call is carried out `delay` seconds later.",
    )
    kind: Literal["status", "reset", "stall", "garbage"] = Field(
        "status",
        description="status: an error answer; reset: the connection is reset; "
        "stall: no answer; garbage: an answer that cannot be read.",
    )
    status: int | None = Field(None, ge=200, le=599, description="HTTP status; default 503 (status) or 200 (garbage).")
    error_code: int | None = Field(
        None,
        description="kind status: answer as the operation does with this documented error, and with its status if "
        "none is given.",
    )
    headers: dict[str, str] = Field({}, description="Headers of the answer.")
    body: Literal["json", "html"] = Field(
        "json", description="kind garbage: the right JSON cut off in the middle, or a page of HTML."
    )
    delay: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="Seconds. late: until the call is carried out; otherwise how long the caller waits, "
        "where 0 makes a stall last an hour.",
    )
    times: int | None = Field(1, ge=0, description="How many calls it strikes; null = for ever.")
    probability: float = Field(1.0, ge=0, le=1, description="How likely it strikes a call that it matches.")
    seed: int = Field(0, description="Calls are struck in the same order again with the same seed.")

    @field_validator("headers")
    @classmethod
    def _can_be_sent(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if name.lower() in ("content-length", "transfer-encoding"):
                raise ValueError(f"{name} is the web server's own")
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                raise ValueError(f"{name!r} with the value {value!r} can be no header of HTTP")
        return headers


class FaultList:
    """The faults in force, in order; the first that strikes a call is the one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        stored = database.noted("faults", [])
        self._faults = [Fault.model_validate(entry["fault"]) for entry in stored]
        self._draws = [int(entry["draws"]) for entry in stored]

    def left(self) -> list[dict[str, Any]]:
        """The faults that can still strike."""
        return [fault.model_dump() for fault in self._faults if fault.times != 0]

    def replace(self, entries: Iterable[Any], operations: Collection[str]) -> None:
        """Put a new list in force, all of it or nothing. Raises FaultError."""
        faults = [_read(number, entry, operations) for number, entry in enumerate(entries)]
        self._faults, self._draws = faults, [0] * len(faults)
        self._save()

    def add(self, entry: Any, operations: Collection[str]) -> None:
        """Put one more fault in force, behind the others, which stay as they are. Raises FaultError."""
        self._faults.append(_read(len(self._faults), entry, operations))
        self._draws.append(0)
        self._save()

    def strike(self, operation: str) -> Fault | None:
        """The fault that this call suffers, if any; counts it."""
        for number, fault in enumerate(self._faults):
            if fault.times == 0 or fault.operation not in (operation, EVERY_OPERATION):
                continue
            if not self._strikes(number, fault):
                continue
            if fault.times is not None:
                fault.times -= 1
                self._save()
            return fault
        return None

    def _strikes(self, number: int, fault: Fault) -> bool:
        if fault.probability == 1:
            return True
        # A generator for each draw, so that a restart goes on where the draws were.
        draw = random.Random(f"{fault.seed}/{number}/{self._draws[number]}").random()
        self._draws[number] += 1
        self._save()
        return draw < fault.probability

    def _save(self) -> None:
        pairs = zip(self._faults, self._draws, strict=True)
        self._database.note("faults", [{"fault": fault.model_dump(), "draws": draws} for fault, draws in pairs])


def _read(number: int, entry: Any, operations: Collection[str]) -> Fault:
    try:
        fault = Fault.model_validate(entry)
    except ValidationError as error:
        raise FaultError("; ".join(_explain(number, problem) for problem in error.errors())) from None
    if fault.operation != EVERY_OPERATION and fault.operation not in operations:
        raise FaultError(
            f"fault {number}: unknown operation {fault.operation!r}; there are '*', {', '.join(operations)}"
        )
    if fault.error_code is not None and fault.error_code not in ERROR_CODES:
        raise FaultError(f"fault {number}: error_code must be one of {', '.join(map(str, ERROR_CODES))}")
    return fault


def _explain(number: int, problem: Any) -> str:
    if not problem["loc"]:
        return f"fault {number}: {problem['msg']}"
    name = str(problem["loc"][0])
    if name not in Fault.model_fields:
        return f"fault {number}: unknown field {name!r}; there are {', '.join(Fault.model_fields)}"
    return f"fault {number}: {name}: {problem['msg']}. {Fault.model_fields[name].description}"
