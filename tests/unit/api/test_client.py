"""Token, headers and pace: what both clients do with a gateway that answers."""

from __future__ import annotations

import asyncio
import logging
import pickle
import time
from dataclasses import replace

import pytest

from airflow_provider_smsworks.api.client import AsyncSmsWorksClient, SmsWorksClient
from airflow_provider_smsworks.api.errors import SmsWorksAuthError, SmsWorksNotFoundError, SmsWorksUnavailableError
from airflow_provider_smsworks.api.operations import GET_CREDITS, GET_MESSAGE, SEND_MESSAGE
from tests.unit.api.gateway import answer, reset
from tests.unit.api.secrecy import API_KEY, API_SECRET, FETCHED, NATIONAL, NUMBER, TOKEN, assert_clear

SENT = answer(201, {"messageid": "123", "status": "SENT", "credits": 9, "creditsUsed": 1})
RICH = answer(200, {"credits": 12.5})
NEW_TOKEN = answer(200, {"token": FETCHED})
REFUSED = answer(401, {"message": f"Unauthorized {TOKEN}", "errorCode": 4011})

SECOND = FETCHED.replace("eyJm", "eyJn")


def send(settings):
    return SEND_MESSAGE.prepare(settings, to=NATIONAL, content="Grüße an Jane")


def test_a_send_as_the_gateway_sees_it(gateway, settings, calls):
    gateway.answers(SENT)
    assert calls(settings, send(settings))["message_id"] == "123"
    [seen] = gateway.seen
    assert (seen.method, seen.path) == ("POST", "/v1/message/send")
    assert seen.json == {"sender": "Parcels", "destination": NUMBER, "content": "Grüße an Jane"}
    assert seen.headers["authorization"] == TOKEN
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["accept"] == "application/json"
    assert seen.headers["host"] == f"127.0.0.1:{gateway.port}"


def test_a_read_has_no_body_and_the_ids_in_its_path(gateway, settings, calls):
    gateway.answers(answer(200, {"messageid": "a/b", "status": "SENT"}))
    assert (
        calls(settings, GET_MESSAGE.prepare(settings, ".."), GET_MESSAGE.prepare(settings, "a/b"))["status"] == "SENT"
    )
    assert gateway.labels == ["GET /v1/messages/%2E%2E", "GET /v1/messages/a%2Fb"]
    seen = gateway.seen[1]
    assert seen.body == b""
    assert "content-type" not in seen.headers


@pytest.mark.parametrize("token", [TOKEN, TOKEN.removeprefix("JWT "), "Bearer x"])
def test_a_token_goes_out_as_it_was_given(gateway, settings, calls, token):
    gateway.answers(RICH)
    settings = replace(settings, token=token)
    assert calls(settings, GET_CREDITS.prepare(settings)) == 12.5
    assert gateway.seen[0].headers["authorization"] == token


def test_a_token_is_fetched_once_and_kept(gateway, fetching, calls):
    gateway.answers(NEW_TOKEN, RICH, RICH)
    told = []
    assert calls(fetching, GET_CREDITS.prepare(fetching), GET_CREDITS.prepare(fetching), on_token=told.append) == 12.5
    assert gateway.labels == ["POST /v1/auth/token", "GET /v1/credits/balance", "GET /v1/credits/balance"]
    assert gateway.seen[0].json == {"customerid": "customer", "key": API_KEY, "secret": API_SECRET}
    assert "authorization" not in gateway.seen[0].headers
    assert [seen.headers["authorization"] for seen in gateway.seen[1:]] == [FETCHED, FETCHED]
    assert told == [FETCHED]


def test_a_token_is_told_before_it_goes_out(gateway, fetching, calls):
    gateway.answers(NEW_TOKEN, RICH)
    calls_so_far = []
    calls(fetching, GET_CREDITS.prepare(fetching), on_token=lambda _: calls_so_far.append(len(gateway.seen)))
    assert calls_so_far == [1]


def test_a_token_that_ended_is_renewed_once_and_the_send_repeated(gateway, fetching, calls):
    gateway.answers(NEW_TOKEN, RICH, REFUSED, answer(200, {"token": SECOND}), SENT)
    told = []
    assert calls(fetching, GET_CREDITS.prepare(fetching), send(fetching), on_token=told.append)["message_id"] == "123"
    assert gateway.labels[2:] == ["POST /v1/message/send", "POST /v1/auth/token", "POST /v1/message/send"]
    assert gateway.seen[4].headers["authorization"] == SECOND
    assert told == [FETCHED, SECOND]


def test_a_fresh_token_that_is_refused_is_not_fetched_again(gateway, fetching, calls):
    gateway.answers(NEW_TOKEN, REFUSED)
    with pytest.raises(SmsWorksAuthError) as caught:
        calls(fetching, send(fetching))
    assert_clear(caught.value, "POST /message/send (HTTP 401", "`customer_id`, `api_key` and `api_secret`")
    assert len(gateway.seen) == 2


def test_a_renewed_token_that_is_refused_ends_it(gateway, fetching, calls):
    gateway.answers(NEW_TOKEN, RICH, REFUSED, NEW_TOKEN, REFUSED)
    with pytest.raises(SmsWorksAuthError):
        calls(fetching, GET_CREDITS.prepare(fetching), send(fetching))
    assert len(gateway.seen) == 5


def test_a_given_token_that_is_refused_is_never_replaced(gateway, settings, calls):
    gateway.answers(REFUSED)
    with pytest.raises(SmsWorksAuthError) as caught:
        calls(settings, send(settings))
    assert_clear(caught.value, "`password` (the JWT) of connection `smsworks_default`")
    assert gateway.labels == ["POST /v1/message/send"]


def test_a_key_that_is_refused_is_told_and_nothing_is_sent(gateway, fetching, calls):
    gateway.answers(answer(401, {"message": f"{API_KEY} {API_SECRET}", "errorCode": 4011}))
    with pytest.raises(SmsWorksAuthError) as caught:
        calls(fetching, send(fetching))
    assert_clear(caught.value, "POST /auth/token (HTTP 401, code 4011)")
    assert caught.value.nothing_sent is True
    assert gateway.labels == ["POST /v1/auth/token"]


def test_a_gateway_that_gives_no_tokens_is_told(gateway, fetching, calls):
    gateway.answers(answer(404, {"message": "Not found"}))
    with pytest.raises(SmsWorksNotFoundError) as caught:
        calls(fetching, send(fetching))
    assert_clear(caught.value, "POST /auth/token (HTTP 404)", "`host`")


def test_a_send_whose_token_cannot_be_fetched_yet_certainly_did_not_go_out(gateway, fetching, calls, waits):
    gateway.answers(reset)
    with pytest.raises(SmsWorksUnavailableError) as caught:
        calls(fetching, send(fetching))
    assert caught.value.nothing_sent is True
    assert gateway.labels == ["POST /v1/auth/token"] * 4
    assert len(waits) == 3


@pytest.mark.parametrize("kind", [SmsWorksClient, AsyncSmsWorksClient])
def test_a_client_shows_its_connection_and_nothing_else_and_is_not_pickled(settings, fetching, kind):
    for chosen in (settings, fetching):
        client = kind(chosen)
        assert repr(client) == f"<{kind.__name__} of connection 'smsworks_default'>"
        with pytest.raises(TypeError):
            pickle.dumps(client)


def test_the_most_talkative_log_holds_no_token_no_number_and_no_text(gateway, fetching, calls, caplog):
    gateway.answers(NEW_TOKEN, SENT)
    with caplog.at_level(logging.NOTSET):
        calls(fetching, send(fetching))
    assert "POST" in caplog.text
    for secret in (FETCHED.split()[1], API_KEY, API_SECRET, NUMBER[2:], "Jane"):
        assert secret not in caplog.text


def test_calls_per_minute_spaces_the_calls_of_all_clients_of_an_account(gateway, settings, calls):
    gateway.answers(RICH)
    settings = replace(settings, calls_per_minute=1200)
    began = time.monotonic()
    for _ in range(2):
        calls(settings, GET_CREDITS.prepare(settings), GET_CREDITS.prepare(settings))
    assert len(gateway.seen) == 4
    assert time.monotonic() - began >= 3 * 0.05


def test_accounts_keep_a_pace_each(gateway, settings, fetching):
    given, other, fetched = (
        SmsWorksClient(replace(chosen, calls_per_minute=60))._pace
        for chosen in (settings, replace(settings, token="another"), fetching)
    )
    assert given is not other
    assert given is not fetched
    secret_changed = replace(fetching.credentials, api_secret="new")
    assert SmsWorksClient(replace(fetching, credentials=secret_changed, calls_per_minute=60))._pace is not fetched
    assert SmsWorksClient(replace(settings, calls_per_minute=60))._pace is given
    assert SmsWorksClient(settings)._pace is not given


def test_nobody_needs_to_be_told_a_token(gateway, fetching):
    gateway.answers(NEW_TOKEN, RICH)

    async def run():
        async with AsyncSmsWorksClient(fetching) as client:
            return await client.call(GET_CREDITS.prepare(fetching))

    assert asyncio.run(run()) == 12.5
    gateway.answers(NEW_TOKEN, RICH)
    with SmsWorksClient(fetching) as client:
        assert client.call(GET_CREDITS.prepare(fetching)) == 12.5


def test_a_token_that_cannot_be_masked_does_not_go_out(gateway, fetching, calls, waits):
    gateway.answers(NEW_TOKEN, RICH)

    def refuse(token):
        raise RuntimeError("no masking")

    with pytest.raises(RuntimeError, match="no masking"):
        calls(fetching, GET_CREDITS.prepare(fetching), on_token=refuse)
    assert gateway.labels == ["POST /v1/auth/token"]


def test_a_waiting_async_client_lets_others_work(gateway, settings):
    gateway.answers(RICH)
    settings = replace(settings, calls_per_minute=600)

    async def run():
        async with AsyncSmsWorksClient(settings) as client:
            await client.call(GET_CREDITS.prepare(settings))
            waiting = asyncio.create_task(client.call(GET_CREDITS.prepare(settings)))
            turns = 0
            while not waiting.done():
                await asyncio.sleep(0.005)
                turns += 1
            return turns

    assert asyncio.run(run()) > 2
