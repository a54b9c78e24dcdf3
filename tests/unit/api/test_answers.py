"""What an answer means: a result, or the right error."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings as with_settings, strategies as st

from airflow_provider_smsworks.api import errors
from airflow_provider_smsworks.api.answers import read_answer
from airflow_provider_smsworks.api.operations import (
    FETCH_TOKEN,
    GET_CREDITS,
    SEND_COLLECTION,
    SEND_MESSAGE,
    Call,
    Operation,
)
from tests.unit.api.answering import (
    ACCOUNT,
    AUTH,
    CHANGE,
    CONFIG,
    FETCHING,
    LOOK,
    MISSING,
    RATE,
    REFUSED,
    SEARCH,
    SEND,
    SETTINGS,
    UNKNOWN,
    URL,
    answer,
    refusal,
)
from tests.unit.api.secrecy import NATIONAL, TOKEN, assert_clear


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_2xx_that_can_be_read_is_a_result(status):
    assert read_answer(SETTINGS, SEND, answer(status, {"messageid": 1, "status": "SENT"}))["message_id"] == "1"
    assert read_answer(SETTINGS, SEARCH, answer(status, [])) == []


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 599])
@pytest.mark.parametrize("body", [b"", b"<html>", {"message": "No"}, {"message": "No", "errorCode": 4001}])
def test_a_send_that_the_gateway_failed_in_is_open_and_a_read_is_not(status, body):
    send, read = refusal(status, body), refusal(status, body, SEARCH)
    assert type(send) is type(read) is UNKNOWN
    assert (send.transient, send.nothing_sent) == (True, False)
    assert (read.transient, read.nothing_sent) == (True, True)
    assert_clear(send, f"HTTP {status}", "the gateway failed", "may pass by itself", "whether the text went out")


def test_too_many_calls_say_how_long_to_wait():
    error = refusal(429, {"message": "Slow down"}, retry_after="7")
    assert type(error) is RATE
    assert (error.transient, error.nothing_sent, error.retry_after) == (True, True, 7.0)
    assert_clear(error, "set `calls_per_minute` in extra of connection `smsworks_default`", "or use a pool")


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_names_the_host(status):
    error = refusal(status, b"<html>", location=f"https://elsewhere.example.com/{TOKEN}")
    assert type(error) is CONFIG
    assert error.transient is False
    assert_clear(error, "was redirected", "the token goes to no other address", "`host` of connection")
    # A server may answer a POST that it accepted with "see there"; that the address is another one it says before.
    assert error.nothing_sent is (status in (301, 307, 308))
    assert refusal(status, b"<html>", SEARCH).nothing_sent is True
    assert refusal(status, b"<html>", CHANGE).nothing_sent is True
    assert refusal(status, b"<html>", CHANGE).no_effect is error.no_effect


def test_an_unknown_id_is_told_from_an_unknown_address():
    by_id = refusal(404, {"message": "Not found"}, LOOK)
    by_address = refusal(404, {"code": "ResourceNotFound", "message": "/message/send does not exist"}, SEND)
    by_word = refusal(404, {"code": "ResourceNotFound", "message": "/messages/abc does not exist"}, LOOK)
    by_neither = refusal(404, {"message": "Passcode not found"}, SEND)
    assert {type(error) for error in (by_id, by_address, by_word, by_neither)} == {MISSING}
    assert_clear(by_id, "GET /messages/{messageid}", "nothing by this id", "deleted after 3 months")
    for error in (by_address, by_word, refusal(404, call=SEND)):
        assert_clear(error, "does not know this address", f"`host` of connection `smsworks_default` ({URL})")
    assert_clear(by_neither, "what was asked for, or not this address", '"Passcode not found"')


def _sample(code, **more):
    return {"message": "A sample.", "errorCode": code, "status": "ERROR", "permanent": True} | more


def _read_sample(body):
    if "errorCode" not in body:
        raise ValueError("no sample")
    return {"code": body["errorCode"], "message": body["message"]}


SAMPLE = Operation("Read a sample.", "GET", "/utils/errors/{errorcode}", None, _read_sample, returns_errors=True)


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 429, 503])
@pytest.mark.parametrize(("asked", "code"), [("4001", 4001), ("5001", 5001), ("5001", 1), ("34", 5034), ("4011", 4011)])
def test_the_sample_of_an_error_is_a_result_whatever_the_status(status, asked, code):
    call = Call(SAMPLE, f"/utils/errors/{asked}")
    assert read_answer(SETTINGS, call, answer(status, _sample(code))) == {"code": code, "message": "A sample."}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, _sample(4011), AUTH),
        (401, {"message": "Unauthorized"}, AUTH),
        (403, b"<html>", ACCOUNT),
        (404, {"code": "ResourceNotFound", "message": "no"}, MISSING),
        (429, b"[" * 100_000, RATE),
        (503, b"", UNKNOWN),
        (200, {"message": "no code"}, errors.SmsWorksUnreadableError),
    ],
)
def test_an_error_that_was_not_asked_for_is_one(status, body, kind):
    assert type(refusal(status, body, Call(SAMPLE, "/utils/errors/4001"))) is kind


def test_the_body_of_an_error_is_no_result_of_other_operations():
    plain = replace(SAMPLE, returns_errors=False)
    assert type(refusal(400, _sample(4001), Call(plain, "/utils/errors/4001"))) is REFUSED


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
    assert str(error).endswith("; whether the text went out is not certain")


def test_an_answer_that_cannot_be_read_leaves_nothing_open_where_nothing_was_sent():
    assert refusal(200, b"{", SEARCH).nothing_sent is True
    assert "not certain" not in str(refusal(200, b"{", SEARCH))
    assert refusal(200, b"{", FETCH_TOKEN.prepare(FETCHING), FETCHING).nothing_sent is True


def test_html_is_recognised_by_its_content_type_too():
    assert "with HTML" in str(refusal(200, b"Please sign in", content_type="text/html; charset=utf-8"))


def test_a_text_that_the_gateway_quotes_is_not_told():
    words = "Reply YES 4821 to release it"
    for call in (
        SEND_MESSAGE.prepare(SETTINGS, to=NATIONAL, content=words),
        SEND_COLLECTION.prepare(SETTINGS, messages=[{"to": NATIONAL, "content": words}]),
    ):
        error = refusal(400, {"message": f"Blocked: {words}!", "errorCode": 4006}, call)
        assert_clear(error, ': "Blocked: ***!"')


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
        said = error.nothing_sent, error.code
    else:
        assert 200 <= status < 300
        return
    nothing_sent, code = said
    certain = (400 <= status < 500 and status != 408) or status in (301, 307, 308)
    if call is not SEND or (certain and code is None):
        assert nothing_sent is True
    elif not certain:
        assert nothing_sent is False


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_json_is_no_answer_though_python_reads_it(constant):
    body = b'{"messageid": "1", "status": "SENT", "score": ' + constant.encode() + b"}"
    with pytest.raises(errors.SmsWorksUnreadableError):
        read_answer(SETTINGS, SEND, answer(200, body))
