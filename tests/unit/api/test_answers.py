"""What an answer means: was it sent, may it pass, who must act."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings as with_settings, strategies as st

from airflow_provider_smsworks.api import errors
from airflow_provider_smsworks.api.answers import Answer, read_answer
from airflow_provider_smsworks.api.operations import (
    FETCH_TOKEN,
    GET_CREDITS,
    GET_MESSAGE,
    SEARCH_MESSAGES,
    SEND_MESSAGE,
)
from airflow_provider_smsworks.api.settings import Credentials, Settings
from tests.unit.api.secrecy import API_KEY, API_SECRET, NATIONAL, NUMBER, TOKEN, assert_clear

URL = "https://gateway.example.com/v1"
SETTINGS = Settings("smsworks_default", base_url=URL, token=TOKEN, sender="Parcels")
FETCHING = Settings("smsworks_default", base_url=URL, credentials=Credentials("customer", API_KEY, API_SECRET))
SEND = SEND_MESSAGE.prepare(SETTINGS, to=NATIONAL, content="Hello")
SEARCH = SEARCH_MESSAGES.prepare(SETTINGS)
LOOK = GET_MESSAGE.prepare(SETTINGS, "abc")

UNKNOWN, RATE, AUTH = errors.SmsWorksUnavailableError, errors.SmsWorksRateLimitError, errors.SmsWorksAuthError
CREDIT, ACCOUNT = errors.SmsWorksCreditError, errors.SmsWorksAccountError
MISSING, REFUSED = errors.SmsWorksNotFoundError, errors.SmsWorksRejectedError


def answer(status, body=b"", **headers) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def refusal(status, body=b"", call=SEND, settings=SETTINGS, **headers) -> errors.SmsWorksError:
    with pytest.raises(errors.SmsWorksError) as caught:
        read_answer(settings, call, answer(status, body, **headers))
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_2xx_that_can_be_read_is_a_result(status):
    assert read_answer(SETTINGS, SEND, answer(status, {"messageid": 1, "status": "SENT"}))["message_id"] == "1"
    assert read_answer(SETTINGS, SEARCH, answer(status, [])) == []


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (400, 4001, REFUSED, ["code 4001", "the gateway refused the request"]),
        (400, 4004, REFUSED, ["code 4004"]),
        (400, 4006, REFUSED, ["code 4006"]),
        (400, None, REFUSED, ["(HTTP 400)"]),
        (400, 4007, ACCOUNT, ["THE ACCOUNT IS DISABLED OR ABOUT TO BE", "`smsworks_default`"]),
        (400, 4008, MISSING, ["code 4008"]),
        (400, 4011, AUTH, ["`password` (the JWT)", "`smsworks_default`"]),
        (401, 4011, AUTH, ["`password` (the JWT)", "new key on the account page"]),
        (401, None, AUTH, ["HTTP 401"]),
        (402, 4021, CREDIT, ["too little credit", "buy credits"]),
        (402, None, CREDIT, ["buy credits"]),
        (400, 4021, CREDIT, ["buy credits"]),
        (403, 4031, ACCOUNT, ["ask The SMS Works"]),
        (400, 4032, ACCOUNT, ["may not do this"]),
        (403, 4033, ACCOUNT, ["THE ACCOUNT IS DISABLED"]),
        (403, None, ACCOUNT, ["whoever keeps the account"]),
        (400, 4034, ACCOUNT, ["ask The SMS Works"]),
        (405, None, REFUSED, ["HTTP 405"]),
        (413, None, REFUSED, ["HTTP 413"]),
        (422, None, REFUSED, ["HTTP 422"]),
    ],
)
def test_a_refused_send_did_not_go_out_and_says_who_must_act(status, code, kind, words):
    error = refusal(status, {"message": "No", "errorCode": code, "status": "?", "permanent": True})
    assert type(error) is kind
    assert (error.transient, error.nothing_sent) == (False, True)
    assert (error.http_status, error.code) == (status, code)
    assert_clear(error, "POST /message/send (HTTP ", '"No"', *words)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 599])
@pytest.mark.parametrize("body", [b"", b"<html>", {"message": "No"}, {"message": "No", "errorCode": 4001}])
def test_a_send_that_the_gateway_failed_in_is_open_and_a_read_is_not(status, body):
    send, read = refusal(status, body), refusal(status, body, SEARCH)
    assert type(send) is type(read) is UNKNOWN
    assert (send.transient, send.nothing_sent) == (True, False)
    assert (read.transient, read.nothing_sent) == (True, True)
    assert_clear(send, f"HTTP {status}", "the gateway failed", "may pass by itself")


@pytest.mark.parametrize("code", [1, 34, 5001, 5002, 5006, 5020, 5034, 5099, "5002"])
def test_a_send_with_a_service_code_is_open(code):
    error = refusal(400, {"message": "No", "errorCode": code})
    assert type(error) is UNKNOWN
    assert (error.transient, error.nothing_sent, error.code) == (True, False, int(code))


@pytest.mark.parametrize(
    "code", [0, 35, 5000, 5100, "", None, "E5002", -5002, True, [], {}, "9" * 5000, "InvalidContent", 5002.5]
)
def test_other_codes_are_refusals(code):
    error = refusal(400, {"message": "No", "errorCode": code})
    assert type(error) is REFUSED
    assert error.code == (code if code in (0, 35, 5000, 5100) and code is not True else None)


def test_too_many_calls_say_how_long_to_wait():
    error = refusal(429, {"message": "Slow down"}, retry_after="7")
    assert type(error) is RATE
    assert (error.transient, error.nothing_sent, error.retry_after) == (True, True, 7.0)
    assert_clear(error, "set `calls_per_minute` in extra of connection `smsworks_default`", "or use a pool")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0), (" 120 ", 120), ("-1", None), ("soon", None), ("", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None)],
)
def test_only_a_number_of_seconds_is_a_wait(value, seconds):
    assert refusal(429, retry_after=value).retry_after == seconds
    assert refusal(503, retry_after=value).retry_after == seconds


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308])
def test_a_redirect_is_not_followed_and_names_the_host(status):
    error = refusal(status, b"<html>", location=f"https://elsewhere.example.com/{TOKEN}")
    assert type(error) is errors.SmsWorksConfigError
    assert_clear(error, "was redirected", "the token goes to no other address", "`host` of connection")


def test_an_unknown_id_is_told_from_an_unknown_address():
    by_id = refusal(404, {"message": "Not found"}, LOOK)
    by_address = refusal(404, {"code": "ResourceNotFound", "message": "/message/send does not exist"}, SEND)
    assert type(by_id) is type(by_address) is MISSING
    assert_clear(by_id, "GET /messages/{messageid}", "nothing by this id", "deleted after 3 months")
    assert_clear(by_address, "does not know this address", f"check `host` of connection `smsworks_default` ({URL})")


def test_a_refused_key_names_the_fields_that_the_token_is_fetched_with():
    call = FETCH_TOKEN.prepare(FETCHING)
    error = refusal(401, {"message": f"bad key {API_KEY} or secret {API_SECRET}", "errorCode": 4011}, call, FETCHING)
    assert_clear(error, "POST /auth/token (HTTP 401, code 4011)", "`customer_id`, `api_key` and `api_secret` in extra")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"{NUMBER} is not valid", "44********56 is not valid"),
        ("07400 123-456 is not valid", "*********56 is not valid"),
        (f"token {TOKEN} is not valid", "token JWT *** is not valid"),
        (f"token {TOKEN.removeprefix('JWT ')} is not valid", "token *** is not valid"),
        ("eyJmZXRjaGVk.b3RoZXI.c2ln is not valid", "*** is not valid"),
        ("Invalid date 2026-01-31", "Invalid date 2026-01-31"),
        ("x" * 400, "x" * 300),
    ],
)
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 429, 503])
def test_the_gateways_words_are_told_without_number_and_token(said, shown, status):
    error = refusal(status, {"message": f" {said} "})
    assert_clear(error, f': "{shown}"')


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[1]", b'"No"', b"{", b"\xff\xfe", b"[" * 100_000, {"message": {}}, {"message": " "}]
)
def test_an_error_without_a_readable_envelope_is_still_an_error(body):
    error = refusal(400, body)
    assert type(error) is REFUSED
    assert str(error) == "POST /message/send (HTTP 400): the gateway refused the request"


UNREADABLE = [
    (b"", "0 bytes that are not the JSON it should be"),
    (b"{", "1 bytes"),
    (b"null", "4 bytes"),
    (b"[]", "2 bytes"),
    (b'{"status": "SENT"}', "18 bytes"),
    (b'{"message": "No", "errorCode": 4001}', "36 bytes"),
    (b"\xff\xfe\xfa", "3 bytes"),
    (b"[" * 100_000, "100,000 bytes"),
    (b'{"messageid": ' + b"9" * 5000 + b"}", "5,015 bytes"),
    (b" <!doctype html><p>Sign in", "with HTML"),
]


@pytest.mark.parametrize(("body", "words"), UNREADABLE, ids=range(len(UNREADABLE)))
@pytest.mark.parametrize("status", [200, 201, 204])
def test_an_answer_that_cannot_be_read_leaves_a_send_open(body, words, status):
    error = refusal(status, body)
    assert type(error) is errors.SmsWorksUnreadableError
    assert (error.transient, error.nothing_sent, error.http_status) == (True, False, status)
    assert_clear(error, f"(HTTP {status})", words, f"check that `host` of connection `smsworks_default` ({URL})")


def test_an_answer_that_cannot_be_read_leaves_nothing_open_where_nothing_was_sent():
    assert refusal(200, b"{", SEARCH).nothing_sent is True
    assert refusal(200, b"{", FETCH_TOKEN.prepare(FETCHING), FETCHING).nothing_sent is True


def test_html_is_recognised_by_its_content_type_too():
    assert "with HTML" in str(refusal(200, b"Please sign in", content_type="text/html; charset=utf-8"))


def test_an_answer_shows_neither_headers_nor_body():
    assert repr(answer(200, {"token": TOKEN}, set_cookie=TOKEN)) == "Answer(status=200)"


@with_settings(max_examples=60)
@given(
    status=st.integers(200, 599),
    body=st.binary(max_size=40)
    | st.builds(
        lambda fields: json.dumps(fields).encode(),
        st.dictionaries(
            st.sampled_from(["message", "errorCode", "code", "messageid", "credits", "status"]),
            st.none() | st.integers() | st.text(max_size=20) | st.floats() | st.booleans() | st.lists(st.none()),
        ),
    ),
    call=st.sampled_from([SEND, SEARCH, LOOK, GET_CREDITS.prepare(SETTINGS)]),
)
def test_any_answer_is_a_result_or_one_of_our_errors(status, body, call):
    try:
        read_answer(SETTINGS, call, answer(status, body))
    except errors.SmsWorksError as error:
        open_send = call is SEND and isinstance(error, UNKNOWN | errors.SmsWorksUnreadableError)
        assert error.nothing_sent is not open_send  # noqa: PT017 - either outcome is right
    else:
        assert 200 <= status < 300
