"""What the body and the headers of an error say, in whatever shape."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime

import pytest

from tests.unit.api.answering import ACCOUNT, CREDIT, MISSING, REFUSED, refusal
from tests.unit.api.secrecy import NUMBER, TOKEN, assert_clear


@pytest.mark.parametrize(
    "body",
    [
        [{"message": "Too poor", "errorCode": 4021}],
        {"error": {"message": "Too poor", "errorCode": "4021"}},
        {"error": "Too poor", "code": 4021.0},
        {"error": "Too poor", "code": " 4021 "},
    ],
)
def test_what_resembles_an_envelope_is_read_as_one(body):
    error = refusal(400, body)
    assert (type(error), error.code) == (CREDIT, 4021)
    assert_clear(error, '"Too poor"')


@pytest.mark.parametrize(("status", "kind"), [(400, REFUSED), (403, ACCOUNT), (404, MISSING), (405, REFUSED)])
@pytest.mark.parametrize("headers", [{}, {"content_type": "text/html"}])
def test_a_refusal_that_is_a_web_page_says_so(status, kind, headers):
    error = refusal(status, b"go away" if headers else b" <html>go away", **headers)
    assert type(error) is kind
    assert error.nothing_sent is True
    assert_clear(error, "another server answered, with HTML", "`host` of connection `smsworks_default`", "no proxy")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("1.5", 1.5),
        ("86401", 86400),
        ("9" * 400, 86400),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 60),
        ("Wed, 21 Oct 2026 08:28:00 +0100", 60),
        ("Wed, 21 Oct 2026 07:28:00 -0000", 60),
        ("Wednesday, 21-Oct-26 07:28:00 GMT", 60),
        ("Tue, 20 Oct 2026 07:28:00 GMT", 0),
        ("Thu, 21 Oct 2027 07:28:00 GMT", 86400),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("1e3", None),
        ("\u0661", None),
        ("inf", None),
        ("Wed, 99 Oct 2026 07:28:00 GMT", None),
        ("Wed, 21 Oct 99999 07:28:00 GMT", None),
    ],
)
def test_a_wait_is_seconds_or_a_moment_by_the_answers_own_clock(value, seconds):
    for status in (429, 503):
        error = refusal(status, retry_after=value, date="Wed, 21 Oct 2026 07:27:00 GMT")
        assert error.retry_after == seconds


def test_a_moment_in_an_answer_without_a_date_counts_from_now():
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=100)
    for date in ({}, {"date": "yesterday"}):
        assert 97 < refusal(429, retry_after=format_datetime(soon, usegmt=True), **date).retry_after <= 100


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
        ("Not valid:\nERROR\t- all \x1b[31mred", "Not valid: ERROR - all [31mred"),
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
