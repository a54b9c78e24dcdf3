"""Binary messages."""

from __future__ import annotations

import pytest


def send(gateway, content, **fields):
    """Try to send octets; returns the response."""
    return gateway.send(content=content, path="/binary/send", **fields)


@pytest.mark.parametrize(
    ("octets", "parts"),
    [(1, 1), (140, 1), (141, 2), (280, 2), (281, 3)],
)
def test_sending(sandbox, gateway, octets, parts):
    content = " ".join(["6f"] * octets)
    response = send(gateway, content, metadata={"a": "1"})
    assert response.status_code == 201
    answer = response.json()
    assert (answer["status"], answer["messageparts"], answer["creditsUsed"]) == ("SENT", parts, parts)
    assert answer["metadata"] == {"a": "1"}
    (row,) = sandbox.ledger()
    assert (row["operation"], row["content"], row["parts"]) == ("POST /binary/send", content, parts)
    assert gateway.message(answer["messageid"])["content"] == content
    assert gateway.balance() == 1000.0 - parts


@pytest.mark.parametrize("content", ["65 54 7", "6554", "65  54", " 65", "65 ", "65 5g", "65\n54", "65\n", "٦٥"])
def test_what_is_not_hexadecimal(sandbox, gateway, content):
    response = send(gateway, content)
    assert (response.status_code, response.json()["errorCode"]) == (400, 400)
    assert "hexadecimal" in response.json()["message"]
    assert sandbox.ledger() == []


@pytest.mark.parametrize(("content", "to", "code"), [("", "07700900123", 4001), ("65", "12", 4004)])
def test_what_is_wrong_with_any_message(gateway, content, to, code):
    assert send(gateway, content, to=to).json()["errorCode"] == code


def test_both_cases_of_letters(gateway):
    assert send(gateway, "6F 6f").status_code == 201


def test_no_credit(sandbox, gateway):
    sandbox.set(credits=1.0)
    assert send(gateway, " ".join(["00"] * 141)).json()["errorCode"] == 4021
    assert sandbox.ledger() == []
