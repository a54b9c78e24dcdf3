"""Every hook method and its async twin, over real HTTP."""

from __future__ import annotations

import asyncio
import datetime as dt
import time

import pytest

from airflow_provider_smsworks.exceptions import (
    SmsWorksAuthError,
    SmsWorksConfigError,
    SmsWorksNotFoundError,
    SmsWorksValidationError,
)
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from tests.wire.hook_calls import call_async, call_sync

CREDITS_FAULT = {"operation": "GET /credits/balance", "when": "before", "kind": "status"}


@pytest.fixture(params=[call_sync, call_async], ids=["sync", "async"])
def call(request, connected):
    return request.param


def test_send_and_read_back(call, connected):
    sent = call(
        "send_message",
        to="07700 900000",
        content="Hello",
        tag="late",
        metadata={"order": "7"},
        validity=dt.timedelta(hours=1),
    )
    assert sent["status"] in ("SENT", "ACCEPTED")
    assert (sent["parts"], sent["credits_used"]) == (1, 1)
    [row] = connected.ledger()
    assert (row["message_id"], row["to"], row["content"]) == (sent["message_id"], "447700900000", "Hello")
    found = call("get_message", sent["message_id"])
    assert (found["to"], found["tag"], found["metadata"]) == ("447700900000", "late", {"order": "7"})
    since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    assert [m["message_id"] for m in call("search_messages", to="07700900000", since=since)] == [sent["message_id"]]


@pytest.mark.parametrize("settings", [{"dates": "javascript"}, {"destination_type": "text"}, {"metadata_echo": False}])
def test_answers_are_read_in_every_shape(call, connected, settings):
    connected.set(**settings)
    sent = call("send_message", to="07700900000", content="Hello", metadata={"order": "7"})
    found = call("get_message", sent["message_id"])
    assert found["to"] == "447700900000"
    assert found["created"].startswith(str(dt.datetime.now(dt.UTC).year))
    assert found["metadata"] == ({} if settings == {"metadata_echo": False} else {"order": "7"})


def test_credits_and_customer_id(call, connected):
    connected.set(credits=42.5)
    assert call("get_credits") == 42.5
    assert len(call("get_customer_id")) > 8


@pytest.mark.parametrize("reading", ["spec", "docs"])
def test_an_unknown_id_is_not_found_whatever_the_status(call, connected, reading):
    connected.set(unknown_id=reading)
    with pytest.raises(SmsWorksNotFoundError, match="knows nothing by this id"):
        call("get_message", "1")


def test_a_read_is_repeated_after_what_may_pass(call, connected):
    connected.faults([CREDITS_FAULT | {"status": 503, "times": 2}])
    assert call("get_credits") > 0
    assert connected.requests()["GET /credits/balance"] == 3


@pytest.mark.parametrize("kind", ["reset", "garbage"])
def test_a_read_survives_other_faults(call, connected, kind):
    connected.faults([{"operation": "GET /credits/balance", "when": "before", "kind": kind, "times": 1}])
    assert call("get_credits") > 0


def test_retry_after_is_obeyed(call, connected):
    fault = {"operation": "*", "when": "before", "kind": "status", "status": 429, "headers": {"Retry-After": "1"}}
    connected.faults([fault | {"times": 1}])
    began = dt.datetime.now()
    call("get_credits")
    assert (dt.datetime.now() - began).total_seconds() >= 1


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "reset"}, {"kind": "garbage"}])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_send_is_not_repeated_blindly(call, connected, when, fault):
    connected.faults([{"operation": "POST /message/send", "when": when, "times": 1} | fault])
    with pytest.raises(Exception, match="POST /message/send") as caught:
        call("send_message", to="07700900000", content="Hello")
    assert caught.value.nothing_sent is False
    assert connected.requests()["POST /message/send"] == 1


def test_a_token_is_fetched_once_and_renewed_once(call, connected, connect):
    connected.set(api_key="the-key", api_secret="the-secret")
    connect(connected.url, password=None, customer_id="c", api_key="the-key", api_secret="the-secret")
    connected.faults([CREDITS_FAULT | {"status": 401, "times": 1}])
    # Renewed within the first client: fetched, refused, fetched again.
    hook_calls = ["get_customer_id", "get_credits"]
    if call is call_sync:
        hook = SmsWorksHook()
        assert [getattr(hook, name)() for name in hook_calls]
    else:

        async def both():
            hook = SmsWorksHook()
            try:
                return [await getattr(hook, f"a{name}")() for name in hook_calls]
            finally:
                await hook.aclose()

        assert asyncio.run(both())
    assert connected.requests()["POST /auth/token"] == 2


def test_wrong_credentials_are_said_and_not_tried_for_ever(call, connected, connect):
    connected.set(api_key="the-key", api_secret="the-secret")
    connect(connected.url, password=None, customer_id="c", api_key="the-key", api_secret="another-one")
    with pytest.raises(SmsWorksAuthError, match="`customer_id`, `api_key` and `api_secret`") as caught:
        call("get_credits")
    assert "another-one" not in str(caught.value)
    assert connected.requests() == {"POST /auth/token": 1}


def test_a_missing_connection_is_one_sentence(call, monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_SMSWORKS_DEFAULT")
    with pytest.raises(SmsWorksConfigError, match=r"no connection `smsworks_default`.*AIRFLOW_CONN_SMSWORKS_DEFAULT"):
        call("get_credits")


def test_sync_and_async_methods_come_in_pairs_with_the_same_signature():
    import inspect

    methods = {name: value for name, value in vars(SmsWorksHook).items() if hasattr(value, "operation")}
    sync = {name for name, value in methods.items() if not inspect.iscoroutinefunction(value)}
    assert sync
    assert {f"a{name}" for name in sync} == set(methods) - sync
    for name in sync:
        assert methods[name].operation is methods[f"a{name}"].operation
        assert methods[name].__doc__.startswith(methods[name].operation.summary)
        assert inspect.signature(methods[name]) == inspect.signature(methods[f"a{name}"])


def test_help_shows_what_a_method_takes():
    import inspect

    shown = str(inspect.signature(SmsWorksHook.schedule_message))
    assert shown.startswith("(self, *, to: 'str | int', content: 'str', schedule: ")
    assert shown.endswith("-> 'Record'")


def test_the_connection_tests_itself(connected, connect):
    ok, text = SmsWorksHook().test_connection()
    assert ok
    assert "credits" in text
    connect("http://127.0.0.1:9")
    ok, text = SmsWorksHook().test_connection()
    assert not ok
    assert "127.0.0.1:9 cannot be reached" in text
    assert "\n" not in text


OWN = "447860012345"
PHONE = "07700900123"


@pytest.mark.parametrize("settings", [{}, {"dates": "javascript"}, {"ids": "number"}, {"metadata_echo": False}])
def test_a_text_that_came_in_and_what_it_answers(call, connected, settings):
    connected.set(**settings)
    # Some dates are whole seconds, and nobody answers within one.
    moment = 1.1 if "dates" in settings else 0.01
    hook = SmsWorksHook()
    hook.send_message(to="07700900124", sender=OWN, content="To somebody else")
    hook.send_message(to=PHONE, content="From a name: nobody can answer that")
    sent = hook.send_message(to=PHONE, sender=OWN, content="Is it late?", tag="late", metadata={"order": "7"})
    time.sleep(moment)
    came = connected.inbound(PHONE, OWN, "Yes, it is")
    time.sleep(moment)
    hook.send_message(to=PHONE, sender=OWN, content="Sent after the answer")
    text = call("get_incoming_text", came)
    assert (text["message_id"], text["from"], text["to"]) == (came, "447700900123", OWN)
    assert (text["content"], text["keyword"]) == ("Yes, it is", "YES")
    answers = text["answers"]
    assert (answers["message_id"], answers["content"]) == (sent["message_id"], "Is it late?")
    metadata = {} if "metadata_echo" in settings else {"order": "7"}
    assert (answers["tag"], answers["metadata"], answers["is_certain"]) == ("late", metadata, True)


def test_a_text_that_answers_none(call, connected):
    came = connected.inbound(PHONE, OWN, "Hello")
    assert call("get_incoming_text", came)["answers"] is None


def test_the_code_of_a_text_says_what_it_answers(call, connected):
    hook = SmsWorksHook()
    first = hook.send_message(to=PHONE, sender=OWN, content="Late? Reply YES 4F7")["message_id"]
    hook.send_message(to=PHONE, sender=OWN, content="Early? Reply YES 5H8")
    assert call("get_incoming_text", connected.inbound(PHONE, OWN, "yes 4f7"))["answers"]["message_id"] == first


def test_an_id_that_is_of_no_incoming_text_is_refused(call, connected):
    sent = SmsWorksHook().send_message(to=PHONE, sender=OWN, content="Hello")["message_id"]
    with pytest.raises(SmsWorksValidationError, match="`message_id` is the id of a message that was sent"):
        call("get_incoming_text", sent)
    with pytest.raises(SmsWorksNotFoundError):
        call("get_incoming_text", "1")
