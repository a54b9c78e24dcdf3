"""What a task may return of what it read."""

from __future__ import annotations

import json

import pytest

from airflow_provider_smsworks.showing import shown

NUMBER = "447700900123"
MESSAGE = {
    "message_id": "11112222333344445555",
    "status": "DELIVERED",
    "to": NUMBER,
    "sender": "Parcels",
    "content": "Hello Ada, call 07700900123",
    "created": "2026-01-31T09:30:00Z",
    "tag": "late",
    "credits_used": 1,
    "failure_reason": None,
    "metadata": {"order": "7"},
}


def test_the_number_is_masked_and_the_text_is_not():
    assert shown(MESSAGE) == MESSAGE | {"to": "44********23"}


def test_nothing_that_was_read_changes():
    before = json.dumps(MESSAGE)
    shown(MESSAGE)
    assert json.dumps(MESSAGE) == before


@pytest.mark.parametrize(
    ("sender", "is_shown"),
    [
        ("447700900123", "44********23"),
        ("+44 7700 900123", "44********23"),
        ("07700900123", "*********23"),
        ("1234567", "12***67"),
        ("Parcels", "Parcels"),
        ("60777", "60777"),
        (None, None),
    ],
)
def test_a_sender_may_be_somebody(sender, is_shown):
    assert shown({"sender": sender}) == {"sender": is_shown}


@pytest.mark.parametrize(
    ("to", "is_shown"),
    [([NUMBER, "07700900124", None], ["44********23", "*********24", None]), (None, None), ("0", "***"), ([], [])],
)
def test_lists_of_numbers(to, is_shown):
    assert shown({"to": to}) == {"to": is_shown}


def test_a_networks_words_may_hold_a_number():
    reason = {"code": 5001, "details": f"no such number {NUMBER}", "permanent": True, "subscriber": NUMBER}
    assert shown({"failure_reason": reason}) == {
        "failure_reason": {"code": 5001, "details": "no such number 44********23", "permanent": True}
    }


@pytest.mark.parametrize("unknown", [{"identifier": "7777777777"}, {"customerid": "x"}, {"msisdn": NUMBER}, {"a": {}}])
def test_what_is_not_known_is_left_out(unknown):
    assert shown(MESSAGE | unknown) == shown(MESSAGE)


@pytest.mark.parametrize(("value", "kept"), [(True, True), (NUMBER, False)])
def test_whether_it_went_abroad_is_known(value, kept):
    assert ("international" in shown({"international": value})) is kept


def test_what_the_provider_wrote_could_tell_a_number():
    metadata = {"order": "7", "airflow": "0123456789ab", "airflow_send": "0" * 32}
    assert shown({"metadata": metadata}) == {"metadata": {"order": "7"}}


def test_a_passcode_is_never_shown():
    otp = {"status": "SENT", "passcode": "481200", "validity": 300, "expires": "2026-01-31T09:35:00Z"}
    assert shown(otp) == {"status": "SENT", "validity": 300, "expires": "2026-01-31T09:35:00Z"}


def test_reveal_is_everything():
    record = MESSAGE | {"identifier": "7777777777", "passcode": "481200", "metadata": {"airflow_send": "0"}}
    assert shown(record, reveal=True) == record
    assert shown(record, reveal=True) is not record
