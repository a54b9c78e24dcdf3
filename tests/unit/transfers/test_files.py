from __future__ import annotations

import datetime as dt
import gzip
import sys
from decimal import Decimal

import pyarrow
import pyarrow.parquet
import pytest
from airflow.providers.common.compat.sdk import ObjectStoragePath
from hypothesis import given, strategies as st

from airflow_provider_smsworks.exceptions import SmsWorksConfigError, SmsWorksValidationError
from airflow_provider_smsworks.transfers.table.cells import RowProblem
from airflow_provider_smsworks.transfers.table.files import file_table, format_of

ROWS = b"id,phone,name\n17,07700900123,Ada\n18,07700900124,Bob\n"
CELL = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1)


@pytest.fixture
def read(tmp_path):
    def read(data, name="rows.csv", places=(0, 1, 2), scheme="", encoding="utf-8-sig", delimiter=","):
        (tmp_path / name).write_bytes(data)
        path = ObjectStoragePath(f"{scheme}{tmp_path / name}")
        with file_table(path, format_of(name), encoding=encoding, delimiter=delimiter) as table:
            return table.columns, [row if isinstance(row, RowProblem) else tuple(row) for row in table.read(places)]

    return read


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("x.csv", "csv"), ("X.CSV", "csv"), ("x.csv.gz", "csv"), ("x.parquet", "parquet"), ("x.pq", "parquet")),
        *(("x.txt", None), ("x", None), ("x.csv.zip", None), ("csv", None)),
    ],
)
def test_a_name_tells_the_format(name, kind):
    assert format_of(name) == kind


class TestCsv:
    expected = (["id", "phone", "name"], [("17", "07700900123", "Ada"), ("18", "07700900124", "Bob")])

    @pytest.mark.parametrize("scheme", ["", "file://"])
    @pytest.mark.parametrize(
        ("data", "more"),
        [
            (ROWS, {}),
            (b"\xef\xbb\xbf" + ROWS, {}),
            (ROWS.replace(b"\n", b"\r\n"), {}),
            (ROWS.rstrip(), {}),
            (ROWS + b"\n\n", {}),
            (ROWS.replace(b"\n", b"\n\n"), {}),
            (ROWS.replace(b",", b", ", 2), {}),
            (ROWS.replace(b",", b";"), {"delimiter": ";"}),
            (ROWS.replace(b",", b"\t"), {"delimiter": "\t"}),
            (ROWS.decode().encode("utf-16"), {"encoding": "utf-16"}),
            (gzip.compress(ROWS, mtime=0), {"name": "rows.csv.gz"}),
        ],
    )
    def test_all_usual_spellings_are_read(self, read, data, more, scheme):
        assert read(data, scheme=scheme, **more) == self.expected

    def test_columns_come_in_the_order_that_is_asked_for(self, read):
        assert read(ROWS, places=(2, 0, 2))[1][0] == ("Ada", "17", "Ada")

    def test_an_empty_cell_holds_nothing(self, read):
        assert read(b'id,phone,name\n17,,""\n')[1] == [("17", None, None)]

    def test_a_ragged_line_is_a_bad_row_and_an_empty_one_is_none(self, read):
        rows = read(b"id,phone,name\n17,07700900123\n\n18,07700900124,Bob,x\n19,07700900125,Cy\n")[1]
        assert [str(row) for row in rows[:2]] == [
            "has 2 cell(s), and there are 3 columns",
            "has 4 cell(s), and there are 3 columns",
        ]
        assert rows[2:] == [("19", "07700900125", "Cy")]

    @given(rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=5))
    def test_what_pythons_writer_writes_is_read_again(self, rows, tmp_path_factory):
        import csv
        import io

        text = io.StringIO()
        csv.writer(text).writerows([("a", "b", "c"), *rows])
        path = tmp_path_factory.mktemp("csv") / "rows.csv"
        path.write_bytes(text.getvalue().encode())
        with file_table(ObjectStoragePath(str(path)), "csv", encoding="utf-8-sig", delimiter=",") as table:
            assert [tuple(row) for row in table.read((0, 1, 2))] == rows

    @pytest.mark.parametrize(
        ("data", "name", "why"),
        [
            (b"", "rows.csv", "is an empty file: its first line must name the columns"),
            (ROWS + "19,07700900125,Zoë".encode("cp1252"), "rows.csv", "it is not utf-8-sig: give its `encoding`"),
            (ROWS + b'19,07700900125,"Cy\n20,07700900126,Dee\n', "rows.csv", "line 5 is no CSV"),
            (ROWS + b'19,07700900125,"Cy"x\n', "rows.csv", "line 4 is no CSV"),
            (ROWS + b"19,07700900125," + b"x" * 200_000, "rows.csv", "is no CSV"),
            (ROWS, "rows.csv.gz", "cannot be unpacked"),
            (gzip.compress(ROWS * 5000, mtime=0)[:-20], "rows.csv.gz", "cannot be unpacked"),
        ],
    )
    def test_what_cannot_be_read_is_told_and_not_quoted(self, read, data, name, why):
        with pytest.raises(SmsWorksValidationError, match=why) as caught:
            read(data, name)
        assert not any(word in str(caught.value) for word in ("Cy", "Dee", "Ada", "9001"))
        assert caught.value.__context__ is None or caught.value.__suppress_context__


def parquet(columns):
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.table(columns), sink, row_group_size=2)
    return sink.getvalue().to_pybytes()


class TestParquet:
    def test_values_keep_their_kinds_and_nothing_is_nothing(self, read):
        moment = dt.datetime(2026, 11, 27, 9, 5, tzinfo=dt.UTC)
        data = parquet(
            {
                "id": pyarrow.array([17, None, 19]),
                "phone": pyarrow.array([447700900123, 447700900124, None], pyarrow.float64()),
                "eta": pyarrow.array([moment, None, moment], pyarrow.timestamp("ns", "UTC")),
                "price": pyarrow.array([Decimal("1.50"), None, Decimal("2.00")]),
                "name": pyarrow.array(["Ada", None, "Cy"]).dictionary_encode(),
            }
        )
        columns, rows = read(data, "rows.parquet", (0, 1, 2, 3, 4))
        assert columns == ["id", "phone", "eta", "price", "name"]
        assert rows == [
            (17, 447700900123.0, moment, Decimal("1.50"), "Ada"),
            (None, 447700900124.0, None, None, None),
            (19, None, moment, Decimal("2.00"), "Cy"),
        ]

    def test_columns_come_in_the_order_that_is_asked_for(self, read):
        data = parquet({"id": [17], "name": ["Ada"], "phone": ["07700900123"]})
        assert read(data, "rows.pq", (2, 0, 2))[1] == [("07700900123", 17, "07700900123")]

    def test_of_the_others_nothing_is_read(self, read):
        data = parquet({"id": [17], "photo": ["x" * 1000], "phone": ["07700900123"]})
        start = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(data)).metadata.row_group(0).column(1)
        end = start.dictionary_page_offset + start.total_compressed_size
        broken = data[: start.dictionary_page_offset] + b"\xff" * start.total_compressed_size + data[end:]
        assert read(broken, "rows.parquet", (0, 2))[1] == [(17, "07700900123")]
        with pytest.raises(OSError, match=r"."):
            read(broken, "rows.parquet", (0, 1))

    def test_a_table_without_rows(self, read):
        data = parquet({"id": pyarrow.array([], pyarrow.int64()), "phone": pyarrow.array([], pyarrow.string())})
        assert read(data, "rows.parquet", (0, 1)) == (["id", "phone"], [])

    @pytest.mark.parametrize("data", [b"", ROWS, b"PAR1" + b"x" * 100 + b"PAR1"])
    def test_what_is_none_is_told(self, read, data):
        with pytest.raises(SmsWorksValidationError, match="`path` is no Parquet file"):
            read(data, "rows.parquet")

    def test_without_pyarrow_the_error_says_what_to_install(self, read, monkeypatch):
        data = parquet({"id": [17]})
        monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
        with pytest.raises(SmsWorksConfigError, match=r"pip install 'airflow-provider-smsworks\[parquet\]'"):
            read(data, "rows.parquet", (0,))
