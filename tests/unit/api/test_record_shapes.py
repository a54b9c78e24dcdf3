"""What is read from the answers of the operations other than the plain message, in every shape that documents show."""

from __future__ import annotations

import pytest

from airflow_provider_smsworks.api.records import account, batches, messages, otps


@pytest.mark.parametrize(
    "data",
    [
        {"messageid": "1910600", "status": "SCHEDULED"},
        [{"messageid": 1910600, "status": "SCHEDULED"}],
        {"id": "1910600", "status": "scheduled"},
    ],
    ids=["object", "list", "id"],
)
def test_a_scheduled_message(data):
    read = messages.read_sent(data)
    assert (read["message_id"], read["status"]) == ("1910600", "SCHEDULED")


@pytest.mark.parametrize("name", ["batchid", "messageid", "id"])
def test_a_batch(name):
    assert batches.read_batch_sent({name: 77, "status": "SCHEDULED"}) == {"batch_id": "77", "status": "SCHEDULED"}
    assert batches.read_batch_done({name: "077", "status": "CANCELLED"}) == {"batch_id": "077", "status": "CANCELLED"}


def test_a_batch_without_an_id_is_none_that_was_sent():
    with pytest.raises(ValueError, match="no id"):
        batches.read_batch_sent({"status": "SCHEDULED"})


def test_what_was_cancelled_needs_no_id():
    assert messages.read_done({"status": "CANCELLED"}) == {"message_id": None, "status": "CANCELLED"}
    assert messages.read_done({"messageid": 5, "status": "DELETED", "at": 1}) == {
        "message_id": "5",
        "status": "DELETED",
        "at": 1,
    }


SCHEDULED = {
    "status": "SCHEDULED",
    "id": "1910600",
    "batch": False,
    "message": {
        "sender": "Parcels",
        "destination": "07700900000",
        "content": "Hello",
        "schedule": "2027-10-28T14:10:00+01:00",
        "colour": "red",
    },
    "__v": 0,
}
READ = {
    "schedule_id": "1910600",
    "is_batch": False,
    "status": "SCHEDULED",
    "to": ["07700900000"],
    "sender": "Parcels",
    "content": "Hello",
    "schedule": "2027-10-28T13:10:00Z",
    "metadata": {},
    "__v": 0,
    "colour": "red",
}
FLAT = {**SCHEDULED["message"], **{name: SCHEDULED[name] for name in ("status", "id", "batch", "__v")}}


@pytest.mark.parametrize("data", [SCHEDULED, [SCHEDULED], {"messages": [SCHEDULED]}, FLAT])
def test_what_is_scheduled(data):
    assert batches.read_schedules(data) == [READ]


def test_a_scheduled_batch():
    message = {"destinations": ["07700900000", 447700900001], "metadata": [{"key": "a", "value": "b"}]}
    [read] = batches.read_schedules([{"messageid": 5, "batch": True, "message": message}])
    assert (read["schedule_id"], read["is_batch"], read["metadata"]) == ("5", True, {"a": "b"})
    assert read["to"] == ["07700900000", "447700900001"]


@pytest.mark.parametrize("data", [[{}], [SCHEDULED, {}], {"message": "no"}, None, "no"])
def test_what_is_no_schedule_is_not_an_empty_one(data):
    with pytest.raises(ValueError, match=r"no id|not an object"):
        batches.read_schedules(data)


@pytest.mark.parametrize("message", [{}, {"destinations": []}, {"destinations": [None]}])
def test_a_schedule_that_names_nobody_is_to_nobody(message):
    assert batches.read_schedules([{"id": "1", "message": message}])[0]["to"] == []


def test_nothing_is_scheduled():
    for data in ([], {"messages": []}, {}):
        assert batches.read_schedules(data) == []


OTP = {
    "destination": "447700900000",
    "status": "VERIFIED",
    "passcode": "012345",
    "validity": 300,
    "metadata": {"customer_id": "A", "cart": {"id": 1}},
    "created": "Wed Jul 19 2017 20:53:46 GMT+0100 (BST)",
    "expires": "2017-07-19T20:03:46.000Z",
    "modified": "2017-07-19T19:53:46.000Z",
}


def test_a_passcode():
    assert otps.read_otp(OTP) == {
        "message_id": None,
        "status": "VERIFIED",
        "to": "447700900000",
        "passcode": "012345",
        "validity": 300,
        "metadata": {"customer_id": "A", "cart": {"id": 1}},
        "created": "2017-07-19T19:53:46Z",
        "expires": "2017-07-19T20:03:46Z",
        "modified": "2017-07-19T19:53:46Z",
    }


@pytest.mark.parametrize(
    ("name", "value", "field", "read"),
    [
        ("passcode", 12345, "passcode", "12345"),
        ("destination", 447700900000, "to", "447700900000"),
        ("messageid", 5, "message_id", "5"),
        ("metadata", [{"key": "a", "value": "b"}], "metadata", {"a": "b"}),
        ("metadata", None, "metadata", {}),
        ("validity", "300", "validity", 300),
        ("attempts", 2, "attempts", 2),
    ],
)
def test_a_passcode_in_other_shapes(name, value, field, read):
    assert otps.read_otp(OTP | {name: value})[field] == read
    assert otps.read_otp([OTP | {name: value}])[field] == read


def test_the_account():
    assert messages.read_volume({"volume": 12.0}) == messages.read_volume([{"volume": "12"}]) == 12
    assert account.read_country_credits({"code": "FR", "country": "France", "credits": "2.5", "each": 1}) == {
        "code": "FR",
        "country": "France",
        "credits": 2.5,
        "each": 1,
    }
    assert account.read_country_credits({"credits": 2}) == {"code": None, "country": None, "credits": 2}
    assert account.read_error({"errorCode": "4021", "message": "No", "status": "E", "permanent": True}) == {
        "code": 4021,
        "message": "No",
        "status": "E",
        "permanent": True,
    }
    for read, data in [
        (messages.read_volume, {}),
        (messages.read_volume, {"volume": "many"}),
        (account.read_country_credits, {"code": "FR"}),
        (account.read_error, {"message": "No"}),
    ]:
        with pytest.raises(ValueError, match="no "):
            read(data)


def test_a_message_without_an_id_does_not_hide_the_others():
    found = messages.read_messages([{"messageid": "1"}, {"destination": 447700900000, "status": "SENT"}])
    assert [message["message_id"] for message in found] == ["1", None]


def test_an_undocumented_field_does_not_take_the_place_of_ours():
    assert messages.read_message({"messageid": "1", "to": "x", "message_id": "y", "destination": 44})["to"] == "44"
    assert messages.read_message({"messageid": "1", "message_id": "y"})["message_id"] == "1"


def test_old_spellings():
    reason = {"code": 34, "details": "x", "permanent": False}
    assert messages.read_message({"_id": 1, "failureReason": reason})["failure_reason"] == reason
    assert messages.read_message({"_id": 1, "metadata": {"a": None}})["metadata"] == {"a": ""}


@pytest.mark.parametrize("data", [{}, {"message": "Not found"}, {"messageid": "1"}])
def test_what_has_no_status_was_not_certainly_cancelled(data):
    for read in (messages.read_done, batches.read_batch_done):
        with pytest.raises(ValueError, match="no status"):
            read(data)


def test_an_answer_that_speaks_of_an_error_is_no_message_that_was_sent():
    with pytest.raises(ValueError, match="no id"):
        messages.read_sent({"messageid": "1", "status": "ERROR", "errorCode": 4021})
