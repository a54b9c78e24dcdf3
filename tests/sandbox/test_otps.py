"""One-time passwords: sending, verifying, looking at them, and when they expire."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest


def send(gateway, **fields):
    """Try to send a passcode; returns the response."""
    body = {"sender": "Parcels", "destination": "07700900123", "template": "Your code is {{passcode}}"}
    return gateway.post("/otp/send", body | fields)


def sent(gateway, **fields):
    """Send a passcode; returns the message's id."""
    response = send(gateway, **fields)
    assert response.status_code == 201, response.text
    return response.json()["messageid"]


def verify(gateway, passcode):
    return gateway.post("/otp/verify", {"passcode": passcode})


def seconds_between(answer, first, second):
    first, second = (datetime.fromisoformat(answer[field]) for field in (first, second))
    return (second - first) / timedelta(seconds=1)


def test_sending(sandbox, gateway):
    answer = send(gateway, metadata={"order": 7}).json()
    message_id = answer["messageid"]
    assert answer == {
        "messageid": message_id,
        "status": "SENT",
        "credits": 999.0,
        "creditsUsed": 1.0,
        "messageparts": 1,
    }
    (row,) = sandbox.ledger()
    assert (row["operation"], row["message_id"], row["to"]) == ("POST /otp/send", message_id, "447700900123")
    assert re.fullmatch(r"Your code is [1-9]\d{5}", row["content"])
    assert row["metadata"] == {"order": 7}
    assert gateway.message(message_id)["content"] == row["content"]


def test_verifying(gateway):
    message_id = sent(gateway, passcode="482100", metadata={"cart": {"id": [1, None]}})
    before = gateway.get(f"/otp/{message_id}").json()
    assert seconds_between(before, "created", "expires") == 300
    assert before == {
        "destination": "447700900123",
        "status": "SENT",
        "passcode": 482100,
        "validity": 300,
        "metadata": {"cart": {"id": [1, None]}},
        "created": before["created"],
        "expires": before["expires"],
        "modified": before["created"],
    }
    response = verify(gateway, "482100")
    assert response.status_code == 200
    after = response.json()
    assert seconds_between(after, "created", "modified") > 0
    assert after == before | {"status": "VERIFIED", "modified": after["modified"]}
    assert gateway.get(f"/otp/{message_id}").json() == after


def test_the_passcode_made_up(sandbox, gateway):
    for length in (1, 4, 20):
        sent(gateway, length=length, template="{{passcode}} {{passcode}}")
    codes = [row["content"].split(" ") for row in sandbox.ledger()]
    assert [(len(first), first.isdigit(), first == second) for first, second in codes] == [
        (1, True, True),
        (4, True, True),
        (20, True, True),
    ]
    assert verify(gateway, codes[2][0]).json()["status"] == "VERIFIED"


def test_the_template_is_optional(sandbox, gateway):
    body = {"sender": "Parcels", "destination": "07700900123", "passcode": "4821"}
    assert gateway.post("/otp/send", body).status_code == 201
    assert sandbox.ledger()[0]["content"] == "4821 is your one-time passcode."


def test_the_length_as_the_schema_declares_it(sandbox, gateway):
    sent(gateway, template="{{passcode}}", length={})
    assert len(sandbox.ledger()[0]["content"]) == 6


@pytest.mark.parametrize("wrong", ["0000", "", "482100 ", "{{passcode}}"])
def test_a_wrong_passcode(gateway, wrong):
    message_id = sent(gateway, passcode="482100")
    response = verify(gateway, wrong)
    assert (response.status_code, response.json()) == (404, {"message": "Passcode not found"})
    assert gateway.get(f"/otp/{message_id}").json()["status"] == "SENT"


def test_one_that_expired_is_no_error(gateway, eventually):
    message_id = sent(gateway, passcode="482100", validity=0.2)
    eventually(lambda: gateway.get(f"/otp/{message_id}").json()["status"], "EXPIRED")
    response = verify(gateway, "482100")
    assert (response.status_code, response.json()["status"]) == (200, "EXPIRED")
    assert response.json()["modified"] == response.json()["created"]


def test_one_that_was_verified_stays_so(gateway, eventually):
    message_id = sent(gateway, passcode="482100", validity=1)
    first = verify(gateway, "482100").json()
    assert first["status"] == "VERIFIED"
    other = sent(gateway, passcode="777777", validity=1)  # expires after the first
    eventually(lambda: gateway.get(f"/otp/{other}").json()["status"], "EXPIRED")
    assert gateway.get(f"/otp/{message_id}").json() == first


def test_otp_reuse(sandbox, gateway):
    sent(gateway, passcode="482100")
    first = verify(gateway, "482100")
    again = verify(gateway, "482100")
    assert (again.status_code, again.json()) == (200, first.json())
    sandbox.set(otp_reuse="refused")
    response = verify(gateway, "482100")
    assert (response.status_code, response.json()) == (404, {"message": "Passcode not found"})


def test_two_with_the_same_passcode(sandbox, gateway):
    """Verifying takes only the passcode, so it finds whichever is open, the newest first."""
    for name in ("old", "new"):
        sent(gateway, passcode="482100", metadata={"name": name})
    assert [verify(gateway, "482100").json()["metadata"]["name"] for _ in range(2)] == ["new", "old"]
    sandbox.set(otp_reuse="refused")
    assert verify(gateway, "482100").status_code == 404


def test_one_that_expired_does_not_hide_an_open_one(gateway, eventually):
    sent(gateway, passcode="482100", metadata={"name": "open"})
    expired = sent(gateway, passcode="482100", metadata={"name": "expired"}, validity=0.1)
    eventually(lambda: gateway.get(f"/otp/{expired}").json()["status"], "EXPIRED")
    assert verify(gateway, "482100").json()["metadata"] == {"name": "open"}
    assert verify(gateway, "482100").json()["metadata"] == {"name": "expired"}


@pytest.mark.parametrize(("passcode", "number"), [("482100", 482100), ("012345", 12345), ("A7b2", None), ("٣٤٥", None)])
def test_passcodes_in_answers(sandbox, gateway, passcode, number):
    message_id = sent(gateway, passcode=passcode)
    assert gateway.get(f"/otp/{message_id}").json().get("passcode") == number
    assert verify(gateway, passcode).json().get("passcode") == number
    sandbox.set(shapes="text")
    assert gateway.get(f"/otp/{message_id}").json()["passcode"] == passcode


def test_status_words_and_dates(sandbox, gateway):
    sandbox.set(status_words="docs", dates="javascript")
    response = send(gateway, passcode="482100")
    assert response.json()["status"] == "ACCEPTED"
    answer = gateway.get(f"/otp/{response.json()['messageid']}").json()
    assert answer["status"] == "ACCEPTED"
    assert all("GMT+" in answer[field] for field in ("created", "expires", "modified"))
    assert verify(gateway, "482100").json()["status"] == "VERIFIED"


@pytest.mark.parametrize(
    ("fields", "status", "word"),
    [
        ({"template": "no placeholder"}, 400, "{{passcode}}"),
        ({"template": ""}, 400, "{{passcode}}"),
        ({"template": "{{passcode}}" + "x" * 1280}, 400, "1280"),
        ({"sender": ""}, 400, "Sender"),
        ({"destination": "02079460018"}, 400, "destination"),
        ({"length": 0}, 400, "length"),
        ({"length": 21}, 400, "length"),
        ({"length": "six"}, 400, "length"),
        ({"validity": 0}, 400, "validity"),
        ({"passcode": 482100}, 400, "passcode"),
        ({"metadata": [{"key": "a", "value": "1"}]}, 400, "metadata"),
        ({"metadata": {"a": "x" * 1017}}, 400, "1024"),
        ({"metadata": {"a": "é" * 509}}, 400, "1024"),
    ],
)
def test_what_cannot_be_sent(sandbox, gateway, fields, status, word):
    response = send(gateway, **fields)
    assert (response.status_code, list(response.json())) == (status, ["message"])
    assert word in response.json()["message"]
    assert sandbox.ledger() == []


def test_the_most_metadata(gateway):
    assert send(gateway, metadata={"a": "x" * 1016}).status_code == 201
    assert send(gateway, metadata={"a": "é" * 508}).status_code == 201


def test_no_credit(sandbox, gateway):
    sandbox.set(credits=0.5)
    response = send(gateway, passcode="482100")
    assert (response.status_code, list(response.json())) == (402, ["message"])
    assert verify(gateway, "482100").status_code == 404


@pytest.mark.parametrize("body", [{"passcode": 482100}, {"passcode": None}, []])
def test_a_malformed_verification(gateway, body):
    assert gateway.post("/otp/verify", body).status_code == 400


def test_an_unknown_message(gateway):
    message_id = gateway.sent()["messageid"]
    for unknown in (message_id, "52692416-ce9e-45ad-aa1e-14fcee8fa662"):
        response = gateway.get(f"/otp/{unknown}")
        assert (response.status_code, response.json()) == (404, {"message": "OTP not found"})


def test_a_verification_whose_answer_is_lost(sandbox, gateway):
    message_id = sent(gateway, passcode="482100")
    sandbox.faults([{"operation": "POST /otp/verify", "when": "after", "status": 502}])
    assert verify(gateway, "482100").status_code == 502
    assert gateway.get(f"/otp/{message_id}").json()["status"] == "VERIFIED"
    sandbox.reset()
    assert gateway.get(f"/otp/{message_id}").status_code == 404
