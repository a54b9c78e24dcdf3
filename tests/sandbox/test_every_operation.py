"""What holds for every operation: it wants a token, is counted and limited, and suffers faults."""

from __future__ import annotations

import pytest

MESSAGE = {"sender": "Parcels", "destination": "07700900123", "content": "65", "schedule": "2090-01-01T00:00:00Z"}
BATCH = {"sender": "Parcels", "destinations": ["07700900123"], "content": "Hi", "schedule": "2090-01-01T00:00:00Z"}
X, E = "long", "short"  # which error body the specification lists
OPERATIONS = [
    ("POST /message/send", MESSAGE, X),
    ("POST /message/flash", MESSAGE, X),
    ("POST /message/schedule", MESSAGE, X),
    ("POST /binary/send", MESSAGE, X),
    ("POST /messages", {}, X),
    ("POST /messages/inbox", {}, X),
    ("POST /messages/failed", {}, X),
    ("GET /messages/schedule", None, E),
    ("GET /messages/volume", None, X),
    ("GET /messages/{messageid}", None, E),
    ("DELETE /messages/{messageid}", None, E),
    ("DELETE /messages/schedule/{messageid}", None, X),
    ("POST /batch/send", BATCH, X),
    ("POST /batch/any", [MESSAGE], X),
    ("POST /batch/schedule", BATCH, X),
    ("GET /batch/{batchid}", None, E),
    ("DELETE /batches/schedule/{batchid}", None, X),
    ("POST /otp/send", {"sender": "Parcels", "destination": "07700900123"}, E),
    ("POST /otp/verify", {"passcode": "1"}, E),
    ("GET /otp/{messageid}", None, E),
    ("GET /credits/balance", None, E),
    ("GET /credits/{countrycode}", None, E),
    ("GET /utils/test", None, E),
    ("GET /utils/errors/{errorcode}", None, X),
]
NAMES = [name for name, _, _ in OPERATIONS]


@pytest.fixture(params=OPERATIONS, ids=NAMES)
def operation(request, gateway):
    """Name, error body and a function that calls it."""
    name, body, errors = request.param
    method, path = name.split(" ")
    filled = path.replace("{countrycode}", "GB").replace("{errorcode}", "4001")
    for field in ("{messageid}", "{batchid}"):
        filled = filled.replace(field, "1910600")

    def call(**more):
        return gateway.call(method, filled, body, **more)

    return name, errors, call


def everything(sandbox):
    return sandbox.ledger(), sandbox.schedules()


def test_the_list_is_complete(sandbox):
    response = sandbox.client.post("/sandbox/faults", json=[{"operation": "GET /nothing"}])
    known = response.json()["message"].partition("there are '*', ")[2].split(", ")
    assert sorted(known) == sorted([*NAMES, "POST /auth/token"])


def test_without_a_token(sandbox, operation):
    name, errors, call = operation
    response = call(headers={})
    assert (response.status_code, response.json()["message"]) == (401, "Unauthorized")
    assert response.json().get("errorCode") == (None if errors == E else 4011)
    assert sandbox.requests() == {name: 1}
    assert everything(sandbox) == ([], [])


def test_too_many_calls(sandbox, operation):
    name, _, call = operation
    sandbox.set(calls_per_minute=1)
    assert [call().status_code == 429, call().status_code == 429] == [False, True]
    assert sandbox.requests() == {name: 2}
    assert sum(map(len, everything(sandbox))) <= 1


def test_a_disabled_account(sandbox, operation):
    _, errors, call = operation
    sandbox.set(account="disabled")
    response = call()
    assert response.status_code == 403
    assert list(response.json()) == (
        ["message"] if errors == "short" else ["message", "errorCode", "status", "permanent"]
    )


def test_a_fault(sandbox, operation):
    name, _, call = operation
    sandbox.faults([{"operation": name, "status": 504}])
    assert call().status_code == 504
    assert everything(sandbox) == ([], [])
    assert call().status_code < 500


def test_the_price_of_a_country(sandbox, gateway):
    assert gateway.get("/credits/GB").json() == {"code": "GB", "country": "United Kingdom", "credits": 1.0}
    assert gateway.get("/credits/fr").json() == {"code": "FR", "country": "France", "credits": 2.0}
    assert gateway.sent("33612345678")["creditsUsed"] == 2.0
    response = gateway.get("/credits/XX")
    assert (response.status_code, response.json()) == (404, {"message": "Country not found"})
