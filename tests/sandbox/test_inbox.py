"""The inbox, what is read and unread, failed messages, deleting, and the volume."""

from __future__ import annotations

import asyncio

import pytest

from airflow_provider_smsworks.sandbox import state
from airflow_provider_smsworks.sandbox.accept import Origin, accept
from airflow_provider_smsworks.sandbox.drafts import read_draft
from airflow_provider_smsworks.sandbox.routes.messages import get_volume


@pytest.fixture
def mixed(sandbox, gateway):
    """Three texts in and one out."""
    sandbox.inbound("07700900123", "60777", "one")
    sandbox.inbound("07700900124", "60777", "two")
    sandbox.inbound("07700900123", "60888", "three")
    gateway.sent(content="out")
    return sandbox


def inbox(gateway, **query):
    response = gateway.post("/messages/inbox", query)
    assert response.status_code == 200, response.text
    return [message["content"] for message in response.json()]


def test_the_inbox_shows_each_message_once(mixed, gateway):
    first = gateway.post("/messages/inbox", {}).json()
    assert [message["content"] for message in first] == ["one", "two", "three"]
    assert {message["status"] for message in first} == {"INCOMING"}
    assert inbox(gateway) == []
    mixed.inbound("07700900123", "60777", "four")
    assert inbox(gateway) == ["four"]
    assert gateway.found(status="INCOMING") == ["one", "two", "three", "four"]


def test_an_inbox_that_keeps(mixed, gateway):
    mixed.set(inbox="keeping")
    assert inbox(gateway) == inbox(gateway) == ["one", "two", "three"]
    assert gateway.found(status="INCOMING", unread=False) == []


def test_only_what_it_returned_is_read(mixed, gateway):
    assert inbox(gateway, sender="447700900124") == ["two"]
    assert gateway.found(status="INCOMING", unread=True) == ["one", "three"]
    assert gateway.found(status="INCOMING", unread=False) == ["two"]
    assert inbox(gateway, limit=1) == ["one"]
    assert inbox(gateway, destination="60888") == ["three"]
    assert inbox(gateway) == []


def test_looking_elsewhere_leaves_it_unread(mixed, gateway):
    for message in gateway.search(status="INCOMING", unread=True):
        gateway.message(message["messageid"])
    assert gateway.found(status="INCOMING", unread=True) == ["one", "two", "three"]


@pytest.mark.parametrize("query", [{"status": "SENT"}, {"unread": False}, {"status": "", "sender": ""}])
def test_the_inbox_has_its_own_idea_of_status_and_unread(mixed, gateway, query):
    assert inbox(gateway, **query) == ["one", "two", "three"]


def test_the_answer_of_a_consuming_inbox_can_be_lost(mixed, gateway):
    mixed.faults([{"operation": "POST /messages/inbox", "when": "after", "status": 502}])
    assert gateway.post("/messages/inbox", {}).status_code == 502
    assert inbox(gateway) == []
    assert gateway.found(status="INCOMING", unread=False) == ["one", "two", "three"]


def test_the_search_lag_is_for_the_inbox_too(mixed, gateway, eventually):
    mixed.set(search_lag=60)
    assert inbox(gateway) == []
    mixed.set(search_lag=0)
    assert inbox(gateway) == ["one", "two", "three"]


def test_failed_messages(sandbox, gateway):
    sandbox.set(delivery_delay=0, expiry_delay=0)
    for number, content in enumerate(["delivered", "unknown", "expired", "rejected", "no report"]):
        gateway.sent(f"0770090000{number}", content)
    gateway.post("/batch/send", {"sender": "Parcels", "destinations": ["12"], "content": "bad number"})
    sandbox.inbound("07700900123", "60777", "in")

    def failed(**query):
        return [message["content"] for message in gateway.post("/messages/failed", query).json()]

    assert failed() == ["unknown", "expired", "rejected", "bad number"]
    assert failed(status="REJECTED") == ["rejected"]
    assert failed(status="DELIVERED") == []
    assert failed(destination="447700900001") == ["unknown"]
    assert failed(limit=1, skip=1) == ["expired"]


@pytest.mark.parametrize("path", ["/messages/inbox", "/messages/failed"])
def test_a_bad_query(gateway, path):
    assert gateway.post(path, {"from": "soon"}).json()["errorCode"] == 4009
    assert gateway.post(path, {"limit": -1}).status_code == 400


def test_deleting(sandbox, gateway):
    message_id = gateway.sent(metadata={"a": "1"})["messageid"]
    gateway.sent(content="stays", metadata={"a": "1"})
    response = gateway.call("DELETE", f"/messages/{message_id}")
    assert (response.status_code, response.json()) == (200, {"messageid": message_id, "status": "DELETED"})
    assert gateway.get(f"/messages/{message_id}").status_code == 404
    assert gateway.found(metadata={"a": "1"}) == ["stays"]
    assert len(sandbox.ledger()) == 2
    again = gateway.call("DELETE", f"/messages/{message_id}")
    assert (again.status_code, again.json()) == (400, {"message": "Message not found"})
    sandbox.set(unknown_id="docs")
    again = gateway.call("DELETE", f"/messages/{message_id}")
    assert (again.status_code, again.json()["errorCode"]) == (400, 4008)


def test_a_deleted_text_still_arrives(sandbox, gateway, eventually):
    sandbox.set(reply_delay=60)
    message_id = gateway.sent("07700900005", sender="60777")["messageid"]
    gateway.call("DELETE", f"/messages/{message_id}")
    sandbox.set(reply_delay=0, delivery_delay=0)
    assert gateway.found() == ["YES"]


def test_the_volume(sandbox, gateway):
    assert gateway.get("/messages/volume").json() == {"volume": 0}
    message_id = gateway.sent(content="x" * 161)["messageid"]
    gateway.post("/batch/send", {"sender": "Parcels", "destinations": ["07700900123", "12"], "content": "Hi"})
    sandbox.inbound("07700900123", "60777", "in")
    gateway.call("DELETE", f"/messages/{message_id}")
    assert gateway.get("/messages/volume").json() == {"volume": 2}


def test_the_volume_starts_at_midnight(memory, monkeypatch):
    sandbox = state.Sandbox(memory)
    midnight = 1_700_006_400.0
    draft = read_draft({"sender": "Parcels", "destination": "07700900123", "content": "Hi"}, sandbox.settings)
    for due in (midnight - 1, midnight, midnight + 60):
        accept(sandbox, draft, Origin("POST /message/schedule", due=due))
    monkeypatch.setattr(sandbox, "now", lambda: midnight + 3600)
    assert asyncio.run(get_volume(sandbox)).body == b'{"volume":2}'
