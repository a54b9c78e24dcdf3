from __future__ import annotations

import pytest
from hypothesis import given, settings as with_settings, strategies as st

from airflow_provider_smsworks.api.errors import SmsWorksConfigError
from airflow_provider_smsworks.api.rules import sender_problem
from airflow_provider_smsworks.api.settings import (
    DEFAULT_BASE_URL,
    Credentials,
    Settings,
    read_settings,
)
from tests.unit.api.secrecy import API_KEY, API_SECRET, NATIONAL, NUMBER, TOKEN, assert_clear

KEYS = {"customer_id": "customer", "api_key": API_KEY, "api_secret": API_SECRET}
KNOWN = {
    *KEYS,
    *("sender", "default_region", "timeout", "calls_per_minute", "batch_limit", "search_lag"),
    *("delivery_report_url", "allow_test_numbers", "allowed_numbers", "allow_http"),
}


def read(password=TOKEN, extra=None, **fields) -> Settings:
    return read_settings("smsworks_default", password=password, extra=extra, **fields)


def problem(password=TOKEN, extra=None, **fields) -> SmsWorksConfigError:
    with pytest.raises(SmsWorksConfigError) as caught:
        read(password, extra, **fields)
    return caught.value


def test_a_token_alone_is_a_connection():
    assert read() == Settings(
        conn_id="smsworks_default",
        base_url="https://api.thesmsworks.co.uk/v1",
        token=TOKEN,
        credentials=None,
        sender=None,
        default_region="GB",
        timeout=30.0,
        calls_per_minute=None,
        batch_limit=500,
        search_lag=10.0,
        delivery_report_url=None,
        allow_test_numbers=False,
        allowed_numbers=None,
    )


def test_settings_made_by_hand_have_the_same_defaults():
    assert Settings("smsworks_default", token=TOKEN) == read()


def test_customer_key_and_secret_are_a_connection():
    settings = read(password=None, extra=KEYS)
    assert settings.token is None
    assert settings.credentials == Credentials("customer", API_KEY, API_SECRET)


@pytest.mark.parametrize("password", [TOKEN, TOKEN.removeprefix("JWT "), "token"])
def test_a_token_is_taken_as_it_is_but_for_blanks_around_it(password):
    assert read(f" {password}\n").token == password


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("sender", "Parcels", "Parcels"),
        ("sender", 447400123456, "447400123456"),
        ("default_region", "fr", "FR"),
        ("timeout", 5, 5.0),
        ("timeout", "2.5", 2.5),
        ("calls_per_minute", "60", 60),
        ("batch_limit", 5000, 5000),
        ("search_lag", 0, 0.0),
        ("delivery_report_url", "https://example.com/in?token=t", "https://example.com/in?token=t"),
        ("allow_test_numbers", "True", True),
        ("allow_test_numbers", 1, True),
        ("allow_test_numbers", "no", False),
        ("allowed_numbers", NATIONAL, {NUMBER}),
        ("allowed_numbers", f"{NATIONAL}, +33 6 12 34 56 78", {NUMBER, "33612345678"}),
        ("allowed_numbers", [NATIONAL, 33612345678], {NUMBER, "33612345678"}),
        ("allowed_numbers", 447400123456, {NUMBER}),
        ("allowed_numbers", [], set()),
    ],
)
def test_what_extra_says(name, given, value):
    settings = read(extra={name: given})
    assert getattr(settings, name) == value
    assert type(getattr(settings, name)) is (frozenset if isinstance(value, set) else type(value))


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_field_that_nobody_filled_in_is_as_if_it_were_not_there(name):
    assert read(extra={name: None}) == read()


@pytest.mark.parametrize("name", sorted(KNOWN - {"allowed_numbers"}))
def test_an_empty_field_is_as_if_it_were_not_there(name):
    assert read(extra={name: ""}) == read()


def test_an_empty_list_of_allowed_numbers_does_not_allow_everybody():
    with pytest.raises(SmsWorksConfigError, match="`allowed_numbers` in extra is empty"):
        read(extra={"allowed_numbers": ""})


@pytest.mark.parametrize("empty", [None, "", []])
def test_an_unknown_key_is_named_even_if_it_is_empty(empty):
    with pytest.raises(SmsWorksConfigError, match="unknown key `senderr`"):
        read(extra={"senderr": empty})


def test_the_region_is_that_of_the_allowed_numbers():
    settings = read(extra={"default_region": "FR", "allowed_numbers": "06 12 34 56 78"})
    assert settings.allowed_numbers == {"33612345678"}


def test_allowed_numbers_may_be_the_sandboxs_phones():
    extra = {"allow_test_numbers": True, "allowed_numbers": ["07700 900000"]}
    assert read(extra=extra).allowed_numbers == {"447700900000"}


@pytest.mark.parametrize(
    ("name", "given", "remedy"),
    [
        ("sender", "No blanks", "3 to 11 letters and digits"),
        ("sender", "+447400123456", "without blanks or signs"),
        ("default_region", "UK", "the United Kingdom is GB"),
        ("timeout", "soon", "must be a number of seconds, 0.1 to 600"),
        ("timeout", 0, "must be a number of seconds, 0.1 to 600"),
        ("timeout", True, "must be a number of seconds"),
        ("timeout", "nan", "must be a number of seconds"),
        ("timeout", [30], "must be a number of seconds"),
        ("timeout", 10**400, "must be a number of seconds"),
        ("search_lag", -1, "must be a number of seconds, 0 to 3600"),
        ("calls_per_minute", 0, "must be a whole number, 1 to 100000"),
        ("calls_per_minute", 1.5, "must be a whole number"),
        ("calls_per_minute", False, "must be a whole number"),
        ("batch_limit", 5001, "must be a whole number, 1 to 5000"),
        ("delivery_report_url", "example.com", "must be a web address that begins with https://"),
        ("delivery_report_url", f"https://[{API_SECRET}@", "must be a web address"),
        ("delivery_report_url", f"https://u:{API_SECRET}@exa\u2100mple.com", "must be a web address"),
        ("allow_test_numbers", "perhaps", "must be true or false"),
        ("allowed_numbers", {"a": NATIONAL}, "must be a list of numbers"),
        ("allowed_numbers", f"{NATIONAL},", "entry 2 is empty"),
        ("allowed_numbers", [NATIONAL, "020 7946 0958"], "entry 2 is a landline"),
        ("allowed_numbers", f"{NATIONAL}x", "entry 1 holds something other than digits"),
        ("allowed_numbers", ["07700 900000"], "`allow_test_numbers`"),
        ("allowed_numbers", " ", "entry 1 is empty"),
        ("allow_http", {"host": True}, "must be a list, or text with commas"),
    ],
)
def test_a_wrong_value_is_named_with_the_remedy(name, given, remedy):
    assert_clear(problem(extra={name: given}), "Connection `smsworks_default`: ", f"`{name}` in extra ", remedy)


@with_settings(max_examples=40)
@given(st.dictionaries(st.from_regex(r"[A-Za-z_ ]{1,12}", fullmatch=True), st.just(1), min_size=1))
def test_every_unknown_key_is_named(extra):
    unknown = set(extra) - KNOWN
    if not unknown:
        return
    said = str(problem(extra={name: extra[name] for name in unknown}))
    for name in unknown:
        assert f"extra has an unknown key `{name}`: remove it or correct its spelling" in said


def test_all_problems_are_told_at_once():
    error = problem(password=None, extra={"senderr": "X", "timeout": "soon"}, host="http://gateway.internal")
    assert_clear(error, "`senderr`", "`timeout`", "`host`", "`password`", "`customer_id`")


@pytest.mark.parametrize(
    ("password", "extra", "words"),
    [
        (None, {}, ["there is no token", "`password`", "`api_secret`"]),
        ("  ", {}, ["there is no token"]),
        (TOKEN, KEYS, ["either `password`", "not both"]),
        (None, {"customer_id": "customer"}, ["extra lacks `api_key` and `api_secret`"]),
        (None, {"api_key": API_KEY, "api_secret": API_SECRET}, ["extra lacks `customer_id`"]),
        (None, {**KEYS, "api_secret": " "}, ["extra lacks `api_secret`"]),
        (f"{TOKEN}\nSet-Cookie: x", {}, ["`password` (the JWT) holds characters that a token cannot have: copy it"]),
        ("tökén", {}, ["`password` (the JWT)"]),
    ],
)
def test_a_connection_needs_one_way_to_a_token(password, extra, words):
    assert_clear(problem(password, extra), *words)


@pytest.mark.parametrize("sender", ["Abc", "Parcels2026", "123", "123456789012345"])
def test_a_sender_that_the_gateway_takes(sender):
    assert sender_problem(sender) is None


@pytest.mark.parametrize(
    "sender", ["Ab", "Parcels20260", "1234567890123456", "Par-cels", "Pärcels", "Abc\n", "", None, 123]
)
def test_a_sender_that_the_gateway_refuses(sender):
    assert "3 to 11 letters and digits, or 3 to 15 digits" in sender_problem(sender)


def test_settings_show_no_secret_and_no_number():
    extra = {"allowed_numbers": NATIONAL, "delivery_report_url": f"https://u:{API_SECRET}@example.com/?t={TOKEN}"}
    for settings in (read(extra=extra), read(None, KEYS | extra)):
        shown = f"{settings!r} {settings}"
        assert settings.secrets
        for secret in (TOKEN, API_KEY, API_SECRET, NUMBER, NATIONAL):
            assert secret not in shown
    assert read().secrets == [TOKEN]
    assert read(None, KEYS).secrets == [API_KEY, API_SECRET]


def test_the_default_is_the_documented_address():
    assert DEFAULT_BASE_URL == "https://api.thesmsworks.co.uk/v1"
