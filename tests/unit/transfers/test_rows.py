"""From rows to entries: keys, phones, bad rows, and columns that are not there."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from operator import itemgetter

import pytest
from hypothesis import given, strategies as st

from airflow_provider_smsworks.api.requests.rows import MessageRows
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.exceptions import SmsWorksValidationError
from airflow_provider_smsworks.sending.entries import BadEntry, Entry
from airflow_provider_smsworks.transfers.table.cells import RowProblem, key_of, phone_of
from airflow_provider_smsworks.transfers.table.rows import Table, Wanted
from airflow_provider_smsworks.transfers.table.template import RowTemplate

SETTINGS = Settings("c", sender="Parcels", allow_test_numbers=True)
COLUMNS = ["id", "phone", "name"]


def entries(*rows, columns=COLUMNS, content="Hello {name}", key="id", to="phone", **more):
    def read(places):
        choose = itemgetter(*places)
        return (row if isinstance(row, RowProblem) else choose(row) for row in rows)

    more_of_table = {"may_lack_names": more.pop("may_lack_names", False)}
    wanted = Wanted(key, to, RowTemplate(content), **more)
    return list(wanted.entries(Table(columns, read, **more_of_table), MessageRows(SETTINGS)))


def test_a_row_becomes_a_text_that_its_phone_names():
    assert entries((17, "07700 900123", "Ada")) == [Entry("447700900123", "17", "447700900123", "Hello Ada")]


def test_or_that_its_key_names():
    [entry] = entries((17, "07700 900123", "Ada"), one_text_per_number=False)
    assert entry == Entry("key/17", "17", "447700900123", "Hello Ada")


@pytest.mark.parametrize(
    ("row", "bad"),
    [
        ((None, "07700900123", "Ada"), BadEntry("row 1", "column `id` is empty, which names the row")),
        ((" ", "07700900123", "Ada"), BadEntry("row 1", "column `id` is empty, which names the row")),
        ((float("nan"), "07700900123", "Ada"), BadEntry("row 1", "column `id` is empty, which names the row")),
        ((17, None, "Ada"), BadEntry("17", "column `phone` is empty")),
        ((17, float("nan"), "Ada"), BadEntry("17", "column `phone` is empty")),
        ((17, "", "Ada"), BadEntry("17", "column `phone` is empty")),
        ((17, "Ada", "Ada"), BadEntry("17", None)),
        ((17, "0207 946 0000", "Ada"), BadEntry("17", None)),
        ((17, 447700900123.5, "Ada"), BadEntry("17", None)),
        ((17, True, "Ada"), BadEntry("17", None)),
        ((17, b"07700900123", "Ada"), BadEntry("17", None)),
        ((17, "4.477E+11", "Ada"), BadEntry("17", None)),
        ((17, "07700900123", None), BadEntry("17", "column `name` is empty")),
        ((17, "07700900123", "x" * 1281), BadEntry("17", None)),
        (RowProblem("has 2 cells"), BadEntry("row 1", "has 2 cells")),
    ],
)
def test_a_bad_row_is_told_by_key_and_reason_and_without_what_is_in_it(row, bad):
    [found] = entries(row)
    assert isinstance(found, BadEntry)
    assert found.label == bad.label
    if bad.reason:
        assert found.reason == bad.reason
    else:
        assert found.reason.startswith(("column `phone` ", "`content` "))
    assert "Ada" not in found.reason
    assert "900123" not in found.reason


def test_rows_are_counted_from_the_first_one_on_whatever_is_wrong_with_them():
    found = entries((1, "07700900123", "Ada"), RowProblem("broken"), (None, "07700900123", "Ada"))
    assert [entry.label for entry in found] == ["1", "row 2", "row 3"]


PHONES = st.integers(447700900000, 447700900999)


@given(phone=PHONES)
def test_a_phone_is_the_same_in_every_type_that_a_table_may_have_for_it(phone):
    digits = str(phone)
    spellings = [phone, digits, float(phone), Decimal(phone), Decimal(f"{phone}.00"), f"{phone}.0", f" {phone}.0 "]
    spellings += [f"0{digits[2:]}", f"+{digits}", int(digits[2:]), f"0{digits[2:6]} {digits[6:]}", f"00{digits}"]
    assert {entry.to for entry in entries(*((1, spelling, "Ada") for spelling in spellings))} == {digits}


@given(value=st.one_of(st.text(), st.floats(), st.decimals(), st.none(), st.booleans(), st.binary()))
def test_whatever_is_in_a_cell_a_row_is_a_text_or_a_bad_one(value):
    for row in ((value, "07700900123", "Ada"), (17, value, "Ada"), (17, "07700900123", value)):
        [found] = entries(row)
        assert isinstance(found, Entry | BadEntry)
        assert found.label


def test_only_what_a_data_frame_writes_is_read_as_one_has_written_it():
    assert phone_of("447700900123.0") == "447700900123"
    for text in ("07700900123.0", "447700900123.00", "447700900123.5", "07700.900123", "1.0"):
        assert phone_of(text) == text


def test_a_key_is_the_same_whether_or_not_another_row_has_none():
    assert key_of(1042) == key_of(1042.0) == key_of(Decimal("1042.00")) == "1042"
    assert key_of(dt.date(2026, 11, 22)) == "2026-11-22"
    assert key_of(1.5) == "1.5"


class TestColumns:
    def test_a_column_that_is_not_there_is_told_before_a_row_is_read(self):
        def read(places):
            raise AssertionError

        wanted = Wanted("id", "phone", RowTemplate("{nmae} {eta}"))
        with pytest.raises(SmsWorksValidationError) as caught:
            next(wanted.entries(Table(COLUMNS, read), MessageRows(SETTINGS)))
        assert caught.value.problems == [
            "`content` needs column `nmae`, which is not there",
            "`content` needs column `eta`, which is not there",
            "the columns are id, phone, name",
        ]

    def test_names_that_the_database_writes_in_capitals_are_found(self):
        [entry] = entries((17, "07700900123", "Ada"), columns=["ID", "PHONE", "NAME"])
        assert entry.content == "Hello Ada"

    def test_the_exact_name_counts_if_there_are_two(self):
        [entry] = entries((1, 17, "07700900123", "Ada"), columns=["ID", "id", "phone", "name"])
        assert entry.label == "17"

    @pytest.mark.parametrize("columns", [["id", "phone", "name", "name"], ["id", "phone", "NAME", "Name"]])
    def test_a_name_that_two_columns_have_is_refused(self, columns):
        with pytest.raises(SmsWorksValidationError, match="column `name`, and 2 columns are called so"):
            entries((17, "07700900123", "Ada", "Bob"), columns=columns)

    def test_a_phone_in_place_of_a_column_is_masked(self):
        with pytest.raises(SmsWorksValidationError, match=r"`to` needs column `\*{9}23`, which is not there"):
            entries((17, "07700900123", "Ada"), to="07700900123")

    def test_a_first_row_that_is_taken_for_names_is_not_quoted(self):
        with pytest.raises(SmsWorksValidationError, match="does the first line name the columns") as caught:
            entries(columns=["17", "07700900123", "Ada"], may_lack_names=True)
        assert "Ada" not in str(caught.value)

    def test_one_column_may_be_all(self):
        [entry] = entries((447700900123,), columns=["phone"], key="phone", content="Hello {phone}")
        assert entry == Entry("447700900123", "447700900123", "447700900123", "Hello 447700900123")
