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
TEXTING = ("POST /message/", "POST /binary/", "POST /batch/", "POST /otp/send")


# As the documents list them; the specification's operations and two that it left out.
DOCUMENTED = """
POST /auth/token                      FETCH_TOKEN              reads
POST /message/send                    SEND_MESSAGE             sends
POST /message/flash                   SEND_FLASH_MESSAGE       sends
POST /message/schedule                SCHEDULE_MESSAGE         sends
POST /binary/send                     SEND_BINARY_MESSAGE      sends
POST /messages                        SEARCH_MESSAGES          reads
POST /messages/inbox                  GET_UNREAD_MESSAGES      changes
POST /messages/failed                 GET_FAILED_MESSAGES      reads
GET /messages/schedule                GET_SCHEDULED_MESSAGES   reads
GET /messages/volume                  GET_MESSAGE_VOLUME       reads
GET /messages/{messageid}             GET_MESSAGE              reads
DELETE /messages/{messageid}          DELETE_MESSAGE           changes
DELETE /messages/schedule/{messageid} CANCEL_SCHEDULED_MESSAGE changes
POST /batch/send                      SEND_BATCH               sends
POST /batch/any                       SEND_COLLECTION          sends
POST /batch/schedule                  SCHEDULE_BATCH           sends
GET /batch/{batchid}                  GET_BATCH                reads
DELETE /batches/schedule/{batchid}    CANCEL_SCHEDULED_BATCH   changes
POST /otp/send                        SEND_OTP                 sends
POST /otp/verify                      VERIFY_OTP               changes
GET /otp/{messageid}                  GET_OTP                  reads
GET /credits/balance                  GET_CREDITS              reads
GET /credits/{countrycode}            GET_COUNTRY_CREDITS      reads
GET /utils/test                       GET_CUSTOMER_ID          reads
GET /utils/errors/{errorcode}         GET_SAMPLE_ERROR         reads
"""


def test_the_table_is_the_gateways():
    listed = {tuple(line.rsplit(maxsplit=2)) for line in DOCUMENTED.strip().splitlines()}
    assert {(operation.label, name, operation.effect) for name, operation in TABLE.items()} == {
        (label.strip(), name, effect) for label, name, effect in listed
    }
    assert [name for name, operation in TABLE.items() if not operation.needs_token] == ["FETCH_TOKEN"]
    assert [name for name, operation in TABLE.items() if operation.returns_errors] == ["GET_SAMPLE_ERROR"]


@pytest.mark.parametrize("operation", TABLE.values(), ids=TABLE.keys())
def test_nothing_that_texts_somebody_is_repeated_and_every_read_is(operation):
    assert operation.sends == operation.label.startswith(TEXTING)
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
