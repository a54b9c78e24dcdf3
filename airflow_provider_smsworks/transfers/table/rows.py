"""From the rows of any table to texts, and to what is wrong with a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.masking import mask_numbers
from airflow_provider_smsworks.api.numbers import NumberProblem
from airflow_provider_smsworks.sending.entries import BadEntry, Entry
from airflow_provider_smsworks.transfers.table.cells import RowProblem, is_missing, key_of, phone_of
from airflow_provider_smsworks.transfers.table.template import RowTemplate

if TYPE_CHECKING:
    from airflow_provider_smsworks.api.requests.rows import MessageRows

Cells = Sequence[Any] | RowProblem


@dataclass(frozen=True)
class Table:
    """
    A table that is read once.

    :param columns: their names
    :param read: yields of each row the cells of these columns, by their places, or why the row cannot be read
    :param may_lack_names: whether ``columns`` may be the first row of a file that nobody gave a line of names
    """

    columns: Sequence[str]
    read: Callable[[Sequence[int]], Iterator[Cells]]
    may_lack_names: bool = False


@dataclass(frozen=True)
class Wanted:
    """
    What the author wants of a table.

    :param key: the column that names a row in reports
    :param to: the column with the phone
    :param one_text_per_number: whether a phone gets one text, of the first row that has it; else each key does
    """

    key: str
    to: str
    template: RowTemplate
    one_text_per_number: bool = True

    def entries(self, table: Table, rows: MessageRows) -> Iterator[Entry | BadEntry]:
        """
        Yield a text for each row, or what is wrong with it.

        :param rows: the checks of phone and words
        :raises SmsWorksValidationError: the table lacks a column; nothing was read
        """
        places = _places(table, {"key": self.key, "to": self.to}, self.template.columns)
        for number, cells in enumerate(table.read(places), 1):
            if isinstance(cells, RowProblem):
                yield BadEntry(f"row {number}", str(cells))
            elif not (key := key_of(cells[0])):
                yield BadEntry(f"row {number}", f"column `{self.key}` is empty, which names the row")
            else:
                yield self._entry(key, cells, rows)

    def _entry(self, key: str, cells: Sequence[Any], rows: MessageRows) -> Entry | BadEntry:
        if is_missing(cells[1]):
            return BadEntry(key, f"column `{self.to}` is empty")
        try:
            phone = rows.recipient(phone_of(cells[1]))
            content = self.template.write(cells[2:])
        except NumberProblem as problem:
            return BadEntry(key, f"column `{self.to}` {problem}")
        except RowProblem as problem:
            return BadEntry(key, str(problem))
        if words := rows.content_problem(content):
            return BadEntry(key, f"`content` {words}")
        return Entry(phone if self.one_text_per_number else f"key/{key}", key, phone, content)


def _places(table: Table, named: dict[str, str], in_content: Sequence[str]) -> list[int]:
    problems, places = [], []
    for field, name in [*named.items(), *(("content", name) for name in in_content)]:
        found = [place for place, column in enumerate(table.columns) if column == name]
        # Some databases shout: ORDER_ID.
        found = found or [place for place, column in enumerate(table.columns) if column.casefold() == name.casefold()]
        if len(found) == 1:
            places.append(found[0])
        elif found:
            problems.append(f"`{field}` needs column `{mask_numbers(name)}`, and {len(found)} columns are called so")
        else:
            problems.append(f"`{field}` needs column `{mask_numbers(name)}`, which is not there")
    if problems:
        if table.may_lack_names and not places:
            raise SmsWorksValidationError([*problems, "does the first line name the columns?"])
        raise SmsWorksValidationError([*problems, f"the columns are {mask_numbers(', '.join(table.columns))}"])
    return places
