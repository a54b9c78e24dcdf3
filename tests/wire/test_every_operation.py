"""Every operation, sync and async, under readings of the documents' open questions that meet in every pair."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from airflow_provider_smsworks.exceptions import SmsWorksNotFoundError, SmsWorksRejectedError
from tests.readings import DEFAULTS, QUESTIONS, pairwise
from tests.wire.hook_calls import call_async, call_sync

DELIVERED, MISSING = "07700900000", "07700900001"
TOMORROW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
SENT = {"SENT", "ACCEPTED"}
OTHER_WORDS_FOR = {"UNDELIVERED": "UNDELIVERABLE"}

READINGS = pairwise({**QUESTIONS, "side": ("sync", "async")})

pytestmark = pytest.mark.parametrize("reading", READINGS, ids=range(len(READINGS)))


@pytest.fixture
def call(connected, reading):
    connected.set(**{name: value for name, value in reading.items() if name != "side"})
    print("not default here:", {name: value for name, value in reading.items() if value != DEFAULTS.get(name)})
    return call_sync if reading["side"] == "sync" else call_async


def eventually(look, seconds=5.0):
    """Look until there is something: new messages may be invisible for a moment, also as 404."""
    until = time.monotonic() + seconds
    while True:
        try:
            found = look()
        except SmsWorksNotFoundError:
            found = None
        if found or time.monotonic() > until:
            return found
        time.sleep(0.05)


def test_texts_to_one_phone(call, connected, reading):
    sends = {
        "send_message": {"content": "Hello £", "tag": "late", "metadata": {"order": "07"}},
        "send_flash_message": {"content": "Now"},
        "send_binary_message": {"content": b"\x65\x54"},
    }
    sent = {name: call(name, to=DELIVERED, **arguments) for name, arguments in sends.items()}
    ledger = {row["message_id"]: row for row in connected.ledger()}
    assert {record["message_id"] for record in sent.values()} == set(ledger)
    for name, record in sent.items():
        assert record["status"] in SENT
        assert record["credits_used"] in (1, None)
        assert record["credits_left"] > 900
        read = call("get_message", record["message_id"])
        assert read["message_id"] == record["message_id"]
        assert read["to"] == "447700900000"
        assert read["content"] == ledger[record["message_id"]]["content"]
        assert read["created"].startswith(f"{dt.datetime.now(dt.UTC):%Y-%m}")
        if name == "send_message":
            assert read["tag"] == "late"
            assert read["metadata"] == ({"order": "07"} if reading["metadata_echo"] else {})
    since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)

    def found():
        messages = call("search_all_messages", to=DELIVERED, since=since)
        return messages if len(messages) == 3 else None

    assert {message["message_id"] for message in eventually(found)} == set(ledger)
    assert call("get_message_volume") == 3


def test_what_did_not_arrive_and_what_is_deleted(call, connected, reading):
    message_id = call("send_message", to=MISSING, content="Hello")["message_id"]
    [failed] = eventually(lambda: call("get_failed_messages"))
    assert failed["message_id"] == message_id
    assert OTHER_WORDS_FOR.get(failed["status"], failed["status"]) == "UNDELIVERABLE"
    if reading["optional_fields"]:
        assert failed["failure_reason"]["code"] % 5000 == 1
    assert call("delete_message", message_id) == {"message_id": message_id, "status": "DELETED"}
    with pytest.raises(SmsWorksNotFoundError):
        call("get_message", message_id)
    with pytest.raises(SmsWorksRejectedError):  # the specification lists a 400 that says no more
        call("delete_message", message_id)


def test_texts_that_are_scheduled(call, connected, reading):
    one = call("schedule_message", to=DELIVERED, content="Later", schedule=TOMORROW, metadata={"a": "b"})
    many = call("schedule_batch", to=[DELIVERED, MISSING], content="All", schedule=TOMORROW.isoformat())
    assert one["status"] == many["status"] == "SCHEDULED"
    listed = {entry["schedule_id"]: entry for entry in call("get_scheduled_messages")}
    assert set(listed) == {one["message_id"], many["batch_id"]}
    entry = listed[one["message_id"]]
    assert (entry["is_batch"], entry["status"], entry["content"]) == (False, "SCHEDULED", "Later")
    assert [number[-9:] for number in entry["to"]] == ["700900000"]
    assert dt.datetime.fromisoformat(entry["schedule"]).replace(microsecond=0) == TOMORROW.replace(microsecond=0)
    assert listed[many["batch_id"]]["is_batch"]
    assert len(listed[many["batch_id"]]["to"]) == 2
    cancelled = call("cancel_scheduled_message", one["message_id"])
    assert cancelled == {"message_id": one["message_id"], "status": "CANCELLED"}
    cancelled = call("cancel_scheduled_batch", many["batch_id"])
    assert cancelled == {"batch_id": many["batch_id"], "status": "CANCELLED"}
    assert {entry["status"] for entry in call("get_scheduled_messages")} == {"CANCELLED"}
    if reading["cancel_again"] == "answered":
        assert call("cancel_scheduled_message", one["message_id"])["status"] == "CANCELLED"
    else:
        with pytest.raises(SmsWorksRejectedError):
            call("cancel_scheduled_message", one["message_id"])
    assert connected.ledger() == []


def test_batches(call, connected, reading):
    batch = call("send_batch", to=[DELIVERED, "07700900010"], content="All", tag="b")
    collection = call(
        "send_collection",
        messages=[
            {"to": DELIVERED, "content": "One", "metadata": {"row": "1"}},
            {"to": "07700900010", "content": "Two"},
            {"to": "07700900010", "content": "Three"},
        ],
    )
    for sent, contents in ((batch, ["All", "All"]), (collection, ["One", "Two", "Three"])):
        ledger = [row for row in connected.ledger() if row["batch_id"] == sent["batch_id"]]
        assert [row["content"] for row in ledger] == contents
        batch_id = sent["batch_id"]
        messages = eventually(lambda batch_id=batch_id: call("get_batch", batch_id))
        assert [message["message_id"] for message in messages] == [row["message_id"] for row in ledger]
        assert [message["content"] for message in messages] == contents


def test_passcodes(call, connected, reading):
    sent = call(
        "send_otp",
        to=DELIVERED,
        template="Code {{passcode}}",
        passcode="481200",
        validity=dt.timedelta(minutes=5),
        metadata={"mine": {"id": 7}},
    )
    assert sent["message_id"]
    assert connected.ledger()[0]["content"] == "Code 481200"
    before = call("get_otp", sent["message_id"])
    assert before["status"] != "VERIFIED"
    with pytest.raises(SmsWorksNotFoundError):
        call("verify_otp", "000000")
    verified = call("verify_otp", passcode="481200")
    assert (verified["status"], verified["to"], verified["passcode"]) == ("VERIFIED", "447700900000", "481200")
    assert verified["metadata"] == {"mine": {"id": 7}}
    assert verified["validity"] == 300
    expires, created = (dt.datetime.fromisoformat(verified[name]) for name in ("expires", "created"))
    assert abs((expires - created).total_seconds() - 300) <= 1
    assert call("get_otp", sent["message_id"])["status"] == "VERIFIED"


def test_incoming_texts(call, connected, reading):
    for number in range(5):
        connected.inbound("07700900005", "07700900999", f"Hello {number}")
    unread = {}

    def read():
        # Where nothing marks the first page as read, the others are on the second.
        for skip in (0, 3) if reading["inbox"] == "keeping" else (0,):
            unread.update({message["content"]: message for message in call("get_unread_messages", skip=skip)})
        return len(unread) == 5

    assert eventually(read)
    assert {(message["status"], message["sender"]) for message in unread.values()} == {("INCOMING", "447700900005")}
    again = call("search_all_messages", status="INCOMING", sender="+44 7700 900005")
    assert {message["content"] for message in again} == set(unread)


def test_the_account(call, connected, reading):
    assert call("get_credits") == 1000
    assert len(call("get_customer_id")) > 8
    abroad = call("get_country_credits", "fr")
    assert abroad["credits"] > call("get_country_credits", country="GB")["credits"] == 1
    sample = call("get_sample_error", 4021)
    assert (sample["code"], sample["permanent"]) == (4021, True if reading["optional_fields"] else None)
    assert "credit" in sample["message"]
