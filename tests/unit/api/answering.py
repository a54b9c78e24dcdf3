"""Answers of the gateway, and what the client makes of them."""

from __future__ import annotations

import json

import pytest

from airflow_provider_smsworks.api import errors
from airflow_provider_smsworks.api.answers import Answer, read_answer
from airflow_provider_smsworks.api.operations import GET_MESSAGE, SEARCH_MESSAGES, SEND_MESSAGE, Call, Operation
from airflow_provider_smsworks.api.settings import Credentials, Settings
from tests.unit.api.secrecy import API_KEY, API_SECRET, NATIONAL, TOKEN

URL = "https://gateway.example.com/v1"
SETTINGS = Settings("smsworks_default", base_url=URL, token=TOKEN, sender="Parcels")
FETCHING = Settings("smsworks_default", base_url=URL, credentials=Credentials("customer", API_KEY, API_SECRET))
SEND = SEND_MESSAGE.prepare(SETTINGS, to=NATIONAL, content="Hello")
SEARCH = SEARCH_MESSAGES.prepare(SETTINGS)
LOOK = GET_MESSAGE.prepare(SETTINGS, "abc")

UNKNOWN, RATE, AUTH = errors.SmsWorksUnavailableError, errors.SmsWorksRateLimitError, errors.SmsWorksAuthError
CREDIT, ACCOUNT = errors.SmsWorksCreditError, errors.SmsWorksAccountError
MISSING, REFUSED = errors.SmsWorksNotFoundError, errors.SmsWorksRejectedError
LOST, CONFIG = errors.SmsWorksUndeliveredError, errors.SmsWorksConfigError
CHANGE = Call(Operation("Cancel.", "DELETE", "/messages/schedule/{messageid}", None, dict, effect="changes"), "/x")


def answer(status, body=b"", **headers) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def refusal(status, body=b"", call=SEND, settings=SETTINGS, **headers) -> errors.SmsWorksError:
    with pytest.raises(errors.SmsWorksError) as caught:
        read_answer(settings, call, answer(status, body, **headers))
    return caught.value
