"""Every way in which the gateway says no."""

from __future__ import annotations

import socket

import pytest

LONG = {"message", "errorCode", "status", "permanent"}
MEANINGS = {
    4001: (400, True, "Message length is 0 characters"),
    4002: (400, True, "longer than 1280 characters"),
    4003: (400, True, "Sender ID length invalid"),
    4004: (400, True, "Invalid destination number"),
    4005: (400, True, "Tag longer than 280 characters"),
    4006: (400, True, "profanity"),
    4007: (400, True, "Account disabled"),
    4008: (400, True, "Invalid message ID"),
    4009: (400, True, "Invalid date/time supplied"),
    4011: (401, True, "Not authenticated"),
    4021: (402, True, "Insufficient credit"),
    4031: (403, True, "Not authorised"),
    4032: (403, True, "Account not found"),
    4033: (403, True, "Account disabled"),
    4034: (403, True, "not enabled for international"),
    5001: (400, True, "Number does not exist"),
    5002: (400, True, "database error"),
    5004: (400, True, "REJECTED"),
    5006: (400, False, "switched off"),
    5008: (400, False, "Roaming"),
    5009: (400, True, "UNDELIVERED"),
    5010: (400, True, "DND"),
    5011: (400, True, "suspended"),
    5013: (400, False, "Do Not Disturb"),
    5015: (400, False, "EXPIRED"),
    5020: (400, True, "anti-flooding"),
    5034: (400, False, "System failure"),
}


def assert_error(response, code):
    status, permanent, words = MEANINGS[code]
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json;charset=UTF-8"
    body = response.json()
    assert set(body) == LONG
    assert (body["errorCode"], body["permanent"]) == (code, permanent)
    assert words in body["message"]


@pytest.mark.parametrize("code", MEANINGS)
def test_sample_errors(gateway, code):
    assert_error(gateway.get(f"/utils/errors/{code}"), code)


@pytest.mark.parametrize("code", ["4010", "0", "x", "99999999999999999999"])
def test_a_sample_of_no_error(gateway, code):
    response = gateway.get(f"/utils/errors/{code}")
    assert response.status_code == 404
    body = response.json()
    assert (body["code"], body["errorCode"], body["message"]) == (
        "ResourceNotFound",
        404,
        f"Error code {code} does not exist",
    )


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        (4001, {"content": ""}),
        (4002, {"content": "x" * 1281}),
        (4003, {"sender": ""}),
        (4003, {"sender": "AB"}),
        (4003, {"sender": "TwelveLetter"}),
        (4003, {"sender": "No blank"}),
        (4003, {"sender": "Café"}),
        (4003, {"sender": "12"}),
        (4003, {"sender": "1" * 16}),
        (4003, {"sender": "+447700900111"}),
        (4004, {"destination": ""}),
        (4004, {"destination": "0770090012"}),
        (4004, {"destination": "077009001234"}),
        (4004, {"destination": "44770090012"}),
        (4004, {"destination": "02079460018"}),
        (4004, {"destination": "442079460018"}),
        (4004, {"destination": "+447700900123"}),
        (4004, {"destination": "00447700900123"}),
        (4004, {"destination": "07700 900123"}),
        (4004, {"destination": "1234567"}),
        (4004, {"destination": "1" * 16}),
        (4005, {"tag": "t" * 281}),
    ],
)
@pytest.mark.parametrize("path", ["/message/send", "/message/flash"])
def test_a_message_that_cannot_be_sent(sandbox, gateway, path, code, fields):
    assert_error(gateway.send(path=path, **{"to": "07700900123", "content": "Hello"} | fields), code)
    assert sandbox.ledger() == []
    assert gateway.balance() == 1000.0


@pytest.mark.parametrize(("code", "missing"), [(4001, "content"), (4003, "sender"), (4004, "destination")])
def test_a_required_field_that_is_missing(gateway, code, missing):
    body = {"sender": "Parcels", "destination": "07700900123", "content": "Hello"}
    del body[missing]
    assert_error(gateway.post("/message/send", body), code)


@pytest.mark.parametrize("sender", ["Abc", "Elevenchars", "123", "1" * 15, "A1b"])
def test_senders_that_are_allowed(gateway, sender):
    assert gateway.message(gateway.sent(sender=sender)["messageid"])["sender"] == sender


@pytest.mark.parametrize("to", ["12345678", "1" * 15, "447000000000"])
def test_destinations_that_are_allowed(sandbox, gateway, to):
    gateway.sent(to)
    assert sandbox.ledger()[0]["to"] == to


@pytest.mark.parametrize(
    "fields",
    [
        {"content": 5},
        {"content": None},
        {"destination": 447700900123},
        {"tag": None},
        {"validity": 0},
        {"validity": 2881},
        {"validity": 1.5},
        {"validity": "60"},
        {"ttl": "soon"},
        {"ai": "yes"},
        {"responseemail": "me@example.com"},
        {"metadata": "a=1"},
        {"metadata": [{"key": "a"}]},
        {"metadata": [{"key": "a", "value": 1}]},
        {"metadata": {"a": 1}},
        {"metadata": {"schema": "a text"}},
        {"metadata": {"schema": {"key": 1}}},
    ],
)
def test_a_field_that_the_schema_does_not_allow(sandbox, gateway, fields):
    response = gateway.send(**{"to": "07700900123", "content": "Hello"} | fields)
    assert response.status_code == 400
    assert next(iter(fields)) in response.json()["message"]
    assert "[" not in response.json()["message"]  # no types of Python
    assert sandbox.ledger() == []


def test_an_error_that_no_document_lists(sandbox, gateway):
    """Only the schema knows what is in it, so the text of the documents has nothing but the message."""
    long, short = ("/message/send", {"content": 5}), ("/otp/send", {"validity": 0})
    assert gateway.post(*long).json().keys() == {"message", "errorCode", "status"}
    assert gateway.post(*short).json().keys() == {"message"}
    sandbox.set(shapes="text")
    assert gateway.post(*long).json().keys() == gateway.post(*short).json().keys() == {"message"}


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"\xff", b'{"content": "\\ud800"}', b"[]", b'"text"'),
        *(b'{"x": NaN}', b'{"x": -Infinity}', b'{"x": 1e999}', b'{"x": ' + b"[" * 100 + b"]" * 100 + b"}"),
    ],
)
def test_a_body_that_is_no_json_object(sandbox, gateway, body):
    response = gateway.call("POST", "/message/send", content=body)
    assert response.status_code == 400
    assert "message" in response.json()


def test_a_caller_that_hangs_up_in_the_middle_of_its_call(sandbox, eventually):
    address = (sandbox.client.base_url.host, sandbox.client.base_url.port)
    head = "POST /v1/message/send HTTP/1.1\r\nHost: x\r\nAuthorization: x\r\nContent-Length: 500\r\n\r\n"
    with socket.create_connection(address) as caller:
        caller.sendall(f'{head}{{"sender":'.encode())
        eventually(lambda: sandbox.requests().get("POST /message/send"), 1)
    assert sandbox.client.get("/v1/utils/test", headers={"Authorization": "x"}).status_code == 200
    assert sandbox.ledger() == []
    assert "Traceback" not in sandbox.printed()


@pytest.mark.parametrize("query", [{"limit": -1}, {"limit": "many"}, {"skip": -1}, {"unread": "yes"}, {"status": 1}])
def test_a_query_that_the_schema_does_not_allow(gateway, query):
    response = gateway.post("/messages", query)
    assert response.status_code == 400
    assert next(iter(query)) in response.json()["message"]


@pytest.mark.parametrize("field", ["from", "to"])
def test_a_date_that_is_none(gateway, field):
    response = gateway.post("/messages", {field: "next Tuesday"})
    assert_error(response, 4009)
    assert response.json()["message"] == "Invalid date/time supplied: next Tuesday"


def test_no_credit(sandbox, gateway):
    sandbox.set(credits=1.5)
    assert_error(gateway.send(content="x" * 161), 4021)
    assert gateway.sent()["credits"] == 0.5
    assert_error(gateway.send(), 4021)
    assert len(sandbox.ledger()) == 1
    assert gateway.balance() == 0.5


@pytest.mark.parametrize(("account", "code"), [("not_authorised", 4031), ("not_found", 4032), ("disabled", 4033)])
def test_an_account_that_is_not_in_order(sandbox, gateway, account, code):
    sandbox.set(account=account)
    assert_error(gateway.send(), code)
    assert_error(gateway.post("/messages", {}), code)
    short = gateway.get("/credits/balance")
    assert (short.status_code, list(short.json())) == (403, ["message"])
    assert sandbox.ledger() == []
    sandbox.set(account="ok")
    assert gateway.send().status_code == 201


def test_an_account_that_is_for_the_uk_only(sandbox, gateway):
    sandbox.set(account="no_international")
    assert_error(gateway.send("33612345678"), 4034)
    assert gateway.send("447700900123").status_code == 201
    assert len(sandbox.ledger()) == 1


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": ""}, {"Authorization": "JWT"}, {"Authorization": "Bearer x"}]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/message/send"), ("POST", "/messages"), ("GET", "/credits/balance"), ("GET", "/utils/test")],
)
def test_no_token(sandbox, gateway, method, path, headers):
    body = {"sender": "Parcels", "destination": "07700900123", "content": "Hello"} if method == "POST" else None
    response = gateway.call(method, path, body, headers=headers)
    assert response.status_code == 401
    assert response.json()["message"] == "Unauthorized"
    assert sandbox.ledger() == []


@pytest.mark.parametrize("token", ["abc", "JWT abc", "a.b.c"])
def test_any_token_will_do(sandbox, gateway_of, token):
    assert gateway_of(sandbox, token).balance() == 1000.0


@pytest.mark.parametrize(
    "credentials", [{}, {"key": "k"}, {"secret": "s"}, {"key": "", "secret": "s"}, {"key": "k", "secret": ""}]
)
def test_a_token_without_key_or_secret(gateway, credentials):
    assert_error(gateway.post("/auth/token", {"customerid": "c"} | credentials), 4011)


def test_unknown_paths_and_methods(sandbox, gateway):
    response = gateway.get("/message/nothing")
    assert response.status_code == 404
    assert response.json() == {"code": "ResourceNotFound", "message": "/v1/message/nothing does not exist"}
    assert gateway.get("/messages/1/2").status_code == 404
    response = gateway.get("/message/send")
    assert response.status_code == 405
    assert response.json() == {"code": "MethodNotAllowed", "message": "GET is not allowed"}
    assert response.headers["allow"] == "POST"
    assert gateway.post("/messages/1", {}).headers["allow"] == "DELETE, GET"
    assert gateway.call("PUT", "/messages/schedule").headers["allow"] == "GET"
    assert sandbox.client.get("/sandbox/reset").headers["allow"] == "POST"
    assert sandbox.requests() == {}
