"""Moments go out as ISO 8601 in UTC, and come back so from whatever the gateway writes."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, strategies as st

from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.records.fields import as_moment
from airflow_provider_smsworks.api.requests import lookups
from airflow_provider_smsworks.api.settings import Settings

SETTINGS = Settings("smsworks_default", token="t")

offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
moments = st.datetimes(dt.datetime(1970, 1, 2), dt.datetime(2100, 1, 1), timezones=offsets)


def sent(moment):
    return lookups.query(SETTINGS, since=moment).body["from"]


def javascript(moment: dt.datetime, name: str) -> str:
    """Write a moment as JavaScript's ``Date.toString`` does."""
    return f"{moment:%a %b %d %Y %H:%M:%S} GMT{moment:%z}{name}"


@given(moments)
def test_a_moment_goes_out_and_comes_back_as_the_same_moment(moment):
    out = sent(moment)
    assert out.endswith("Z")
    back = dt.datetime.fromisoformat(as_moment(out))
    assert back == moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert sent(moment.isoformat()) == out


@given(moments, st.sampled_from(["", " (BST)", " (Coordinated Universal Time)"]))
def test_the_text_of_a_javascript_date_is_read(moment, name):
    read = as_moment(javascript(moment, name))
    assert dt.datetime.fromisoformat(read) == moment.replace(microsecond=0)
    assert read.endswith("Z")
    assert as_moment(read) == read


@pytest.mark.parametrize(
    ("moment", "out"),
    [
        (dt.datetime(2026, 1, 31, 9, 30, tzinfo=dt.UTC), "2026-01-31T09:30:00.000Z"),
        ("2026-01-31T09:30:00Z", "2026-01-31T09:30:00.000Z"),
        ("2026-07-01T09:30:00.123456+01:00", "2026-07-01T08:30:00.123Z"),
    ],
)
def test_how_a_moment_is_written(moment, out):
    assert sent(moment) == out


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2017-03-25T21:43:05.667Z", "2017-03-25T21:43:05.667000Z"),
        ("2021-10-28T14:10:00+01:00", "2021-10-28T13:10:00Z"),
        ("Wed Jul 19 2017 20:53:46 GMT+0100 (BST)", "2017-07-19T19:53:46Z"),
        ("Sun Sep 3 2020 15:34:23 GMT+0100 (BST)", "2020-09-03T14:34:23Z"),
    ],
)
def test_the_spellings_that_the_documents_show_are_read(written, read):
    assert as_moment(written) == read


@pytest.mark.parametrize("empty", [None, ""])
def test_no_moment_is_none(empty):
    assert as_moment(empty) is None


@pytest.mark.parametrize(
    "text",
    [
        "Invalid Date",
        "2026-01-31T09:30:00",
        "2026-01-31",
        "0001-01-01T00:00:00+01:00",
        "Foo Bar 19 2017 20:53:46 GMT+0100",
    ],
)
def test_what_is_no_certain_moment_stays_as_it_is(text):
    assert as_moment(text) == text


@given(st.text() | st.integers() | st.floats() | st.booleans())
def test_no_moment_is_too_strange_to_be_read(value):
    assert isinstance(as_moment(value), str | None)


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        (dt.datetime(2026, 1, 31, 9, 30), "has no time zone"),
        ("2026-01-31T09:30:00", "add one, such as +00:00"),
        ("yesterday", "ISO 8601 text such as 2026-01-31T09:30:00+00:00"),
        (1490478185, "must be a datetime"),
        (dt.date(2026, 1, 31), "must be a datetime"),
        ("0001-01-01T00:00:00+14:00", "is before the year 1 or after 9999"),
        ("9999-12-31T23:59:59-14:00", "is before the year 1 or after 9999"),
    ],
)
def test_a_moment_that_is_none_is_refused(name, value, remedy):
    with pytest.raises(SmsWorksValidationError) as caught:
        lookups.query(SETTINGS, **{name: value})
    assert f"`{name}` " in str(caught.value)
    assert remedy in str(caught.value)
