from __future__ import annotations

import json

import pytest

from airflow_provider_smsworks.api import operations
from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.operations import Operation
from airflow_provider_smsworks.api.settings import Settings
from tests.unit.api.secrecy import NATIONAL, NUMBER, TOKEN

SETTINGS = Settings("smsworks_default", token=TOKEN, sender="Parcels")
TABLE = {name: value for name, value in vars(operations).items() if isinstance(value, Operation)}
# Doing these twice texts, charges or changes twice.
TEXTING = ("POST /message/", "POST /binary/", "POST /batch/", "POST /otp/")


@pytest.mark.parametrize(
    ("name", "label", "repeatable", "needs_token"),
    [
        ("FETCH_TOKEN", "POST /auth/token", True, False),
        ("SEND_MESSAGE", "POST /message/send", False, True),
        ("SEARCH_MESSAGES", "POST /messages", True, True),
        ("GET_MESSAGE", "GET /messages/{messageid}", True, True),
        ("GET_CREDITS", "GET /credits/balance", True, True),
        ("GET_CUSTOMER_ID", "GET /utils/test", True, True),
    ],
)
def test_an_operation_of_the_gateway(name, label, repeatable, needs_token):
    operation = TABLE[name]
    assert operation.label == label
    assert (operation.repeatable, operation.needs_token) == (repeatable, needs_token)


@pytest.mark.parametrize("operation", TABLE.values(), ids=TABLE.keys())
def test_nothing_that_texts_somebody_is_repeated_and_every_read_is(operation):
    if operation.label.startswith(TEXTING):
        assert not operation.repeatable
    if operation.method == "GET":
        assert operation.repeatable


@pytest.mark.parametrize("operation", TABLE.values(), ids=TABLE.keys())
def test_every_operation_says_what_it_does_in_one_sentence(operation):
    assert operation.summary.endswith(".")
    assert operation.path.startswith("/")
    assert operation.method in {"GET", "POST", "DELETE"}
    assert operation.build.__doc__


def test_no_two_entries_are_one_operation():
    assert len({operation.label for operation in TABLE.values()}) == len(TABLE)


@pytest.mark.parametrize(
    ("message_id", "path"),
    [
        ("123", "/messages/123"),
        (123, "/messages/123"),
        ("../credits/balance", "/messages/%2E%2E%2Fcredits%2Fbalance"),
        ("..", "/messages/%2E%2E"),
        ("a b?c#d", "/messages/a%20b%3Fc%23d"),
        ("{messageid}", "/messages/%7Bmessageid%7D"),
    ],
)
def test_an_id_stays_one_step_of_the_path(message_id, path):
    call = operations.GET_MESSAGE.prepare(SETTINGS, message_id)
    assert call.path == path
    assert call.body is None


def test_a_call_is_checked_before_it_may_go_out():
    with pytest.raises(SmsWorksValidationError, match="`content`"):
        operations.SEND_MESSAGE.prepare(SETTINGS, to=NATIONAL, content="")


def test_a_call_shows_neither_number_nor_text():
    call = operations.SEND_MESSAGE.prepare(SETTINGS, to=NATIONAL, content="Hello Jane")
    assert call.body["destination"] == NUMBER
    for secret in (NUMBER[2:], "Jane"):
        assert secret not in repr(call)
    assert json.loads(json.dumps(call.body)) == call.body
