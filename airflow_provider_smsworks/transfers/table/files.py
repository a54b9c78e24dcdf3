"""The rows of a file, wherever it is: CSV or Parquet, a portion at a time."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from operator import itemgetter
from typing import Any, Literal

from airflow_provider_smsworks.api.errors import SmsWorksConfigError, SmsWorksValidationError
from airflow_provider_smsworks.transfers.table.cells import RowProblem
from airflow_provider_smsworks.transfers.table.rows import Cells, Table

FileFormat = Literal["csv", "parquet"]
FORMATS = {".csv": "csv", ".csv.gz": "csv", ".parquet": "parquet", ".pq": "parquet"}
_AT_ONCE = 2000


def format_of(name: str) -> str | None:
    """Return the format that a file's name tells, if it does."""
    return next((kind for suffix, kind in FORMATS.items() if name.lower().endswith(suffix)), None)


def file_table(path: Any, file_format: str, *, encoding: str, delimiter: str) -> AbstractContextManager[Table]:
    """
    Open a file and let its rows be read.

    :param path: an ``ObjectStoragePath``
    """
    if file_format == "parquet":
        return parquet_table(path)
    return csv_table(path, encoding, delimiter)


@contextmanager
def csv_table(path: Any, encoding: str, delimiter: str) -> Generator[Table]:
    """
    Read text with a line of names at its top; an empty cell is one that holds nothing.

    :raises SmsWorksValidationError: it is no such file
    """
    with path.open("rb") as file:
        source: Any = gzip.GzipFile(fileobj=file) if path.name.lower().endswith(".gz") else file
        with io.TextIOWrapper(source, encoding=encoding, newline="") as text:
            # Strict: of a quotation mark that nobody closed, the rest of the file would be one cell.
            lines = _told(csv.reader(text, delimiter=delimiter, strict=True), encoding)
            columns = [name.strip() for name in next(lines, [])]
            if not columns:
                raise SmsWorksValidationError(["`path` is an empty file: its first line must name the columns"])
            yield Table(columns, lambda places: _csv_rows(lines, len(columns), places), may_lack_names=True)


def _csv_rows(lines: Iterator[list[str]], width: int, places: Sequence[int]) -> Iterator[Cells]:
    choose = itemgetter(*places)
    for line in lines:
        if len(line) == width:
            yield [cell or None for cell in choose(line)]
        elif line:
            yield RowProblem(f"has {len(line)} cell(s), and there are {width} columns")


def _told(lines: Any, encoding: str) -> Iterator[list[str]]:
    """Yield lines; say of what cannot be read where it is, and nothing of what it says."""
    try:
        yield from lines
    except UnicodeError:
        problem = f"behind line {lines.line_num:,} it is not {encoding}: give its `encoding`, such as cp1252"
    except csv.Error as error:
        problem = f"line {lines.line_num:,} is no CSV ({error})"
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        problem = f"behind line {lines.line_num:,} it cannot be unpacked ({type(error).__name__})"
    else:
        return
    raise SmsWorksValidationError([f"`path` cannot be read: {problem}"])


@contextmanager
def parquet_table(path: Any) -> Generator[Table]:
    """
    Read the needed columns of a Parquet file.

    :raises SmsWorksConfigError: pyarrow is not installed
    :raises SmsWorksValidationError: it is no such file
    """
    try:
        import pyarrow as arrow
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise SmsWorksConfigError(
            "Parquet needs pyarrow: pip install 'airflow-provider-smsworks[parquet]' where the workers run."
        ) from None
    with path.open("rb") as file:
        try:
            source = ParquetFile(file)
        except arrow.ArrowInvalid:
            raise SmsWorksValidationError(["`path` is no Parquet file, or a part of one"]) from None
        with source:
            columns = list(source.schema_arrow.names)
            yield Table(columns, lambda places: _parquet_rows(source, columns, places))


def _parquet_rows(source: Any, columns: Sequence[str], places: Sequence[int]) -> Iterator[Cells]:
    names = [columns[place] for place in places]
    for batch in source.iter_batches(batch_size=_AT_ONCE, columns=list(dict.fromkeys(names)), use_threads=False):
        yield from zip(*(_values(batch.column(name)) for name in names), strict=True)


def _values(column: Any) -> list[Any]:
    import pyarrow as arrow

    if arrow.types.is_timestamp(column.type) and column.type.unit == "ns":
        # Python's moments end at microseconds.
        column = column.cast(arrow.timestamp("us", column.type.tz), safe=False)
    values: list[Any] = column.to_pylist()
    return values
