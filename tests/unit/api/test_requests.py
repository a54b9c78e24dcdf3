from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest

from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.requests import lookups, messages
from airflow_provider_smsworks.api.settings import Credentials, Settings
from tests.unit.api.secrecy import API_KEY, API_SECRET, NATIONAL, NUMBER, TOKEN, assert_clear

SETTINGS = Settings("smsworks_default", token=TOKEN, sender="Parcels")
MINUTE = dt.timedelta(minutes=1)


def message(settings=SETTINGS, **arguments):
    return messages.message(settings, **({"to": NATIONAL, "content": "Hello"} | arguments)).body


def refused(build, settings=SETTINGS, **arguments) -> SmsWorksValidationError:
    with pytest.raises(SmsWorksValidationError) as caught:
        build(settings, **arguments)
    return caught.value


def test_the_least_message():
    assert message() == {"sender": "Parcels", "destination": NUMBER, "content": "Hello"}


def test_a_message_with_everything():
    assert message(
        to="+44 7400 123456",
        content=" Hello\n",
        sender="447400000000",
        tag="late",
        metadata={"order": "1", "": ""},
        validity=2880 * MINUTE,
        ttl=dt.timedelta(days=90),
        delivery_report_url="https://example.com/in",
        response_emails=["a@example.com"],
        ai=False,
    ) == {
        "sender": "447400000000",
        "destination": NUMBER,
        "content": " Hello\n",
        "tag": "late",
        "metadata": [{"key": "order", "value": "1"}, {"key": "", "value": ""}],
        "validity": 2880,
        "ttl": 129600,
        "deliveryreporturl": "https://example.com/in",
        "responseemail": ["a@example.com"],
        "ai": False,
    }


def test_what_rendered_to_nothing_is_left_out():
    assert message(sender="", tag="", metadata={}, delivery_report_url="", response_emails=[]) == message()


def test_the_connections_report_address_is_the_default():
    settings = replace(SETTINGS, delivery_report_url="https://example.com/all")
    assert message(settings)["deliveryreporturl"] == "https://example.com/all"
    one = message(settings, delivery_report_url="https://example.com/one")
    assert one["deliveryreporturl"] == "https://example.com/one"


def test_one_address_for_replies_may_be_text():
    assert message(response_emails="a@example.com")["responseemail"] == ["a@example.com"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"to": ""}, ["`to` is empty"]),
        ({"to": None}, ["`to` must be text"]),
        ({"to": "020 7946 0958"}, ["`to` is a landline"]),
        ({"to": NATIONAL + "7"}, ["`to` is not a number that exists", "country code"]),
        ({"to": "07700900000"}, ["`to` ", "`allow_test_numbers`"]),
        ({"content": ""}, ["`content` is empty: give the words to send"]),
        ({"content": " \n"}, ["`content` is empty"]),
        ({"content": None}, ["`content` is empty"]),
        ({"content": 5}, ["`content` must be text, not int"]),
        ({"content": "x" * 1281}, ["`content` has 1,281 characters", "takes 1,280: shorten it"]),
        ({"sender": "No blanks"}, ["`sender` must be 3 to 11 letters and digits"]),
        ({"sender": 447400123456}, ["`sender` must be"]),
        ({"tag": "x" * 281}, ["`tag` has 281 characters and may have 280"]),
        ({"tag": 5}, ["`tag` must be text, not int"]),
        ({"metadata": ["a"]}, ["`metadata` must be a mapping of text to text, not list"]),
        ({"metadata": {1: "a"}}, ["`metadata` must have text for keys and values"]),
        ({"metadata": {"a": 1}}, ["`metadata` must have text for keys and values"]),
        ({"validity": 60}, ["`validity` must be a timedelta, not int"]),
        ({"validity": MINUTE / 2}, ["`validity` must be whole minutes, at least 1 and at most 2,880"]),
        ({"validity": MINUTE * 1.5}, ["`validity` must be whole minutes"]),
        ({"validity": MINUTE * 2881}, ["`validity` must be whole minutes", "at most 2,880"]),
        ({"validity": MINUTE * 0}, ["`validity` must be whole minutes"]),
        ({"validity": -MINUTE}, ["`validity` must be whole minutes"]),
        ({"ttl": MINUTE * 0}, ["`ttl` must be whole minutes, at least 1"]),
        ({"delivery_report_url": 5}, ["`delivery_report_url` must be a web address"]),
        ({"delivery_report_url": "example.com/in"}, ["`delivery_report_url` must be a web address that begins"]),
        ({"content": "a\ud83d"}, ["`content` holds half a character"]),
        ({"response_emails": ["nobody"]}, ["`response_emails` must be a list of e-mail addresses"]),
        ({"response_emails": {"a@example.com"}}, ["`response_emails` must be a list of e-mail addresses"]),
        ({"ai": "yes"}, ["`ai` must be True or False, not str"]),
    ],
)
def test_a_message_that_cannot_go_out_names_the_field_and_the_remedy(arguments, words):
    error = refused(messages.message, **({"to": NATIONAL, "content": "Hello"} | arguments))
    assert_clear(error, "This call was not made: ", *words)
    assert len(error.problems) == 1


def test_all_problems_of_a_message_are_told_at_once():
    settings = replace(SETTINGS, sender=None)
    error = refused(messages.message, settings, to="x", content="", tag=1, validity=1, ai=1)
    named = [re.match("`([a-z]+)`", problem)[1] for problem in error.problems]
    assert set(named) == {"sender", "to", "content", "tag", "validity", "ai"}
    assert "set `sender` in the connection's extra" in str(error)


def test_a_staging_copy_texts_only_the_allowed_numbers():
    settings = replace(SETTINGS, allowed_numbers=frozenset({NUMBER}))
    assert message(settings)["destination"] == NUMBER
    error = refused(messages.message, settings, to="07400123457", content="Hello")
    assert_clear(error, "`to` is not among `allowed_numbers` of connection `smsworks_default`, which texts nobody else")
    assert "123457" not in str(error)
    refused(messages.message, replace(SETTINGS, allowed_numbers=frozenset()), to=NATIONAL, content="Hello")


def test_a_search_for_nothing_special_has_an_empty_body():
    assert lookups.query(SETTINGS).body == {}


def test_a_search_with_everything():
    assert lookups.query(
        SETTINGS,
        status="SENT",
        to=NATIONAL,
        sender="Parcels",
        keyword="ACK",
        since=dt.datetime(2026, 1, 31, 9, 30, tzinfo=dt.UTC),
        until="2026-01-31T10:30:00+01:00",
        limit=1000,
        skip=0,
        unread=False,
        metadata={"order": "1"},
        credits=0,
    ).body == {
        "status": "SENT",
        "destination": NUMBER,
        "sender": "Parcels",
        "keyword": "ACK",
        "from": "2026-01-31T09:30:00.000Z",
        "to": "2026-01-31T09:30:00.000Z",
        "limit": 1000,
        "skip": 0,
        "unread": False,
        "metadata": [{"key": "order", "value": "1"}],
        "credits": 0,
    }


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        ({"to": "60777"}, "destination", "60777"),
        ({"to": "+44 7400 123456"}, "destination", NUMBER),
        ({"sender": "+44 7400 123456"}, "sender", NUMBER),
        ({"sender": 447400123456}, "sender", NUMBER),
        ({"sender": "07400123456"}, "sender", "07400123456"),
        ({"sender": "60777"}, "sender", "60777"),
        ({"sender": "Two words"}, "sender", "Two words"),
    ],
)
def test_a_search_names_numbers_as_the_gateway_stores_them(arguments, field, value):
    assert lookups.query(SETTINGS, **arguments).body == {field: value}


def test_a_search_may_be_for_any_phone():
    settings = replace(SETTINGS, allowed_numbers=frozenset())
    assert lookups.query(settings, to="07700900000").body == {"destination": "447700900000"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"to": "Parcels"}, ["`to` holds something other than digits"]),
        ({"sender": ["Parcels"]}, ["`sender` must be text, not list"]),
        ({"limit": 0}, ["`limit` must be a whole number, at least 1 and at most 1,000"]),
        ({"limit": 1001}, ["`limit` must be a whole number"]),
        ({"limit": "5"}, ["`limit` must be a whole number"]),
        ({"limit": True}, ["`limit` must be a whole number"]),
        ({"skip": -1}, ["`skip` must be a whole number, at least 0"]),
        ({"unread": "true"}, ["`unread` must be True or False, not str"]),
        ({"status": 5}, ["`status` must be text"]),
        ({"metadata": "a"}, ["`metadata` must be a mapping"]),
        ({"credits": "1"}, ["`credits` must be a number, 0 or more"]),
        ({"credits": True}, ["`credits` must be a number"]),
        ({"credits": -1}, ["`credits` must be a number"]),
        ({"credits": float("nan")}, ["`credits` must be a number"]),
        ({"credits": float("inf")}, ["`credits` must be a number"]),
    ],
)
def test_a_search_that_means_nothing_names_the_field(arguments, words):
    assert_clear(refused(lookups.query, **arguments), *words)


@pytest.mark.parametrize(("given", "used"), [("a-1", "a-1"), (" 7 ", "7"), (2**70, str(2**70))])
def test_a_message_id_is_any_text(given, used):
    assert lookups.message_id(SETTINGS, given).path == {"messageid": used}


@pytest.mark.parametrize("empty", ["", "  ", None, True, [], {}])
def test_an_id_that_is_none_is_refused(empty):
    assert_clear(
        refused(lookups.message_id, message_id=empty), "`message_id`", "give the id that the gateway answered with"
    )


def test_the_request_for_a_token():
    settings = Settings("c", credentials=Credentials("customer", API_KEY, API_SECRET))
    request = lookups.credentials(settings)
    assert request.body == {"customerid": "customer", "key": API_KEY, "secret": API_SECRET}
    assert API_SECRET not in repr(request)
    assert_clear(refused(lookups.credentials), "`customer_id`, `api_key` and `api_secret`")


def test_a_request_shows_neither_number_nor_text():
    assert repr(messages.message(SETTINGS, to=NATIONAL, content="Hello")) == "Request(path={})"
