"""Scheduling messages and batches, the list of them, cancelling, and the moment that they are sent."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from airflow_provider_smsworks.sandbox import progress, schedules, state
from airflow_provider_smsworks.sandbox.drafts import read_draft
from tests.sandbox_process import running_sandbox

PAIRS = [{"key": "order", "value": "7"}]


def moment(seconds):
    """ISO 8601 of a moment in so many seconds."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def schedule(gateway, seconds=3600, to="07700900123", content="Hello", **fields):
    """Schedule a text; returns its id."""
    response = gateway.send(to, content, path="/message/schedule", **{"schedule": moment(seconds)} | fields)
    assert response.status_code == 200, response.text
    return response.json()[0]["messageid"]


def schedule_batch(gateway, seconds=3600, destinations=("07700900123", "07700900124"), **fields):
    """Try to schedule a batch; returns the response."""
    body = {"sender": "Parcels", "destinations": list(destinations), "content": "Hi all", "schedule": moment(seconds)}
    return gateway.post("/batch/schedule", body | fields)


def listed(gateway):
    entries = gateway.get("/messages/schedule").json()
    return entries if isinstance(entries, list) else [entries] if entries else []


def cancel(gateway, path):
    return gateway.call("DELETE", path)


def test_scheduling_a_message_takes_nothing_yet(sandbox, gateway):
    when = moment(3600)
    response = gateway.send(path="/message/schedule", schedule=when, metadata=PAIRS)
    assert response.status_code == 200
    ((answer,),) = [response.json()]
    assert answer == {"messageid": answer["messageid"], "status": "SCHEDULED"}
    assert gateway.get("/messages/schedule").json() == {
        "status": "SCHEDULED",
        "id": answer["messageid"],
        "batch": False,
        "message": {
            "sender": "Parcels",
            "content": "Hello",
            "destination": "07700900123",
            "schedule": when,
            "metadata": {"order": "7"},
        },
    }
    assert (sandbox.ledger(), gateway.search(), gateway.balance()) == ([], [], 1000.0)
    assert gateway.get(f"/messages/{answer['messageid']}").status_code == 404


def test_the_other_shapes(sandbox, gateway):
    sandbox.set(shapes="text")
    assert gateway.get("/messages/schedule").json() == []
    response = gateway.send(path="/message/schedule", schedule=moment(3600), metadata={"order": "7"})
    assert response.status_code == 201
    assert set(response.json()) == {"messageid", "status"}
    (entry,) = gateway.get("/messages/schedule").json()
    assert entry["message"]["metadata"] == PAIRS
    sandbox.set(shapes="spec", metadata_echo=False)
    assert "metadata" not in gateway.get("/messages/schedule").json()["message"]


def test_the_list_is_a_list_unless_it_has_one_entry(gateway):
    assert gateway.get("/messages/schedule").json() == {}
    ids = [schedule(gateway)]
    assert gateway.get("/messages/schedule").json()["id"] == ids[0]
    ids.append(schedule(gateway))
    assert [entry["id"] for entry in gateway.get("/messages/schedule").json()] == ids


def test_a_message_is_accepted_when_its_time_has_come(sandbox, gateway, eventually):
    sandbox.set(delivery_delay=0)
    when = moment(0.6)
    message_id = schedule(gateway, schedule=when, metadata=PAIRS, tag="t")
    assert sandbox.ledger() == []
    eventually(lambda: len(sandbox.ledger()), 1)
    (row,) = sandbox.ledger()
    assert row["operation"] == "POST /message/schedule"
    assert (row["message_id"], row["to"], row["content"]) == (message_id, "447700900123", "Hello")
    assert (row["metadata"], row["tag"], row["batch_id"], row["credits"]) == (PAIRS, "t", None, 1.0)
    assert row["schedule"] == row["accepted_at"] == when.replace("Z", "000Z")
    message = gateway.message(message_id)
    assert (message["status"], message["schedule"], message["created"]) == ("DELIVERED", when, when)
    assert gateway.balance() == 999.0
    (entry,) = listed(gateway)
    assert (entry["status"], entry["id"]) == ("PROCESSED", message_id)
    assert len(sandbox.ledger()) == 1


def test_a_new_id_when_it_is_sent(sandbox, gateway, eventually):
    sandbox.set(scheduled_id="new")
    schedule_id = schedule(gateway, 0.5)
    eventually(lambda: listed(gateway)[0]["status"], "PROCESSED")
    (row,) = sandbox.ledger()
    assert row["message_id"] != schedule_id
    assert sandbox.schedules()[0]["message_ids"] == [row["message_id"]]
    assert gateway.get(f"/messages/{schedule_id}").status_code == 404
    assert gateway.message(row["message_id"])["content"] == "Hello"


def test_a_phone_replies_to_a_scheduled_text(sandbox, gateway, eventually):
    sandbox.set(reply_delay=0)
    schedule(gateway, 0.5, "07700900005", "Reply YES 4821", sender="07900123456")
    eventually(lambda: gateway.found(status="INCOMING"), ["YES 4821"])


@pytest.mark.parametrize("when", ["", "soon", "2017-03-25T21:43:05Z", "9999-12-31T23:59:59-01:00"])
def test_a_schedule_that_cannot_be(sandbox, gateway, when):
    for response in (gateway.send(path="/message/schedule", schedule=when), schedule_batch(gateway, schedule=when)):
        assert (response.status_code, response.json()["errorCode"]) == (400, 4009)
        assert response.json()["message"] == f"Invalid date/time supplied: {when}"
    assert sandbox.schedules() == []


def test_a_schedule_that_is_missing(gateway):
    assert gateway.send(path="/message/schedule").json()["errorCode"] == 4009


def test_what_is_wrong_with_a_message_is_said_at_once(sandbox, gateway):
    response = gateway.send("02079460018", path="/message/schedule", schedule=moment(60))
    assert response.json()["errorCode"] == 4004
    response = gateway.send(content="", path="/message/schedule", schedule=moment(60))
    assert response.json()["errorCode"] == 4001
    assert sandbox.schedules() == []


def test_the_date_of_javascript(gateway):
    text = "Sun Sep 03 2090 15:34:23 GMT+0100 (BST)"
    schedule(gateway, schedule=text)
    assert listed(gateway)[0]["message"]["schedule"] == text


def test_cancelling_a_message(sandbox, gateway):
    message_id = schedule(gateway)
    response = cancel(gateway, f"/messages/schedule/{message_id}")
    assert response.status_code == 200
    assert response.json() == {"messageid": message_id, "status": "CANCELLED"}
    assert listed(gateway)[0]["status"] == "CANCELLED"
    again = cancel(gateway, f"/messages/schedule/{message_id}")
    assert (again.status_code, again.json()["errorCode"]) == (400, 4008)
    assert sandbox.ledger() == []


def test_a_cancelled_message_is_not_sent(sandbox, gateway, eventually):
    first = schedule(gateway, 1.0)
    schedule(gateway, 1.1, content="second")
    cancel(gateway, f"/messages/schedule/{first}")
    eventually(lambda: [row["content"] for row in sandbox.ledger()], ["second"])
    assert [entry["status"] for entry in listed(gateway)] == ["CANCELLED", "PROCESSED"]


def test_what_cannot_be_cancelled(sandbox, gateway, eventually):
    sent = schedule(gateway, 0.5)
    eventually(lambda: len(sandbox.ledger()), 1)
    message_id, batch_id = schedule(gateway), schedule_batch(gateway).json()["batchid"]
    for path in (
        f"/messages/schedule/{sent}",
        "/messages/schedule/1910600",
        f"/messages/schedule/{batch_id}",
        f"/batches/schedule/{message_id}",
        "/batches/schedule/1910600",
    ):
        response = cancel(gateway, path)
        assert (response.status_code, response.json()["errorCode"]) == (400, 4008)
    assert [entry["status"] for entry in listed(gateway)] == ["PROCESSED", "SCHEDULED", "SCHEDULED"]


def test_a_scheduled_batch(sandbox, gateway, eventually):
    when = moment(0.6)
    response = schedule_batch(gateway, schedule=when, destinations=["07700900123", "12", "33612345678"])
    batch_id = response.json()["batchid"]
    assert (response.status_code, response.json()) == (201, {"batchid": batch_id, "status": "SCHEDULED"})
    assert gateway.get("/messages/schedule").json() == {
        "status": "SCHEDULED",
        "id": batch_id,
        "batch": True,
        "message": {
            "sender": "Parcels",
            "content": "Hi all",
            "destinations": ["07700900123", "12", "33612345678"],
            "schedule": when,
        },
    }
    assert gateway.get(f"/batch/{batch_id}").status_code == 404
    assert gateway.balance() == 1000.0
    eventually(lambda: len(sandbox.ledger()), 2)
    assert {(row["operation"], row["batch_id"]) for row in sandbox.ledger()} == {("POST /batch/schedule", batch_id)}
    assert {row["schedule"] for row in sandbox.ledger()} == {when.replace("Z", "000Z")}
    messages = gateway.get(f"/batch/{batch_id}").json()
    assert [message["status"] for message in messages] == ["SENT", "FAILED", "SENT"]
    assert sandbox.schedules()[0]["message_ids"] == [message["messageid"] for message in messages]
    assert gateway.balance() == 997.0


def test_cancelling_a_batch(sandbox, gateway):
    batch_id = schedule_batch(gateway).json()["batchid"]
    response = cancel(gateway, f"/batches/schedule/{batch_id}")
    assert (response.status_code, response.json()) == (200, {"messageid": batch_id, "status": "CANCELLED"})
    assert cancel(gateway, f"/batches/schedule/{batch_id}").json()["errorCode"] == 4008
    assert sandbox.schedules()[0]["status"] == "CANCELLED"


def test_credit_when_a_batch_is_scheduled(sandbox, gateway):
    sandbox.set(credits=1.0)
    response = schedule_batch(gateway)
    assert (response.status_code, response.json()["errorCode"]) == (402, 4021)
    assert sandbox.schedules() == []


@pytest.mark.parametrize("batch", [True, False])
def test_no_credit_left_when_the_time_has_come(sandbox, gateway, eventually, batch):
    if batch:
        schedule_batch(gateway, 1.0)
    else:
        schedule(gateway, 1.0)
    sandbox.set(credits=0.5)
    eventually(lambda: listed(gateway)[0]["status"], "PROCESSED")
    failed = gateway.search(status="FAILED")
    assert [message["failurereason"]["code"] for message in failed] == [4021] * (2 if batch else 1)
    assert sandbox.ledger() == []
    assert gateway.balance() == 0.5


def test_an_account_that_is_disabled_when_the_time_has_come(sandbox, gateway, eventually):
    schedule(gateway, 0.5)
    schedule_batch(gateway, 0.5)
    sandbox.set(account="disabled")
    eventually(lambda: {entry["status"] for entry in sandbox.schedules()}, {"PROCESSED"})
    sandbox.set(account="ok")
    assert [message["failurereason"]["code"] for message in gateway.search(status="FAILED")] == [4033] * 3
    assert (sandbox.ledger(), gateway.balance()) == ([], 1000.0)


def test_settings_changed_after_its_time_come_too_late(sandbox, gateway):
    schedule(gateway, 0.5)
    time.sleep(0.6)
    assert sandbox.set(credits=0)["credits"] == 0.0
    assert len(sandbox.ledger()) == 1
    assert gateway.balance() == 0.0


def test_a_limit_lowered_in_between_does_not_matter(sandbox, gateway, eventually):
    schedule_batch(gateway, 1.0)
    sandbox.set(batch_limit=1, batch_partial=False)
    eventually(lambda: len(sandbox.ledger()), 2)


def test_the_control_shows_everything(sandbox, gateway):
    when = moment(3600)
    message_id = schedule(gateway, schedule=when, metadata=PAIRS)
    sandbox.faults([{"operation": "*", "times": None, "status": 500}])
    sandbox.set(calls_per_minute=1)
    (entry,) = sandbox.schedules()
    assert datetime.fromisoformat(entry.pop("created")) <= datetime.now(UTC)
    assert entry.pop("modified").endswith("Z")
    assert entry == {
        "seq": 1,
        "id": message_id,
        "operation": "POST /message/schedule",
        "batch": False,
        "status": "SCHEDULED",
        "due": when.replace("Z", "000Z"),
        "request": {
            "sender": "Parcels",
            "destination": "07700900123",
            "content": "Hello",
            "schedule": when,
            "metadata": PAIRS,
        },
        "message_ids": [],
    }
    sandbox.reset()
    assert sandbox.schedules() == []


@pytest.mark.parametrize(("when", "accepted"), [("before", 0), ("after", 1), ("late", 1)])
def test_faults(sandbox, gateway, eventually, when, accepted):
    sandbox.faults([{"operation": "POST /message/schedule", "when": when, "status": 503, "delay": 0}])
    assert gateway.send(path="/message/schedule", schedule=moment(3600)).status_code == 503
    eventually(lambda: len(sandbox.schedules()), accepted)


def test_a_restart_in_between(tmp_path, gateway_of):
    with running_sandbox("--db", str(tmp_path / "sandbox.db")) as sandbox:
        gateway = gateway_of(sandbox)
        when = moment(1.0)
        message_id = schedule(gateway, schedule=when)
        schedule(gateway, content="later")
        sandbox.kill()
        while moment(0) <= when:
            time.sleep(0.02)
        sandbox.restart()
        gateway = gateway_of(sandbox)
        assert [(row["message_id"], row["accepted_at"]) for row in sandbox.ledger()] == [
            (message_id, when.replace("Z", "000Z"))
        ]
        assert [entry["status"] for entry in listed(gateway)] == ["PROCESSED", "SCHEDULED"]


@pytest.fixture
def clock(memory, monkeypatch):
    """A sandbox in this process, and a function that sets its time in seconds from the start."""
    sandbox = state.Sandbox(memory)
    start = sandbox.now()

    def at(seconds):
        monkeypatch.setattr(sandbox, "now", lambda: start + seconds)
        progress.catch_up(sandbox)

    at(0)
    sandbox.start = start
    return sandbox, at


def plan(sandbox, seconds, to="07700900123"):
    when = datetime.fromtimestamp(sandbox.start + seconds, UTC).isoformat()
    body = {"sender": "Parcels", "destination": to, "content": "Hello", "schedule": when}
    read_draft(body, sandbox.settings)
    schedules.plan(sandbox, body, "POST /message/schedule", batch=False)


def test_everything_happens_in_the_order_of_time(clock):
    """One credit: refunded after 62 seconds, it is there for the text of second 63 but not for that of 61."""
    sandbox, at = clock
    sandbox.change_settings({"credits": 1.0})
    plan(sandbox, 63)
    plan(sandbox, 61)
    plan(sandbox, 60, to="07700900001")
    at(1000)
    rows = sandbox.database.rows("SELECT status, failure, round(created - ?) AS sent FROM messages", (sandbox.start,))
    assert [tuple(row) for row in rows] == [("UNDELIVERABLE", 5001, 60), ("FAILED", 4021, 61), ("DELIVERED", None, 63)]
    assert sandbox.balance == 0.0


def test_the_list_goes_back_three_months(clock):
    sandbox, at = clock
    plan(sandbox, 60)
    plan(sandbox, 100 * 86400)
    at(93 * 86400)
    assert [entry["status"] for entry in schedules.shown(sandbox)] == ["SCHEDULED"]
