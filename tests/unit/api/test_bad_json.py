"""Whatever JSON or no JSON a gateway answers: a result, or an error that says so. Every operation there is."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings as hypothesis_settings, strategies as st

from airflow_provider_smsworks.api import operations
from airflow_provider_smsworks.api.answers import Answer, read_answer
from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksUnreadableError
from airflow_provider_smsworks.api.operations import Call, Operation
from airflow_provider_smsworks.api.settings import Settings
from tests.unit.api.secrecy import NUMBER, TOKEN, assert_clear, assert_tells_nothing

OPERATIONS = sorted(
    {value.label: value for value in vars(operations).values() if isinstance(value, Operation)}.values(),
    key=lambda operation: operation.label,
)
# One for each reader and effect.
DISTINCT = list({(operation.read, operation.effect): operation for operation in OPERATIONS}.values())
SETTINGS = Settings("smsworks_default", token=TOKEN)
DEEP = 100_000

NO_JSON = {
    "nothing": b"",
    "blanks": b" \r\n",
    "truncated": b'[{"messageid": "1", "status": "SE',
    "HTML": f"<!DOCTYPE html><html>{NUMBER} {TOKEN}</html>".encode(),
    "text": f"{NUMBER} {TOKEN}".encode(),
    "two": b'{"messageid": "1"}{"messageid": "2"}',
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"message":' * DEEP + b"1" + b"}" * DEEP,
    "no UTF-8": b'{"messageid": "\xff\xfe\xfd"}',
    "10,000 digits": b'{"messageid": ' + b"1" * 10_000 + b', "credits": ' + b"1" * 10_000 + b"}",
    "zeros": b"\x00" * 1000,
}
OTHER_JSON = {
    "null": b"null",
    "true": b"true",
    "number": b"12",
    "not a number": b"NaN",
    "infinity": b"-Infinity",
    "huge": b"1e999",
    "text": f'"{NUMBER} {TOKEN}"'.encode(),
    "list of null": b"[null, null]",
    "lists in lists": b"[[[]]]",
    "lone surrogate": b'"\\ud800"',
}


def read(operation, body, status=200):
    call = Call(operation, operation.path)
    began = time.monotonic()
    try:
        return read_answer(SETTINGS, call, Answer(status, {"content-type": "application/json"}, body))
    finally:
        assert time.monotonic() - began < 2


def test_every_operation_is_here():
    assert len(OPERATIONS) >= 6
    assert {"POST /message/send", "GET /credits/balance"} <= {operation.label for operation in OPERATIONS}


@pytest.mark.parametrize("operation", DISTINCT, ids=lambda operation: operation.label)
@pytest.mark.parametrize(
    "body", [*NO_JSON.values(), *OTHER_JSON.values()], ids=[*NO_JSON, *(f"JSON {k}" for k in OTHER_JSON)]
)
def test_what_is_no_answer_says_so(operation, body):
    with pytest.raises(SmsWorksUnreadableError) as caught:
        read(operation, body)
    assert (caught.value.transient, caught.value.http_status) == (True, 200)
    assert caught.value.nothing_sent is not operation.sends
    assert caught.value.no_effect is operation.repeatable
    assert_clear(caught.value, operation.label, "`host` of connection `smsworks_default`")


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON.keys())
def test_what_is_no_answer_does_not_hide_a_refusal(body):
    with pytest.raises(SmsWorksError) as caught:
        read(operations.SEND_MESSAGE, body, status=403)
    assert (caught.value.transient, caught.value.http_status) == (False, 403)
    assert_clear(caught.value, "POST /message/send", "403")


_KEYS = (
    "messageid id _id batchid batchId message messages status schedule created modified credits creditsUsed token"
    " metadata key value keyword failurereason code errorCode details permanent destination sender content balance"
    " countries total otp passcode result error"
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        [10**400, -(10**400), "", " ", "2026-11-01T09:30:00Z", "0001-01-01T00:00:00+14:00", NUMBER, TOKEN]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(_KEYS.split()) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(st.sampled_from(OPERATIONS), values, st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 408, 429, 500]))
@hypothesis_settings(max_examples=250)
def test_any_json_is_a_result_or_an_error_of_ours(operation, value, status):
    try:
        read(operation, json.dumps(value).encode(), status)
    except SmsWorksError as error:
        assert_tells_nothing(error)


@given(st.sampled_from(OPERATIONS), st.binary(max_size=60))
@hypothesis_settings(max_examples=100)
def test_any_bytes_are_a_result_or_an_error_of_ours(operation, body):
    try:
        read(operation, body)
    except SmsWorksError as error:
        assert_tells_nothing(error)


@pytest.mark.parametrize("operation", DISTINCT, ids=lambda operation: operation.label)
@pytest.mark.parametrize(
    "body", [b'{"message": "a", "message": "b"}', b"\xef\xbb\xbf{}", '{"message": "a"}'.encode("utf-16")]
)
def test_odd_json_is_a_result_or_unreadable(operation, body):
    try:
        read(operation, body)
    except SmsWorksUnreadableError as error:
        assert_tells_nothing(error)
