"""Arguments as data frames, pendulum and careless code hand them over: used as they are meant, or named and refused."""

from __future__ import annotations

import datetime as dt
import inspect
from zoneinfo import ZoneInfo

import pendulum
import pytest

from airflow_provider_smsworks.api import operations
from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.requests import lookups, messages, otps
from airflow_provider_smsworks.api.requests.messages import MessageOptions
from airflow_provider_smsworks.api.settings import Settings
from tests.unit.api.secrecy import NATIONAL, NUMBER, TOKEN, assert_clear

SETTINGS = Settings("smsworks_default", token=TOKEN, sender="Parcels")


class Missing:
    """As pandas' NA: neither true nor false, and no answer to whether it equals anything."""

    def __bool__(self):
        raise TypeError("boolean value of NA is ambiguous")

    def __eq__(self, other):
        return self

    __hash__ = None


class Array(Missing):
    """As numpy's: it promises to be an integer, and is none."""

    def __index__(self):
        raise TypeError("only integer scalar arrays can be converted to a scalar index")


class Integer:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


def deep():
    nested = []
    for _ in range(20_000):
        nested = [nested]
    return nested


STRANGE = [Missing(), Array(), 10**5000, deep(), int, float("nan"), object(), b"\xff"]

REQUIRED = {
    "to": NATIONAL,
    "content": "65 66",
    "schedule": dt.datetime(2100, 1, 1, tzinfo=dt.UTC),
    "message_id": "1",
    "batch_id": "1",
    "passcode": "0123",
    "country": "GB",
    "code": 4021,
    "messages": [],
}
OPERATIONS = [
    one
    for one in vars(operations).values()
    if isinstance(one, operations.Operation) and one is not operations.FETCH_TOKEN
]


def arguments_of(operation):
    needed = {}
    for name, parameter in list(inspect.signature(operation.build).parameters.items())[1:]:
        if parameter.kind is parameter.VAR_KEYWORD:
            options = MessageOptions if "Message" in str(parameter.annotation) else messages.BatchOptions
            yield from ((option, needed) for option in options.__annotations__)
        else:
            if parameter.default is parameter.empty:
                needed[name] = [NATIONAL] if name == "to" and "batch" in operation.path else REQUIRED[name]
            yield name, needed


CASES = [(operation, name, needed) for operation in OPERATIONS for name, needed in arguments_of(operation)]


@pytest.mark.parametrize(
    ("operation", "name", "needed"), CASES, ids=[f"{operation.label} {name}" for operation, name, _ in CASES]
)
def test_what_is_none_of_the_kinds_that_a_field_takes_is_named(operation, name, needed):
    for value in STRANGE:
        if operation is operations.SEND_BINARY_MESSAGE and name == "content" and isinstance(value, bytes):
            continue
        with pytest.raises(SmsWorksValidationError) as caught:
            operation.prepare(SETTINGS, **{**needed, name: value})
        assert_clear(caught.value, f"`{name}")


@pytest.mark.parametrize("name", MessageOptions.__annotations__)
def test_a_row_of_a_collection_names_them_too(name):
    for value in STRANGE:
        with pytest.raises(SmsWorksValidationError) as caught:
            operations.SEND_COLLECTION.prepare(SETTINGS, messages=[{"to": NATIONAL, "content": "Hello", name: value}])
        assert_clear(caught.value, f"`messages[0].{name}`")


def test_integers_of_data_frames_are_integers():
    assert lookups.query(SETTINGS, limit=Integer(5), skip=Integer(0), to=Integer(60777)).body == {
        "limit": 5,
        "skip": 0,
        "destination": "60777",
    }
    assert lookups.message_id(SETTINGS, Integer(7)).path == {"messageid": "7"}
    assert otps.otp(SETTINGS, to=Integer(int(NUMBER)), length=Integer(4)).body["length"] == 4


@pytest.mark.parametrize(
    ("duration", "minutes"),
    [
        (pendulum.duration(minutes=5), 5),
        (pendulum.duration(months=1, weeks=1), 37 * 24 * 60),
        (pendulum.datetime(2026, 1, 1).diff(pendulum.datetime(2026, 1, 2)), 24 * 60),
    ],
)
def test_pendulums_durations_are_timedeltas(duration, minutes):
    body = messages.message(SETTINGS, to=NATIONAL, content="Hello", ttl=duration).body
    assert (body["ttl"], type(body["ttl"])) == (minutes, int)


def test_a_moment_that_a_clock_skips_is_pythons():
    """On 31 March 2030 the clocks of London go from 01:00 to 02:00."""
    skipped = dt.datetime(2030, 3, 31, 1, 30, tzinfo=ZoneInfo("Europe/London"))
    assert lookups.query(SETTINGS, since=skipped).body["from"] == "2030-03-31T01:30:00.000Z"


@pytest.mark.parametrize(("fold", "hour"), [(0, "00"), (1, "01")])
def test_an_hour_that_a_clock_shows_twice_is_the_one_that_is_meant(fold, hour):
    twice = dt.datetime(2030, 10, 27, 1, 30, tzinfo=ZoneInfo("Europe/London"), fold=fold)
    for moment in (twice, pendulum.instance(twice)):
        assert lookups.query(SETTINGS, since=moment).body["from"] == f"2030-10-27T{hour}:30:00.000Z"


class NoOffset(dt.tzinfo):
    def utcoffset(self, moment):
        return None


def test_a_zone_without_an_offset_is_none():
    with pytest.raises(SmsWorksValidationError, match="`since` has no time zone"):
        lookups.query(SETTINGS, since=dt.datetime(2026, 1, 1, tzinfo=NoOffset()))


@pytest.mark.parametrize("length", [10**12, -1, True, 1281])
def test_a_length_that_no_passcode_has_takes_neither_time_nor_memory(length):
    with pytest.raises(SmsWorksValidationError, match="`length` must be a whole number"):
        otps.otp(SETTINGS, to=NATIONAL, template="{{passcode}}", length=length)


@pytest.mark.parametrize("given", ["\ud800", "1\x002", "1\u200b"])
def test_an_id_with_characters_that_nobody_sees_is_refused(given):
    with pytest.raises(SmsWorksValidationError, match="`message_id` holds characters that nobody sees"):
        lookups.message_id(SETTINGS, given)


def test_an_id_that_is_a_number_with_a_point_is_not_called_empty():
    with pytest.raises(SmsWorksValidationError, match="`message_id` must be text, not float"):
        lookups.message_id(SETTINGS, 4.477e11)


@pytest.mark.parametrize("sender", [NATIONAL, NUMBER, f"+{NUMBER}", int(NUMBER)])
def test_the_phone_of_incoming_messages_may_be_spelt_as_any_other(sender):
    assert lookups.query(SETTINGS, status="incoming", sender=sender).body == {"status": "INCOMING", "sender": NUMBER}


def test_a_short_number_may_be_an_integer():
    assert lookups.query(SETTINGS, sender=60777).body == {"sender": "60777"}


def test_less_than_nothing_is_no_phone():
    with pytest.raises(SmsWorksValidationError, match="`to` must be text, not int") as caught:
        messages.message(SETTINGS, to=-int(NUMBER), content="Hello")
    assert_clear(caught.value)


@pytest.mark.parametrize("address", ["https://a b.example", "https://example.com/\n", "https://\ud800.example"])
def test_a_web_address_with_blanks_and_the_like_is_none(address):
    with pytest.raises(SmsWorksValidationError, match="`delivery_report_url` must be a web address"):
        messages.message(SETTINGS, to=NATIONAL, content="Hello", delivery_report_url=address)
