"""Each kind of fault, before and after a message was accepted and with the message accepted later."""

from __future__ import annotations

import json
import socket
import time
from datetime import datetime

import httpx
import pytest

from tests.sandbox_process import running_sandbox

SEND = "POST /message/send"
TEXT = {"sender": "Parcels", "destination": "07700900123", "content": "Hello"}


def fault(**fields):
    return {"operation": SEND, "when": "before", "kind": "status", "times": 1} | fields


def send(sandbox, timeout=10.0):
    return sandbox.client.post("/v1/message/send", json=TEXT, headers={"Authorization": "x"}, timeout=timeout)


def suffer(sandbox, kind):
    """Send a text and check that it meets this kind of fault."""
    if kind == "status":
        assert send(sandbox).status_code == 503
    elif kind == "reset":
        with pytest.raises(httpx.ReadError):
            send(sandbox)
    elif kind == "stall":
        with pytest.raises(httpx.ReadTimeout):
            send(sandbox, timeout=0.2)
    elif kind == "garbage":
        response = send(sandbox)
        assert response.status_code == 200
        with pytest.raises(json.JSONDecodeError):
            response.json()


@pytest.mark.parametrize("kind", ["status", "reset", "stall", "garbage"])
@pytest.mark.parametrize(("when", "accepted"), [("before", 0), ("after", 1)])
def test_before_and_after(sandbox, gateway, kind, when, accepted):
    sandbox.faults([fault(when=when, kind=kind)])
    suffer(sandbox, kind)
    assert len(sandbox.ledger()) == accepted
    assert len(gateway.search()) == accepted
    assert gateway.balance() == 1000.0 - accepted
    assert sandbox.faults_left() == []
    assert send(sandbox).status_code == 201
    assert len(sandbox.ledger()) == accepted + 1
    assert sandbox.requests()[SEND] == 2


@pytest.mark.parametrize("kind", ["status", "reset", "stall", "garbage"])
def test_late(sandbox, gateway, kind, eventually):
    sandbox.faults([fault(when="late", kind=kind, delay=0.7)])
    started = time.time()
    suffer(sandbox, kind)
    assert sandbox.ledger() == [], "the caller is cut off at once"
    eventually(lambda: len(sandbox.ledger()), 1)
    (row,) = sandbox.ledger()
    assert 0.7 <= datetime.fromisoformat(row["accepted_at"]).timestamp() - started < 2
    assert (row["operation"], row["to"], row["content"], row["sender"]) == (SEND, "447700900123", "Hello", "Parcels")
    assert gateway.balance() == 999.0
    assert [message["messageid"] for message in gateway.search()] == [row["message_id"]]
    assert sandbox.requests()[SEND] == 1


def test_a_late_message_is_checked_like_any_other(sandbox):
    sandbox.set(credits=0)
    sandbox.faults([fault(when="late", kind="reset", delay=0.1)])
    suffer(sandbox, "reset")
    time.sleep(0.3)
    assert sandbox.ledger() == []


def test_a_reset_forgets_late_messages(sandbox):
    sandbox.faults([fault(when="late", kind="reset", delay=0.3)])
    suffer(sandbox, "reset")
    sandbox.reset()
    time.sleep(0.5)
    assert sandbox.ledger() == []


def test_late_messages_survive_a_restart(tmp_path, eventually):
    with running_sandbox("--db", str(tmp_path / "sandbox.db")) as sandbox:
        sandbox.faults([fault(when="late", kind="reset", delay=1.0)])
        suffer(sandbox, "reset")
        sandbox.restart()
        eventually(lambda: [row["content"] for row in sandbox.ledger()], ["Hello"])


def test_a_reset_is_a_tcp_reset(sandbox):
    sandbox.faults([fault(kind="reset")])
    address = ("127.0.0.1", int(sandbox.url.rsplit(":", 1)[1]))
    with socket.create_connection(address) as connection:
        connection.sendall(b"POST /v1/message/send HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_a_stall_ends_with_the_connection_after_its_delay(sandbox):
    sandbox.faults([fault(kind="stall", delay=0.3)])
    started = time.monotonic()
    with pytest.raises(httpx.ReadError):
        send(sandbox)
    assert 0.3 <= time.monotonic() - started < 2


def test_a_delay_before_an_answer(sandbox):
    sandbox.faults([fault(status=500, delay=0.3)])
    started = time.monotonic()
    assert send(sandbox).status_code == 500
    assert 0.3 <= time.monotonic() - started < 2


def test_status_and_headers_of_the_answer(sandbox):
    sandbox.faults([fault(status=429, headers={"Retry-After": "7"})])
    response = send(sandbox)
    assert response.status_code == 429
    assert response.headers["retry-after"] == "7"
    assert response.headers["content-type"] == "application/json;charset=UTF-8"
    assert response.json() == {"message": "Fault on demand: HTTP 429"}


def test_a_documented_error(sandbox):
    sandbox.faults([fault(when="after", error_code=5002), fault(error_code=5002, status=500)])
    for status in (400, 500):
        response = send(sandbox)
        assert response.status_code == status
        assert (response.json()["errorCode"], response.json()["message"]) == (5002, "Service database error.")
    assert len(sandbox.ledger()) == 1


def test_a_documented_error_has_the_body_of_its_operation(sandbox, gateway):
    def body(operation, path):
        sandbox.faults([{"operation": operation, "error_code": 4021, "headers": {"X-Try": "1"}}])
        response = gateway.call(operation.partition(" ")[0], path, {})
        assert (response.status_code, response.headers["x-try"]) == (402, "1")
        return list(response.json())

    long, short = ("POST /messages", "/messages"), ("GET /batch/{batchid}", "/batch/1")
    assert body(*long) == ["message", "errorCode", "status", "permanent"]
    assert body(*short) == ["message"]
    sandbox.set(optional_fields=False, error_bodies="docs")
    assert body(*long) == body(*short) == ["message", "errorCode", "status"]


@pytest.mark.parametrize("kind", ["status", "garbage"])
@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body(sandbox, kind, status):
    sandbox.faults([fault(kind=kind, status=status)])
    assert (send(sandbox).status_code, send(sandbox).status_code) == (status, 201)
    assert "Traceback" not in sandbox.printed()


def test_garbage_is_the_right_answer_cut_off_or_a_page(sandbox):
    sandbox.faults([fault(when="after", kind="garbage"), fault(kind="garbage", body="html", status=502)])
    cut_off = send(sandbox)
    assert cut_off.headers["content-type"] == "application/json;charset=UTF-8"
    assert cut_off.text.startswith(f'{{"messageid":"{sandbox.ledger()[0]["message_id"]}"')
    page = send(sandbox)
    assert (page.status_code, page.headers["content-type"]) == (502, "text/html")
    assert page.text.startswith("<!doctype html>")


def test_a_big_call_suffers_its_fault_too(sandbox):
    sandbox.faults([fault(times=2), fault(kind="reset")])
    with httpx.Client(base_url=sandbox.url) as client:
        for _ in range(2):
            assert client.post("/v1/message/send", content=b"x" * 3_000_000).status_code == 503
        with pytest.raises((httpx.ReadError, httpx.WriteError)):
            client.post("/v1/message/send", content=b"x" * 3_000_000)


def test_times_and_order(sandbox):
    sandbox.faults([fault(status=500, times=2), fault(status=502), fault(status=504, times=None)])
    assert [send(sandbox).status_code for _ in range(5)] == [500, 500, 502, 504, 504]
    assert [(left["status"], left["times"]) for left in sandbox.faults_left()] == [(504, None)]
    sandbox.faults([])
    assert send(sandbox).status_code == 201
    assert sandbox.requests() == {SEND: 6}


def test_a_fault_strikes_its_operation_only(sandbox, gateway):
    sandbox.faults([fault(operation="GET /messages/{messageid}", status=500, times=None)])
    message_id = gateway.sent()["messageid"]
    assert gateway.get(f"/messages/{message_id}").status_code == 500
    assert len(gateway.search()) == 1
    assert sandbox.requests() == {SEND: 1, "GET /messages/{messageid}": 1, "POST /messages": 1}


def test_a_star_strikes_all_operations_and_no_controls(sandbox, gateway):
    sandbox.faults([fault(operation="*", status=500, times=None)])
    codes = [
        gateway.get(path).status_code
        for path in ("/messages/1", "/credits/balance", "/utils/test", "/utils/errors/4001")
    ]
    codes += [
        gateway.post(path, {}).status_code for path in ("/auth/token", "/message/send", "/message/flash", "/messages")
    ]
    assert codes == [500] * 8
    assert gateway.get("/no/operation").status_code == 404
    assert sandbox.ledger() == []
    assert sandbox.client.get("/").status_code == 200
    assert set(sandbox.requests().values()) == {1}


def test_probability_repeats_with_its_seed(sandbox):
    def struck(seed):
        sandbox.faults([fault(probability=0.5, seed=seed, times=None)])
        return [send(sandbox).status_code for _ in range(20)]

    first = struck(1)
    assert set(first) == {201, 503}
    assert struck(1) == first
    assert struck(2) != first
    sandbox.faults([fault(probability=0.0)])
    assert send(sandbox).status_code == 201
    assert len(sandbox.faults_left()) == 1


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"operation": "POST /message/sent"}, ["'POST /message/sent'", "POST /message/send", "'*'"]),
        ({"when": "sometimes"}, ["when", "'before'", "'late'"]),
        ({"kind": "flood"}, ["kind", "'reset'", "'garbage'"]),
        ({"status": 99}, ["status", "200"]),
        ({"times": -1}, ["times", "0"]),
        ({"probability": 2}, ["probability", "1"]),
        ({"delay": "long"}, ["delay", "number"]),
        ({"error_code": 4444}, ["error_code", "5002"]),
        ({"tmies": 1}, ["'tmies'", "times"]),
        ({"headers": {"X Y": "1"}}, ["headers", "'X Y'"]),
        ({"headers": {"X": "a\nb"}}, ["headers", "'a\\nb'"]),
        ({"headers": {"X": "\u65e5"}}, ["headers", "'\u65e5'"]),
        ({"headers": {"Content-Length": "5"}}, ["headers", "Content-Length"]),
    ],
)
def test_a_bad_fault_changes_nothing(sandbox, bad, words):
    before = sandbox.faults([fault(status=500)])
    response = sandbox.client.post("/sandbox/faults", json=[fault(), fault() | bad])
    assert response.status_code == 422
    for word in ["fault 1", *words]:
        assert word in response.json()["message"]
    assert sandbox.faults_left() == before


@pytest.mark.parametrize("body", [{}, ["x"], [{}], "x"])
def test_no_list_of_faults(sandbox, body):
    assert sandbox.client.post("/sandbox/faults", json=body).status_code in (400, 422)
