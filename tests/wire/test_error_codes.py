"""
Every documented code, as the sandbox answers it, through the client's real calls.

The sandbox has its own copy of the documents' tables: what it says and what the client makes of it must agree.
"""

from __future__ import annotations

import httpx
import pytest

from airflow_provider_smsworks import exceptions
from airflow_provider_smsworks.api.codes import CODES
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator
from tests.task_context import own_store, task_context

SEND, READ = "POST /message/send", "GET /credits/balance"
PHONE = "07700900000"
REFUSED, MISSING = exceptions.SmsWorksRejectedError, exceptions.SmsWorksNotFoundError
AUTH, CREDIT, ACCOUNT = (
    exceptions.SmsWorksAuthError,
    exceptions.SmsWorksCreditError,
    exceptions.SmsWorksAccountError,
)
FAILED, LOST = exceptions.SmsWorksUnavailableError, exceptions.SmsWorksUndeliveredError
EXPECTED = {
    # code: HTTP status, kind of error, may it pass
    4001: (400, REFUSED, False),
    4002: (400, REFUSED, False),
    4003: (400, REFUSED, False),
    4004: (400, REFUSED, False),
    4005: (400, REFUSED, False),
    4006: (400, REFUSED, False),
    4007: (400, ACCOUNT, False),
    4008: (400, MISSING, False),
    4009: (400, REFUSED, False),
    4011: (401, AUTH, False),
    4021: (402, CREDIT, False),
    4031: (403, ACCOUNT, False),
    4032: (403, ACCOUNT, False),
    4033: (403, ACCOUNT, False),
    4034: (403, ACCOUNT, False),
    5001: (400, LOST, False),
    5002: (400, FAILED, True),
    5004: (400, LOST, False),
    5006: (400, LOST, True),
    5008: (400, LOST, True),
    5009: (400, LOST, False),
    5010: (400, LOST, False),
    5011: (400, LOST, False),
    5013: (400, LOST, True),
    5015: (400, LOST, True),
    5020: (400, LOST, False),
    5034: (400, LOST, True),
}


def strike(sandbox, operation, code, **more):
    sandbox.faults([{"operation": operation, "kind": "status", "error_code": code, "times": None} | more])


def failed(call, *args, **kwargs):
    with pytest.raises(exceptions.SmsWorksError) as caught:
        call(*args, **kwargs)
    return caught.value


def test_every_code_of_the_table_is_here():
    assert set(EXPECTED) == set(CODES)


@pytest.mark.parametrize("code", EXPECTED)
def test_the_gateways_own_sample_agrees_with_the_table(connected, code):
    answer = httpx.get(
        f"{connected.url}/v1/utils/errors/{code}", headers={"Authorization": "any"}, timeout=10, trust_env=False
    )
    sample = answer.json()
    assert answer.status_code == EXPECTED[code][0]
    assert sample["errorCode"] == code
    assert sample["permanent"] is CODES[code].permanent


@pytest.mark.parametrize("reading", ["own", "ok"])
def test_a_sample_is_read_whatever_its_status(connected, reading):
    connected.set(sample_status=reading)
    hook = SmsWorksHook()
    for code in EXPECTED:
        sample = hook.get_sample_error(code)
        assert (sample["code"], sample["permanent"]) == (code, CODES[code].permanent)
    with pytest.raises(MISSING):
        hook.get_sample_error(4999)


@pytest.mark.parametrize("code", EXPECTED)
def test_a_send_becomes_the_right_error(connected, code):
    _, kind, transient = EXPECTED[code]
    strike(connected, SEND, code)
    error = failed(SmsWorksHook().send_message, to=PHONE, content="Hello")
    assert isinstance(error, kind)
    assert type(error).__name__ == kind.__name__
    assert (error.code, error.transient, error.nothing_sent) == (code, transient, code < 5000)
    # It is in no case the client that sends again.
    assert connected.requests()[SEND] == 1
    said = str(error)
    assert said.startswith(f"{SEND} (HTTP {EXPECTED[code][0]}, code {code})")
    assert ("THE ACCOUNT IS DISABLED OR ABOUT TO BE" in said) is (code in (4007, 4033))
    assert CODES[code].meaning in said
    assert "447700900000" not in said
    assert "\n" not in said


@pytest.mark.parametrize("code", EXPECTED)
def test_a_read_becomes_the_right_error_and_is_repeated_if_it_may_pass(connected, code):
    _, kind, transient = EXPECTED[code]
    strike(connected, "POST /messages", code)
    error = failed(SmsWorksHook().search_messages)
    assert type(error).__name__ == kind.__name__
    assert (error.code, error.transient, error.nothing_sent) == (code, transient, True)
    assert connected.requests()["POST /messages"] == (4 if transient else 1)


@pytest.mark.parametrize(("status", "kind"), [(401, AUTH), (402, CREDIT), (403, ACCOUNT), (404, MISSING)])
def test_the_short_body_says_as_much_by_its_status(connected, status, kind):
    connected.faults([{"operation": READ, "kind": "status", "status": status, "times": None}])
    error = failed(SmsWorksHook().get_credits)
    assert type(error).__name__ == kind.__name__
    assert (error.code, error.nothing_sent) == (None, True)


@pytest.mark.parametrize("code", [5001, 5020, 5002])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_task_looks_before_it_believes_a_service_code(connected, tmp_path, code, when):
    """Also a code that the documents call permanent does not end the task before the message was looked for."""
    strike(connected, SEND, code, when=when, times=1)
    operator = SmsWorksSendMessageOperator(task_id="text", to=PHONE, content="Hello")
    store = own_store(tmp_path / "state")
    if when == "after":
        assert operator.execute(task_context(store))["adopted"] is True
    else:
        with pytest.raises(exceptions.SmsWorksOutcomeUnknownError) as caught:
            operator.execute(task_context(store))
        assert caught.value.transient
        assert caught.value.__cause__.code == code
        assert CODES[code].meaning in str(caught.value)
        operator.execute(task_context(store, try_number=2))
    assert len(connected.ledger()) == 1
