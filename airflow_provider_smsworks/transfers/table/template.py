"""The text of a row: Python's format syntax, with the names of columns."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Sequence
from decimal import Decimal
from numbers import Number
from typing import Any
from uuid import UUID

from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.masking import mask_numbers
from airflow_provider_smsworks.transfers.table.cells import RowProblem, is_missing

_EXAMPLE = "write columns as `{name}` or `{eta:%A}`, and a brace as `{{ '{{' }}`"
_HAVE_WORDS = (str, Number, Decimal, dt.date, dt.time, dt.timedelta, UUID)
"""What reads well in a text. A list, bytes or a document of JSON does not."""

_SURE = frozenset({str, int, bool, dt.date, dt.datetime, dt.time})
"""Of these kinds every value does."""


class RowTemplate:
    """
    A text with columns in it.

    :param content: ``Hello {name}, your parcel comes on {eta:%A}.``
    :raises SmsWorksValidationError: it has something else than columns in it
    :ivar columns: the columns in it, each once
    """

    def __init__(self, content: str) -> None:
        if not isinstance(content, str):
            raise SmsWorksValidationError(["`content` must be text"])
        problems: list[str] = []
        self.columns: list[str] = []
        self._pieces: list[tuple[int, str]] = []
        positional = []
        try:
            parsed = list(string.Formatter().parse(content))
        except ValueError as error:
            # Of the parser itself: "Single '}' encountered in format string".
            raise SmsWorksValidationError([f"`content` is no template ({error}): {_EXAMPLE}"]) from None
        for literal, name, form, conversion in parsed:
            positional.append(literal.replace("{", "{{").replace("}", "}}"))
            if name is None:
                continue
            if problem := _problem(name, form or "", conversion):
                problems.append(f"`content` has `{{{mask_numbers(name)}}}`, {problem}: {_EXAMPLE}")
                continue
            if name not in self.columns:
                self.columns.append(name)
            place = self.columns.index(name)
            self._pieces.append((place, form or ""))
            positional.append(f"{{{place}:{form}}}" if form else f"{{{place}}}")
        if problems:
            raise SmsWorksValidationError(problems)
        self._format = "".join(positional).format

    def write(self, cells: Sequence[Any]) -> str:
        """
        Return the text of a row.

        :param cells: of ``columns``
        :raises RowProblem: one of them is empty, or cannot be written so
        """
        for cell in cells:
            if type(cell) is not str:
                self._check(cells)
                break
        try:
            return self._format(*cells)
        except (ValueError, TypeError, OverflowError):
            raise self._problem(cells) from None

    def _check(self, cells: Sequence[Any]) -> None:
        for name, cell in zip(self.columns, cells, strict=True):
            if type(cell) in _SURE:
                continue
            if is_missing(cell):
                raise RowProblem(f"column `{name}` is empty")
            if not isinstance(cell, _HAVE_WORDS):
                raise RowProblem(f"column `{name}` is {type(cell).__name__}: make it text, a number or a date")

    def _problem(self, cells: Sequence[Any]) -> RowProblem:
        for place, form in self._pieces:
            try:
                format(cells[place], form)
            except (ValueError, TypeError, OverflowError):
                kind = type(cells[place]).__name__
                return RowProblem(f"column `{self.columns[place]}` is {kind}, which `{form}` does not fit")
        return RowProblem("the text cannot be written")


def _problem(name: str, form: str, conversion: str | None) -> str | None:
    if not name or name.isdecimal():
        return "which names no column"
    if "." in name or "[" in name:
        return "which is a part of a column (give it a name of its own, in the query or in the file)"
    if "{" in form:
        return "with a column in how it is written"
    if conversion:
        return f"with `!{conversion}`"
    return None
