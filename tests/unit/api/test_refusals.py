"""What a refusal means, by its status and its code: was it sent, may it pass, who must act."""

from __future__ import annotations

import pytest

from airflow_provider_smsworks.api.operations import FETCH_TOKEN
from tests.unit.api.answering import (
    ACCOUNT,
    AUTH,
    CHANGE,
    CREDIT,
    FETCHING,
    LOST,
    MISSING,
    RATE,
    REFUSED,
    SEARCH,
    SEND,
    UNKNOWN,
    refusal,
)
from tests.unit.api.secrecy import API_KEY, API_SECRET, assert_clear


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (400, 4001, REFUSED, ["code 4001", "`content` is empty", "give the words to send"]),
        (400, 4002, REFUSED, ["`content` is longer than 1,280 characters", "shorten it"]),
        (400, 4003, REFUSED, ["`sender`", "3 to 11 letters and digits"]),
        (400, 4004, REFUSED, ["code 4004", "`to` is not a number that can be texted", "country code"]),
        (400, 4005, REFUSED, ["`tag` is longer than 280 characters"]),
        (400, 4006, REFUSED, ["code 4006", "`content`", "profanity", "reword it"]),
        (400, None, REFUSED, ["(HTTP 400)"]),
        (400, 4007, ACCOUNT, ["THE ACCOUNT IS DISABLED OR ABOUT TO BE", "`smsworks_default`"]),
        (400, 4008, MISSING, ["code 4008", "`message_id`"]),
        (400, 4009, REFUSED, ["`schedule`", "`since` or `until`", "time zone"]),
        (400, 4099, REFUSED, ["a code that its documents do not list", "ask The SMS Works about the code"]),
        (400, 4011, AUTH, ["`password` (the JWT)", "`smsworks_default`"]),
        (401, 4011, AUTH, ["`password` (the JWT)", "new key on the account page"]),
        (401, None, AUTH, ["HTTP 401"]),
        (402, 4021, CREDIT, ["too little credit", "buy credits"]),
        (402, None, CREDIT, ["buy credits"]),
        (400, 4021, CREDIT, ["buy credits"]),
        (403, 4031, ACCOUNT, ["ask The SMS Works"]),
        (400, 4032, ACCOUNT, ["no such account"]),
        (403, 4033, ACCOUNT, ["THE ACCOUNT IS DISABLED"]),
        (403, None, ACCOUNT, ["whoever keeps the account"]),
        (400, 4034, ACCOUNT, ["`to` is outside the UK", "ask The SMS Works"]),
        (405, None, REFUSED, ["HTTP 405", "does not take this call"]),
        (409, None, REFUSED, ["contradicts what the gateway has"]),
        (410, None, REFUSED, ["is gone"]),
        (413, None, REFUSED, ["too large", "send fewer messages at once"]),
        (414, None, REFUSED, ["too large"]),
        (422, None, REFUSED, ["HTTP 422", "refused the request"]),
        # A documented refusal is more exact than the status.
        (401, 4021, CREDIT, ["buy credits"]),
        (403, 4007, ACCOUNT, ["THE ACCOUNT IS DISABLED OR ABOUT TO BE"]),
        (404, 4004, REFUSED, ["`to`"]),
        # A code that nobody knows is not.
        (402, 4099, CREDIT, ["buy credits"]),
    ],
)
def test_a_refused_send_did_not_go_out_and_says_who_must_act(status, code, kind, words):
    error = refusal(status, {"message": "No", "errorCode": code, "status": "?", "permanent": True})
    assert type(error) is kind
    assert (error.transient, error.nothing_sent) == (False, True)
    assert (error.http_status, error.code) == (status, code)
    assert_clear(error, "POST /message/send (HTTP ", '"No"', *words)


@pytest.mark.parametrize(
    "code", [1, 34, 5001, 5002, 5006, 5009, 5020, 5034, 5099, 0, 35, 3001, 5000, 5100, 6001, "5002"]
)
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 422, 429, 500])
def test_a_send_with_a_code_that_is_no_refusal_is_open_whatever_the_status(code, status):
    body = {"message": "No", "errorCode": code}
    send, read, change = (refusal(status, body, call) for call in (SEND, SEARCH, CHANGE))
    assert (send.nothing_sent, read.nothing_sent, change.nothing_sent) == (False, True, True)
    assert (send.no_effect, read.no_effect, change.no_effect) == (False, True, False)
    assert send.code == read.code == int(code)
    assert_clear(send, f"code {code}", "whether the text went out is not certain")
    assert "went out" not in str(read) + str(change)


@pytest.mark.parametrize(
    ("code", "kind", "transient", "words"),
    [
        (5001, LOST, False, ["does not exist"]),
        (1, LOST, False, ["does not exist"]),
        (5002, UNKNOWN, True, ["database", "may pass by itself"]),
        (2, UNKNOWN, True, ["database", "may pass by itself"]),
        (5004, LOST, False, ["rejected"]),
        (5006, LOST, True, ["off, or out of reach", "may pass by itself"]),
        (5010, LOST, False, ["at their wish"]),
        (5020, LOST, False, ["too many texts within an hour", "wait an hour"]),
        (34, LOST, True, ["may pass by itself"]),
        (5099, UNKNOWN, True, ["a code that its documents do not list"]),
    ],
)
def test_a_service_code_says_whether_it_may_pass(code, kind, transient, words):
    error = refusal(400, {"message": "No", "errorCode": code})
    assert type(error) is kind
    assert (error.transient, error.nothing_sent) == (transient, False)
    assert_clear(error, '"No"', *words)
    assert ("may pass by itself" in str(error)) is transient


@pytest.mark.parametrize(("status", "kind"), [(401, AUTH), (402, CREDIT), (403, ACCOUNT), (404, MISSING), (429, RATE)])
def test_a_status_that_refuses_says_who_must_act_also_with_a_service_code(status, kind):
    error = refusal(status, {"message": "No", "errorCode": 5002})
    assert type(error) is kind
    assert error.transient is (kind is RATE)
    assert type(refusal(429, {"message": "No", "errorCode": 4001})) is RATE


@pytest.mark.parametrize("code", [4099, 5099, 3001])
@pytest.mark.parametrize("permanent", [True, False])
def test_what_the_gateway_says_of_an_unlisted_code_counts(code, permanent):
    error = refusal(400, {"message": "No", "errorCode": code, "permanent": permanent})
    assert error.transient is not permanent
    assert error.nothing_sent is (code == 4099)


@pytest.mark.parametrize(("code", "transient"), [(4001, False), (5001, False), (5006, True), (5002, True)])
@pytest.mark.parametrize("permanent", [True, False, "false", 0, None])
def test_for_a_listed_code_the_documents_count(code, transient, permanent):
    assert refusal(400, {"errorCode": code, "permanent": permanent}).transient is transient


def test_the_flood_filter_says_how_long_it_lasts():
    body = {"message": "No", "errorCode": 5020}
    assert refusal(400, body).retry_after == 3600
    assert refusal(400, body, retry_after="60").retry_after == 60


@pytest.mark.parametrize("code", ["", None, "E5002", -5002, True, [], {}, "9" * 5000, 10**9, "InvalidContent", 5002.5])
def test_what_is_no_code_is_none(code):
    error = refusal(400, {"message": "No", "errorCode": code})
    assert type(error) is REFUSED
    assert error.nothing_sent is True
    assert error.code is None


def test_a_refused_key_names_the_fields_that_the_token_is_fetched_with():
    call = FETCH_TOKEN.prepare(FETCHING)
    error = refusal(401, {"message": f"bad key {API_KEY} or secret {API_SECRET}", "errorCode": 4011}, call, FETCHING)
    assert_clear(error, "POST /auth/token (HTTP 401, code 4011)", "`customer_id`, `api_key` and `api_secret` in extra")


@pytest.mark.parametrize("status", [400, 404, 422, 429])
def test_a_code_that_repeats_the_status_is_no_other_word(status):
    assert refusal(status, {"message": "No", "errorCode": status}, SEND).nothing_sent
    assert not refusal(status, {"message": "No", "errorCode": 5002}, SEND).nothing_sent
