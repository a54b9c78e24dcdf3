"""The sandbox's own knowledge: parts of a text, dates, and a life that lasts for its validity."""

from __future__ import annotations

import time

import gsm0338
import pytest
from hypothesis import given, strategies as st

from airflow_provider_smsworks.sandbox import batches, life, parts, state
from airflow_provider_smsworks.sandbox.accept import accept
from airflow_provider_smsworks.sandbox.dates import read_date, write_date
from airflow_provider_smsworks.sandbox.drafts import read_draft
from airflow_provider_smsworks.sandbox.faults import FaultList
from airflow_provider_smsworks.sandbox.parts import count_parts


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 1280, 9),
        ("£\r\nÅñ" * 32, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 158 + "€", 1),
        ("a" * 159 + "€", 2),
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # 306 septets, but the euro sign does not straddle
        ("^{}\\[~]|\f€" * 8, 1),
        ("^{}\\[~]|\f€" * 8 + "a", 2),
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("ж" * 134, 2),
        ("ж" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 66, 2),  # 33 whole ones fit in a part of 67 units
        ("😀" * 67, 3),
        ("a" * 70 + "ç", 2),  # the alphabet has only the capital
        ("`" + "a" * 70, 2),
    ],
)
def test_parts(content, expected):
    assert count_parts(content) == expected


def test_the_alphabet_is_gsm_0338():
    """Against the library that the client uses, which the sandbox itself does not."""
    encode = gsm0338.Codec().encode
    lengths = {}
    for code in range(0x3000):
        try:
            lengths[chr(code)] = len(encode(chr(code))[0])
        except UnicodeError:
            continue
    assert {character for character, length in lengths.items() if length == 1} - {"\x1b"} == parts._BASIC
    assert {character for character, length in lengths.items() if length == 2} == parts._EXTENSION


@given(st.text(alphabet="aé€[", max_size=1280))
def test_packing_is_between_the_even_bounds(content):
    septets = sum(2 if character in "€[" else 1 for character in content)
    counted = count_parts(content)
    if septets <= 160:
        assert counted == 1
    else:
        assert -(-septets // 153) <= counted <= -(-septets // 152)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2017-03-25T21:43:05.667Z", 1490478185.667),
        ("2017-03-25T21:43:05+01:00", 1490474585.0),
        ("2017-03-25T21:43:05", 1490478185.0),
        ("2017-03-25", 1490400000.0),
        ("Wed Jul 19 2017 20:26:28 GMT+0100 (BST)", 1500492388.0),
        ("Wed Jul 19 2017 20:26:28 GMT+0100 (British Summer Time)", 1500492388.0),
        ("Sat 25 Mar 2017 21:43:05 UTC", 1490478185.0),
        ("Sat Mar 25 21:43:05 2017", 1490478185.0),
        ("Sat, 25 Mar 2017 21:43:05 GMT", 1490478185.0),
        ("Sat Mar 25 21:43:05 UTC 2017", 1490478185.0),
        ("Sat Mar 25 2017 21:43:05", 1490478185.0),
        ("Sat 25 Mar 2017 21:43:05 ", 1490478185.0),
        ("25 Mar 2017 21:43:05 GMT", 1490478185.0),
        ("", None),
        ("soon", None),
        ("2017-13-01", None),
    ],
)
def test_reading_dates(text, seconds):
    assert read_date(text) == seconds


def test_writing_dates():
    assert write_date(1490478185.667, "iso") == "2017-03-25T21:43:05.667Z"
    assert write_date(1490478185.667, "javascript") == "Sat Mar 25 2017 21:43:05 GMT+0000 (GMT)"
    assert write_date(1500494026.0, "javascript") == "Wed Jul 19 2017 20:53:46 GMT+0100 (BST)"


def test_a_message_to_a_handset_that_is_off_expires_after_its_validity(memory, monkeypatch):
    sandbox = state.Sandbox(memory)
    sandbox.change_settings({"expiry_delay": None})
    now = sandbox.now()

    def status_after(minutes):
        monkeypatch.setattr(sandbox, "now", lambda: now + minutes * 60)
        life.advance(sandbox)
        row = sandbox.database.row("SELECT status, failure, modified - created AS took FROM messages")
        return tuple(row)

    monkeypatch.setattr(sandbox, "now", lambda: now)
    body = {"sender": "Parcels", "destination": "07700900002", "content": "Hello", "validity": 90}
    accept(sandbox, read_draft(body, sandbox.settings), "POST /message/send")
    assert status_after(89.9) == ("SENT", 5006, pytest.approx(2))
    assert sandbox.balance == 999.0
    assert status_after(90.1) == ("EXPIRED", 5015, pytest.approx(5400))
    assert sandbox.balance == 1000.0


def test_a_report_comes_without_a_look_at_all_that_are_on_their_way(memory):
    sandbox = state.Sandbox(memory)
    sandbox.change_settings({"credits": 100_000, "delivery_delay": 3600.0, "expiry_delay": 0.0})
    numbers = [f"0770{number:07}" for number in range(20_000)]
    many = {"sender": "Parcels", "destinations": numbers, "content": "Hi"}
    batches.send(sandbox, batches.draft_batch(many, sandbox.settings), "POST /batch/send")

    def seconds(phone):
        body = {"sender": "Parcels", "destination": phone, "content": "Hello"}
        accept(sandbox, read_draft(body, sandbox.settings), "POST /message/send")
        started = time.perf_counter()
        life.advance(sandbox)
        return time.perf_counter() - started

    nothing, expired = (min(seconds(phone) for _ in range(9)) for phone in ("07700900000", "07700900002"))
    assert tuple(sandbox.database.row("SELECT count(*) FROM messages WHERE status = 'EXPIRED'")) == (9,)
    assert expired < 30 * nothing  # it is twice; with a look at all of them a hundred times


def test_the_draws_of_a_probability_go_on_after_a_restart(memory):
    def start_again():
        FaultList(memory).replace([{"operation": "*", "probability": 0.5, "times": None}], [])
        return FaultList(memory)

    def struck(faults):
        return faults.strike("GET /utils/test") is not None

    faults = start_again()
    without_restarts = [struck(faults) for _ in range(20)]
    start_again()
    assert [struck(FaultList(memory)) for _ in range(20)] == without_restarts
    assert set(without_restarts) == {True, False}
