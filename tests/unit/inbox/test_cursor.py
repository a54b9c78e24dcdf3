"""What a watcher remembers of what it told."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from airflow_provider_smsworks.inbox.cursor import Cursor, mark
from airflow_provider_smsworks.inbox.shared import OVERLAP
from airflow_provider_smsworks.subjects.arrived import Arrived

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
SECOND = dt.timedelta(seconds=1)


def text(message_id, moment=NOW):
    fields = {"status": "INCOMING", "sender": "447700900123", "to": "447860012345", "keyword": None, "content": "Hi"}
    return Arrived({"message_id": message_id, "created": moment and moment.isoformat(), **fields}, {})


def written_and_read(cursor):
    """Return the cursor of the next triggerer: it went through Airflow's database."""
    return Cursor.written(json.loads(json.dumps(cursor.to_write())))


def test_what_was_there_at_the_beginning_is_passed_over_and_what_comes_late_is_told():
    cursor = Cursor.at_the_beginning(NOW)
    before, just_now = text("1", NOW - MINUTE), text("2", NOW + SECOND)
    cursor.begin([before, just_now])
    # It is dated before, but was not there: its clock is behind, or the gateway showed it late.
    late = text("3", NOW - MINUTE)
    assert [cursor.wants(each) for each in (before, just_now, late)] == [False, True, True]


def test_it_begins_once():
    cursor = Cursor.at_the_beginning(NOW)
    cursor.begin([])
    cursor.begin([text("1", NOW - MINUTE)])
    assert cursor.wants(text("1", NOW - MINUTE))


def test_a_beginning_that_was_written_down_is_gone_on_with():
    cursor = written_and_read(Cursor.at_the_beginning(NOW))
    assert cursor.began == NOW
    cursor.begin([text("1", NOW - MINUTE), text("2", NOW + MINUTE)])
    assert not cursor.wants(text("1", NOW - MINUTE))
    assert cursor.wants(text("2", NOW + MINUTE))
    assert written_and_read(cursor).began is None


def test_a_text_is_told_once_also_by_the_next_triggerer():
    cursor = Cursor(NOW - OVERLAP)
    texts = [text(str(number), NOW + number * SECOND) for number in range(20)]
    for each in texts[:10]:
        cursor.tell(each)
    again = written_and_read(cursor)
    assert again == cursor
    assert [again.wants(each) for each in texts] == [False] * 10 + [True] * 10


def test_nothing_told_is_nothing_told():
    cursor = written_and_read(Cursor(NOW))
    assert cursor.told == {}
    assert cursor.wants(text("1"))


def test_it_stays_an_hour_behind_the_newest_and_forgets_what_is_older():
    cursor = Cursor(NOW - OVERLAP)
    old, new = text("1", NOW - 50 * MINUTE), text("2", NOW + 30 * MINUTE)
    cursor.tell(old)
    cursor.tell(new)
    cursor.move(NOW + 30 * MINUTE)
    assert cursor.since == NOW - 30 * MINUTE
    assert set().union(*cursor.told.values()) == {mark(new)}
    assert not cursor.wants(old)
    # An hour late, and found nonetheless.
    assert cursor.wants(text("3", NOW - 29 * MINUTE))


def test_what_is_within_the_tolerance_is_remembered_and_not_told_again():
    cursor = Cursor(NOW - OVERLAP)
    edge = text("1", NOW - OVERLAP - SECOND)
    cursor.tell(edge)
    cursor.move(NOW)
    assert not cursor.wants(edge)


def test_a_text_without_a_date_is_told_once_as_long_as_it_may_be_found():
    """Whoever waits keeps such a text for an hour; another triggerer, which finds it again, for an hour more."""
    now = dt.datetime.now(dt.UTC)
    cursor = Cursor(now - OVERLAP)
    dateless = text("1", None)
    assert cursor.wants(dateless)
    cursor.tell(dateless)
    cursor.move(now + OVERLAP + 50 * MINUTE)
    assert not cursor.wants(dateless)


@pytest.mark.parametrize("minutes", range(0, 121, 7))
def test_what_was_told_is_never_wanted_again_whenever_it_was_and_however_it_moves(minutes):
    """Nothing is forgotten before it is of before the cursor."""
    cursor = Cursor(NOW - OVERLAP)
    texts = [text(str(number), NOW + number * MINUTE) for number in range(0, minutes + 1)]
    for each in texts:
        cursor.tell(each)
    cursor.move(NOW + minutes * MINUTE)
    assert not any(written_and_read(cursor).wants(each) for each in texts)
    # And what is forgotten is not much: an hour, and one period of it.
    assert sum(map(len, cursor.told.values())) <= 60 + 11


def test_it_never_moves_back():
    cursor = Cursor(NOW)
    cursor.move(NOW - 5 * MINUTE)
    assert cursor.since == NOW


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_what_is_written_down_is_8_bytes_a_text_and_names_none(count):
    cursor = Cursor(NOW)
    for number in range(count):
        cursor.tell(text(f"id-{number}"))
    value = cursor.to_write()
    assert set(value) == {"since", "told"}
    assert sum(map(len, value["told"].values())) == 8 * count
    assert "id-" not in str(value)
