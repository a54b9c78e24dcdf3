"""Reading page by page while messages come and go."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, strategies as st

from airflow_provider_smsworks.api.errors import SmsWorksUnavailableError
from airflow_provider_smsworks.api.paging import pages


def message(number):
    return {"message_id": str(number)}


def read(page_at) -> list[str]:
    found = []
    reading = pages(found.extend)
    skip = next(reading)
    for _ in range(3000):
        page = page_at(skip)
        try:
            skip = reading.send(page)
        except StopIteration:
            return [message["message_id"] for message in found]
    raise AssertionError("it reads for ever")


def static(count, limit, calls=None):
    def page_at(skip):
        if calls is not None:
            calls.append(skip)
        return [message(number) for number in range(count)][skip : skip + limit]

    return page_at


@pytest.mark.parametrize("limit", [1, 2, 4, 7, 60, 500, 1000])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 59, 60, 61, 999, 1000, 1001, 2500])
def test_all_are_read_once_however_long_the_pages_are(count, limit):
    assert sorted(read(static(count, limit)), key=int) == [str(number) for number in range(count)]


def test_it_takes_few_calls():
    calls = []
    read(static(2500, 1000, calls))
    assert calls == [0, 950, 1900, 2450]


def test_a_gateway_that_ignores_skip_is_noticed():
    page = [message(number) for number in range(1000)]
    calls = itertools.count()

    def page_at(skip):
        next(calls)
        return page[::-1] if next(calls) % 2 else page

    assert len(read(page_at)) == 1000


@given(
    st.integers(0, 300),
    st.integers(4, 60),
    st.lists(
        st.tuples(
            st.sampled_from(["add first", "add last", "remove", "remove first", "remove many"]), st.integers(0, 299)
        ),
        max_size=40,
    ),
    st.booleans(),
)
def test_what_is_there_all_the_time_is_read(count, limit, changes, several):
    listed = [message(number) for number in range(count)]
    stayed = {entry["message_id"] for entry in listed}
    fresh = itertools.count(1000)
    left = list(changes)

    def change():
        kind, place = left.pop(0)
        if kind == "add first":
            listed.insert(0, message(next(fresh)))
        elif kind == "add last":
            listed.append(message(next(fresh)))
        else:
            first = 0 if kind == "remove first" else place % max(1, len(listed))
            gone = listed[first : first + (30 if kind == "remove many" else 1)]
            del listed[first : first + len(gone)]
            stayed.difference_update(entry["message_id"] for entry in gone)

    def page_at(skip):
        page = listed[skip : skip + limit]
        for _ in range(5 if several else 1):
            if left:
                change()
        return page

    found = read(page_at)
    assert stayed <= set(found)
    assert len(found) == len(set(found))


def test_a_list_that_never_stands_still_is_said_to_be_unreadable():
    fresh = itertools.count()
    with pytest.raises(SmsWorksUnavailableError, match="a shorter time between") as caught:
        read(lambda skip: [message(next(fresh)) for _ in range(100)])
    assert caught.value.nothing_sent


def test_messages_without_an_id_are_not_taken_for_one():
    page = [{"message_id": None, "content": "one"}, {"message_id": None, "content": "two"}]
    found = []
    reading = pages(found.extend)
    next(reading)
    reading.send(page)
    with pytest.raises(StopIteration):
        reading.send(page[1:])
    assert found == page


@pytest.mark.parametrize("limit", [3, 10, 1000])
def test_as_many_new_messages_as_reading_went_on_do_not_end_it(limit):
    """The newest come first, and the second page is the first one again."""
    messages = [message(number) for number in range(3 * limit)]
    pages_read = itertools.count()

    def page_at(skip):
        if next(pages_read) == 1:
            messages[:0] = [message(f"new-{number}") for number in range(skip)]
        return messages[skip : skip + limit]

    assert set(map(str, range(3 * limit))) <= set(read(page_at))
