"""What goes out for the operations other than the plain message."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest

from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.requests import batches, lookups, messages, otps
from airflow_provider_smsworks.api.settings import Settings
from tests.unit.api.secrecy import NATIONAL, NUMBER, TOKEN, assert_clear

SETTINGS = Settings("smsworks_default", token=TOKEN, sender="Parcels", batch_limit=3)
OTHER, OTHER_NATIONAL = "447400123457", "07400 123457"
MINUTE = dt.timedelta(minutes=1)
TOMORROW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)


def problems(build, *arguments, settings=SETTINGS, **named) -> list[str]:
    with pytest.raises(SmsWorksValidationError) as caught:
        build(settings, *arguments, **named)
    assert_clear(caught.value, "This call was not made: ")
    return caught.value.problems


class TestSchedule:
    def test_the_moment_goes_out_in_utc(self):
        in_paris = TOMORROW.astimezone(dt.timezone(dt.timedelta(hours=2)))
        for moment in (TOMORROW, in_paris, in_paris.isoformat()):
            body = messages.scheduled_message(SETTINGS, to=NATIONAL, content="Hello", schedule=moment).body
            assert body["schedule"] == TOMORROW.strftime("%Y-%m-%dT%H:%M:%S.") + f"{TOMORROW.microsecond // 1000:03}Z"
            assert body["destination"] == NUMBER

    @pytest.mark.parametrize(
        ("moment", "words"),
        [
            (None, "`schedule` is missing"),
            ("", "`schedule` is missing"),
            ("tomorrow", "`schedule` must be a datetime, or ISO 8601 text"),
            (TOMORROW.replace(tzinfo=None), "`schedule` has no time zone"),
            pytest.param(TOMORROW.replace(tzinfo=None).isoformat(), "`schedule` has no time zone", id="no zone"),
            (dt.datetime(2020, 1, 31, tzinfo=dt.UTC), "`schedule` is in the past (2020-01-31 00:00:00 UTC)"),
        ],
    )
    def test_a_moment_that_cannot_be(self, moment, words):
        [found] = problems(messages.scheduled_message, to=NATIONAL, content="Hello", schedule=moment)
        assert found.startswith(words)
        [found] = problems(batches.scheduled_batch, to=[NATIONAL], content="Hello", schedule=moment)
        assert found.startswith(words)

    def test_a_search_may_begin_in_the_past(self):
        assert lookups.query(SETTINGS, since="2020-01-31T00:00:00Z").body["from"].startswith("2020")


class TestBinary:
    @pytest.mark.parametrize("content", [b"\x65Ts", "65 54 73", "655473", " 65 54 73\n"])
    def test_bytes_go_out_as_pairs(self, content):
        assert messages.binary_message(SETTINGS, to=NATIONAL, content=content).body["content"] == "65 54 73"

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ("", "`content` is empty"),
            (b"", "`content` is empty"),
            (None, "`content` is empty"),
            ("6", "`content` must be bytes, or text of hexadecimal pairs"),
            ("6 5", "`content` must be bytes"),
            ("Hello", "`content` must be bytes"),
            ("٦٥", "`content` must be bytes"),
            (7, "`content` must be bytes"),
            (bytes(428), "`content` has 428 bytes and the gateway takes 427"),
        ],
    )
    def test_what_is_not_binary(self, content, words):
        [found] = problems(messages.binary_message, to=NATIONAL, content=content)
        assert found.startswith(words)

    def test_the_longest(self):
        assert len(messages.binary_message(SETTINGS, to=NATIONAL, content=bytes(427)).body["content"]) == 1280


class TestBatch:
    def test_one_text_to_many(self):
        body = batches.batch(
            SETTINGS, to=(n for n in (NATIONAL, OTHER)), content="Hello", tag="late", validity=5 * MINUTE, ai=True
        ).body
        assert body == {
            "sender": "Parcels",
            "destinations": [NUMBER, OTHER],
            "content": "Hello",
            "tag": "late",
            "validity": 5,
            "ai": True,
        }

    def test_a_scheduled_one(self):
        body = batches.scheduled_batch(SETTINGS, to=[NATIONAL], content="Hello", schedule=TOMORROW).body
        assert set(body) == {"sender", "destinations", "content", "schedule"}

    def test_every_bad_row_is_named_without_its_number(self):
        settings = replace(SETTINGS, batch_limit=500)
        found = problems(
            batches.batch, settings=settings, to=[NATIONAL, "020 7946 0958", None, "+" + NUMBER], content=""
        )
        assert [problem.split(" ")[0] for problem in found] == ["`to[1]`", "`to[2]`", "`to[3]`", "`content`"]
        assert "is the same phone as to[0]" in found[2]

    @pytest.mark.parametrize(
        ("to", "words"),
        [
            ([], "`to` is empty"),
            ("07400123456", "`to` must be a list of numbers, not str"),
            (447400123456, "`to` must be a list of numbers, not int"),
            (None, "`to` must be a list of numbers, not NoneType"),
            ({NATIONAL: 1}, "`to` must be a list of numbers, not dict"),
            (
                [f"0740012345{digit}" for digit in range(4)],
                "`to` has 4 entries, and one call may have 3 (`batch_limit`",
            ),
        ],
    )
    def test_a_list_that_is_none(self, to, words):
        [found] = problems(batches.batch, to=to, content="Hello")
        assert found.startswith(words)

    @pytest.mark.parametrize("option", ["metadata", "response_emails", "schedule", "reference"])
    def test_what_a_batch_does_not_have_is_a_mistake_of_the_code(self, option):
        with pytest.raises(TypeError, match=option):
            batches.batch(SETTINGS, to=[NATIONAL], content="Hello", **{option: "x"})


class TestCollection:
    def test_a_text_each(self):
        body = batches.collection(
            SETTINGS,
            messages=[
                {"to": NATIONAL, "content": "Hello", "metadata": {"row": "1"}},
                {"to": NATIONAL, "content": "Another", "sender": "Other"},
                {"to": OTHER_NATIONAL, "content": "Hello", "ttl": MINUTE, "response_emails": ["a@example.com"]},
            ],
        ).body
        common = {"sender": "Parcels", "content": "Hello"}
        assert body == [
            common | {"destination": NUMBER, "metadata": [{"key": "row", "value": "1"}]},
            {"sender": "Other", "destination": NUMBER, "content": "Another"},
            common | {"destination": OTHER, "ttl": 1, "responseemail": ["a@example.com"]},
        ]

    def test_every_problem_of_every_row_is_told(self):
        settings = replace(SETTINGS, batch_limit=500)
        found = problems(
            batches.collection,
            settings=settings,
            messages=[
                {"to": NATIONAL, "content": "Hello"},
                {"content": "", "validity": 5},
                "Hello",
                {"to": "+" + NUMBER, "content": "Hello"},
                {"to": OTHER, "content": "Hello", "colour": "red"},
            ],
        )
        assert [re.match("`([^`]+)`", problem)[1] for problem in found] == [
            "messages[1].content",
            "messages[1].to",
            "messages[1].validity",
            "messages[2]",
            "messages[3].to",
            "messages[4].colour",
        ]
        assert "the same text as in messages[0]" in found[4]

    def test_a_list_that_is_none(self):
        assert problems(batches.collection, messages=[])[0].startswith("`messages` is empty")
        assert problems(batches.collection, messages={"to": NATIONAL})[0].startswith("`messages` must be a list")


class TestOtp:
    def test_the_least(self):
        assert otps.otp(replace(SETTINGS, sender=None), to=NATIONAL).body == {"destination": NUMBER}

    def test_everything(self):
        assert otps.otp(
            SETTINGS,
            to=NATIONAL,
            length=4,
            template="Code {{passcode}}",
            passcode="0123",
            validity=dt.timedelta(minutes=5),
            metadata={"cart": [1, None]},
        ).body == {
            "sender": "Parcels",
            "destination": NUMBER,
            "length": 4,
            "template": "Code {{passcode}}",
            "passcode": "0123",
            "validity": 300,
            "metadata": {"cart": [1, None]},
        }

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ({"template": "Your code"}, "`template` must hold {{passcode}}"),
            ({"template": "{{ passcode }}"}, "`template` must hold {{passcode}}, spelled like this"),
            ({"template": "{{passcode}}" + "x" * 1275}, "`template` makes a text of 1,281 characters"),
            ({"template": "{{passcode}}" + "x" * 1277, "length": 4}, "`template` makes a text of 1,281 characters"),
            ({"template": "{{passcode}}" + "x" * 1277, "passcode": "0123"}, "`template` makes a text of 1,281"),
            ({"passcode": 123}, "`passcode` must be text, not int"),
            ({"length": 0}, "`length` must be a whole number, at least 1"),
            ({"length": "6"}, "`length` must be a whole number"),
            ({"validity": MINUTE / 7}, "`validity` must be whole seconds, at least 1"),
            ({"validity": 300}, "`validity` must be a timedelta, not int"),
            ({"metadata": "id"}, "`metadata` must be a mapping, not str"),
            ({"metadata": {"a": object()}}, "`metadata` must hold nothing but text, numbers"),
            ({"metadata": {"a": float("nan")}}, "`metadata` must hold nothing but"),
            ({"metadata": {"a": "\ud83d"}}, "`metadata` must hold nothing but"),
            ({"metadata": {"a": "é" * 512}}, "`metadata` has 1,032 bytes as JSON and may have 1,024"),
        ],
    )
    def test_what_cannot_go_out(self, arguments, words):
        [found] = problems(otps.otp, to=NATIONAL, **arguments)
        assert found.startswith(words)

    def test_metadata_of_exactly_1024_bytes(self):
        metadata = {"a": "é" * 508}  # {"a":""} are 8 bytes
        assert otps.otp(SETTINGS, to=NATIONAL, metadata=metadata).body["metadata"] == metadata

    def test_a_passcode_stays_text(self):
        assert otps.passcode(SETTINGS, passcode=" 0123\n").body == {"passcode": "0123"}
        assert problems(otps.passcode, passcode=123) == ["`passcode` must be text, not int"]
        for empty in ("", " ", None):
            assert problems(otps.passcode, passcode=empty) == ["`passcode` is empty: give what the person typed"]


def test_ids_countries_and_codes_go_into_the_path():
    assert lookups.batch_id(SETTINGS, batch_id=77).path == {"batchid": "77"}
    assert lookups.country(SETTINGS, country=" gb").path == {"countrycode": "GB"}
    assert lookups.error_code(SETTINGS, code=4021).path == {"errorcode": "4021"}
    assert problems(lookups.batch_id, batch_id="")[0].startswith("`batch_id` is empty")
    for wrong in ("GBR", "", None, 44, "ÄÖ"):
        assert problems(lookups.country, country=wrong)[0].startswith("`country` must be the two letters")
    for wrong in (None, 0, "4021", True):
        assert problems(lookups.error_code, code=wrong)[0].startswith("`code` ")


@pytest.mark.parametrize("build", [messages.message, messages.binary_message])
def test_an_unknown_parameter_is_a_mistake_of_the_code(build):
    with pytest.raises(TypeError, match="colour"):
        build(SETTINGS, to=NATIONAL, content="65", colour="red")
