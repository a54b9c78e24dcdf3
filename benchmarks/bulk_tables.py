"""The rows that are sent to: the same in a table, a Parquet file and in bodies that lie ready."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

BODIES = "bodies.jsonl"
A_CALL = 500
_AT_ONCE = 50_000
_STEP, _PHONES = 7_919_993, 10_000_000
"""They have no factor in common, so that all phones are different."""


def phone(number: int) -> str:
    """Return the phone of a row; a gateway that keeps them in order has no advantage from ours."""
    return f"0740{number * _STEP % _PHONES:07}"


def make_table(url: str, size: int) -> None:
    """Make the table ``rows_<size>`` in PostgreSQL."""
    import sqlalchemy

    with sqlalchemy.create_engine(url).begin() as database:
        database.execute(
            sqlalchemy.text(
                f"CREATE TABLE rows_{size} AS SELECT number AS order_id,"
                f" '0740' || lpad((number::bigint * {_STEP} % {_PHONES})::text, 7, '0') AS phone,"
                f" 'Customer ' || number AS name FROM generate_series(0, {size - 1}) AS number"
            )
        )


def make_parquet(path: Path, size: int) -> None:
    """Make a Parquet file."""
    import pyarrow
    from pyarrow import parquet

    schema = pyarrow.schema([("order_id", "int64"), ("phone", "string"), ("name", "string")])
    with parquet.ParquetWriter(path, schema) as writer:
        for begin in range(0, size, _AT_ONCE):
            some = range(begin, min(size, begin + _AT_ONCE))
            columns = [list(some), [phone(number) for number in some], [f"Customer {number}" for number in some]]
            writer.write_table(pyarrow.table(columns, schema=schema))


def make_bodies(path: Path, size: int) -> None:
    """Make the bodies of calls, a line each, with all that ours have: two pairs of metadata and a sender."""
    numbers = iter(range(size))
    with path.open("w") as file:
        while some := list(islice(numbers, A_CALL)):
            file.write(json.dumps(list(_messages(some))) + "\n")


def _messages(numbers: list[int]) -> Iterator[dict[str, object]]:
    for number in numbers:
        yield {
            "destination": "44" + phone(number)[1:],
            "content": f"Hello Customer {number}, your parcel {number} comes on Monday between 9 and 12. Reply STOP to"
            " opt out.",
            "metadata": [
                {"key": "airflow_send", "value": f"{number:032x}"},
                {"key": "airflow", "value": "0123456789ab"},
            ],
            "sender": "Depot",
        }
