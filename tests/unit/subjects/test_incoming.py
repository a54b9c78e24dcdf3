"""Which text fits a wait."""

from __future__ import annotations

import datetime as dt
import logging

import pytest

from airflow_provider_smsworks.api.errors import SmsWorksConfigError
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.subjects.arrived import fingerprint
from airflow_provider_smsworks.subjects.incoming import IncomingText

LOG = logging.getLogger(__name__)
SETTINGS = Settings("smsworks", token="secret")
SINCE = "2026-03-01T12:00:00+00:00"


def text(message_id="1", content="Yes please", *, at="12:01:00Z", **more):
    fields = {"status": "INCOMING", "sender": "447911123456", "to": "447860000000", "keyword": None}
    return {"message_id": message_id, "content": content, "created": f"2026-03-01T{at}", **fields, **more}


def found(texts, subject=None, from_number=None, **wanted):
    if from_number:
        wanted["sender"] = fingerprint(SETTINGS, from_number)
    looking = (subject or IncomingText(since=SINCE, **wanted)).look(SETTINGS, LOG)
    call = next(looking)
    assert call.method == "search_all_messages"
    try:
        looking.send(texts)
    except StopIteration as done:
        return done.value and done.value["message_id"]


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({}, True),
        ({"from_number": "447911123456"}, True),
        ({"from_number": "447911123457"}, False),
        ({"to_number": "447860000000"}, True),
        ({"to_number": "447860000001"}, False),
        ({"keyword": "yes"}, True),
        ({"keyword": "YES"}, True),
        ({"keyword": "please"}, False),
        ({"keyword": "ye"}, False),
        ({"pattern": "pl.ase$"}, True),
        ({"pattern": "yes"}, False),
        ({"pattern": "(?i)yes"}, True),
        ({"from_number": "447911123456", "keyword": "no"}, False),
    ],
)
def test_what_fits(wanted, fits):
    assert found([text()], **wanted) == ("1" if fits else None)


@pytest.mark.parametrize("sender", ["447911123456", "+447911123456", "07911123456", 447911123456, "00447911123456"])
def test_the_gateway_may_spell_the_number_as_it_likes(sender):
    assert found([text(sender=sender)], from_number="447911123456") == "1"


@pytest.mark.parametrize("sender", ["Parcels", "", None, "447911123457"])
def test_somebody_else_is_somebody_else(sender):
    assert found([text(sender=sender)], from_number="447911123456") is None


def test_the_gateways_keyword_counts_too():
    assert found([text(content="ok", keyword="ACK")], keyword="ack") == "1"


@pytest.mark.parametrize("content", [None, "", "…", "👍"])
def test_a_text_without_words_has_no_first_word(content):
    assert found([text(content=content)], keyword="yes") is None
    assert found([text(content=content)]) == "1"


@pytest.mark.parametrize(
    ("at", "fits"), [("11:59:58Z", True), ("11:59:57Z", False), ("12:00:00Z", True), ("11:00:00+01:00", False)]
)
def test_what_is_older_does_not_fit_whatever_the_gateway_returns(at, fits):
    assert found([text(at=at)]) == ("1" if fits else None)


@pytest.mark.parametrize("created", [None, "yesterday", "2026-03-01T12:01:00"])
def test_a_date_that_cannot_be_read_is_left_to_the_gateways_filter(created):
    assert found([text() | {"created": created}]) == "1"


@pytest.mark.parametrize("status", ["SENT", "DELIVERED", "", "NEW"])
def test_only_incoming_texts_fit(status):
    assert found([text(status=status)]) is None


def test_the_oldest_comes_first_whatever_the_order():
    texts = [text("3", at="12:03:00Z"), text("1", at="12:01:00.5Z"), text("2", at="12:01:00.600Z")]
    assert found(texts) == "1"
    assert found([text("0") | {"created": None}, *texts]) == "1"


def test_a_text_without_an_id_cannot_be_handed_on():
    assert found([text(None), text("2")]) == "2"


def test_a_text_that_fits_is_found_again_and_others_are_looked_at_once():
    subject = IncomingText(since=SINCE, keyword="yes")
    assert found([text("1", "no")], subject) is None
    assert found([text("1", "yes"), text("2")], subject) == "2"
    assert found([text("2")], subject) == "2"


def test_the_query_is_the_same_for_all_waits_and_begins_a_little_early():
    calls = [next(IncomingText(since=SINCE, **more).look(SETTINGS, LOG)) for more in ({}, {"keyword": "yes"})]
    assert calls[0] == calls[1]
    assert calls[0].arguments["since"] == dt.datetime(2026, 3, 1, 11, 59, 58, tzinfo=dt.UTC)
    assert calls[0].arguments["unread"] is None


def test_the_event_has_the_id_only():
    looking = IncomingText(since=SINCE).look(SETTINGS, LOG)
    next(looking)
    with pytest.raises(StopIteration) as done:
        looking.send([text()])
    assert done.value.value == {"outcome": "final", "message_id": "1"}


def test_what_stands_for_the_number_does_not_tell_it():
    assert "123456" not in fingerprint(SETTINGS, "447911123456")
    assert fingerprint(SETTINGS, "447911123456") != fingerprint(SETTINGS, "447911123457")


def test_another_token_ends_the_wait_instead_of_finding_nothing_for_ever():
    subject = IncomingText(since=SINCE, sender=fingerprint(SETTINGS, "447911123456"))
    looking = subject.look(Settings("smsworks", token="another"), LOG)
    with pytest.raises(SmsWorksConfigError, match="has changed"):
        next(looking)
    assert found([text()], subject) == "1"
