from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings as with_settings, strategies as st

from airflow_provider_smsworks.api.records import account, messages
from airflow_provider_smsworks.api.records.fields import as_pairs

REPORT = {
    "__v": 0,
    "_id": "58d6df1f5c7a3a3f3c9c7c21",
    "content": "Your parcel is late.",
    "created": "2017-03-25T21:43:05.667Z",
    "credits": 1.5,
    "customerid": "customer",
    "destination": 447400123456,
    "failurereason": {"code": 1, "details": "Number does not exist", "permanent": False},
    "international": False,
    "keyword": "",
    "messageid": 4123456789012345678901,
    "modified": "Wed Jul 19 2017 20:53:46 GMT+0100 (BST)",
    "schedule": "",
    "sender": "Parcels",
    "status": "delivered ",
    "tag": "late",
}


def test_a_send_as_it_is_really_answered():
    assert messages.read_sent(
        {
            "messageid": "123456789012345678",
            "status": "SENT",
            "credits": 48.5,
            "creditsUsed": 1.0,
            "messageparts": 1,
            "metadata": {},
        }
    ) == {
        "message_id": "123456789012345678",
        "status": "SENT",
        "parts": 1,
        "credits_used": 1,
        "credits_left": 48.5,
        "metadata": {},
    }


@pytest.mark.parametrize("shape", [lambda sent: sent, lambda sent: [sent]], ids=["object", "list of one"])
def test_a_send_with_nothing_but_an_id_is_a_send(shape):
    read = messages.read_sent(shape({"messageid": 7}))
    assert read["message_id"] == "7"
    assert read["status"] == ""
    assert (read["parts"], read["credits_used"], read["credits_left"]) == (None, None, None)


def test_a_report_as_the_documents_show_it():
    assert messages.read_message(REPORT) == {
        "message_id": "4123456789012345678901",
        "status": "DELIVERED",
        "to": "447400123456",
        "sender": "Parcels",
        "content": "Your parcel is late.",
        "created": "2017-03-25T21:43:05.667000Z",
        "modified": "2017-07-19T19:53:46Z",
        "schedule": None,
        "tag": "late",
        "batch_id": None,
        "keyword": None,
        "credits_used": 1.5,
        "failure_reason": {"code": 1, "details": "Number does not exist", "permanent": False},
        "metadata": {},
        "__v": 0,
        "_id": "58d6df1f5c7a3a3f3c9c7c21",
        "customerid": "customer",
        "international": False,
    }


@pytest.mark.parametrize("name", ["messageid", "id", "_id"])
@pytest.mark.parametrize(("value", "read"), [("a-1", "a-1"), (12, "12"), (12.0, "12"), (2**70, str(2**70)), (0, "0")])
def test_an_id_is_text_whatever_it_is_called(name, value, read):
    assert messages.read_message({name: value})["message_id"] == read


@pytest.mark.parametrize("value", [None, "", True, {}, []])
def test_what_is_no_id_is_no_message(value):
    with pytest.raises(ValueError, match="no id"):
        messages.read_sent({"messageid": value, "status": "SENT"})


@pytest.mark.parametrize("destination", [447400123456, "447400123456", 447400123456.0])
def test_a_destination_is_text(destination):
    assert messages.read_message({"id": 1, "destination": destination})["to"] == "447400123456"


@pytest.mark.parametrize(
    ("data", "ids"),
    [
        ([], []),
        ([{"messageid": 1}, {"id": "2"}], ["1", "2"]),
        ({"messages": [{"messageid": 1}, {"_id": "2"}]}, ["1", "2"]),
        ({"messages": []}, []),
        ({"messageid": 1}, ["1"]),
    ],
)
def test_a_list_of_messages_in_every_shape_of_the_contract(data, ids):
    assert [message["message_id"] for message in messages.read_messages(data)] == ids


@pytest.mark.parametrize("data", [None, {}, "text", 5, [[]], [None], {"message": "no"}, [{"messageid": 1}, {}]])
def test_what_is_no_list_of_messages_is_not_an_empty_one(data):
    with pytest.raises((ValueError, TypeError)):
        messages.read_messages(data)


@pytest.mark.parametrize(
    ("data", "pairs"),
    [
        ([{"key": "a", "value": "1"}, {"key": "b", "value": 2}], {"a": "1", "b": "2"}),
        ({"a": "1", "b": 2}, {"a": "1", "b": "2"}),
        ({"key": "a", "value": "1"}, {"a": "1"}),
        ([{"key": "a"}], {"a": ""}),
        ([{"value": "1"}, "x", None], {}),
        ([{"a": "1"}, {"b": 2}], {"a": "1", "b": "2"}),
        ('{"a": "1"}', {"a": "1"}),
        ('[{"key": "a", "value": "1"}]', {"a": "1"}),
        ("{", {}),
        ({}, {}),
        ([], {}),
        (None, {}),
        ("", {}),
    ],
)
def test_metadata_in_every_shape_of_the_contract(data, pairs):
    assert as_pairs(data) == pairs
    assert messages.read_message({"id": 1, "metadata": data})["metadata"] == pairs


@given(st.dictionaries(st.text(), st.text()).filter(lambda pairs: set(pairs) != {"key", "value"}))
def test_metadata_survives_both_shapes(pairs):
    assert as_pairs([{"key": key, "value": value} for key, value in pairs.items()]) == pairs
    assert as_pairs(pairs) == pairs


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1),
        (1.0, 1),
        (2.5, 2.5),
        ("2.5", 2.5),
        ("", None),
        (None, None),
        (True, None),
        ("many", None),
        ([], None),
        (10**400, None),
    ],
)
def test_credits_used_are_a_number_or_unknown(value, number):
    read = messages.read_message({"id": 1, "credits": value})["credits_used"]
    assert (read, type(read)) == (number, type(number))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "-inf"])
def test_what_json_calls_a_number_and_is_none_is_unknown(value):
    assert messages.read_message({"id": 1, "credits": value})["credits_used"] is None


@pytest.mark.parametrize("value", [None, {}, [], "", [{}], True])
def test_a_reason_that_says_nothing_is_none(value):
    assert messages.read_message({"id": 1, "failurereason": value})["failure_reason"] is None


@pytest.mark.parametrize(
    ("value", "code", "details"),
    [
        (5001, 5001, "5001"),
        ("broken", None, "broken"),
        ([{"code": "34", "details": "x"}], 34, "x"),
        ({"code": True, "details": ["x"]}, None, None),
    ],
)
def test_a_reason_in_another_shape_is_not_lost(value, code, details):
    reason = messages.read_message({"id": 1, "failurereason": value})["failure_reason"]
    assert (reason["code"], reason["details"], reason["permanent"]) == (code, details, None)


def test_blanks_are_no_id():
    with pytest.raises(ValueError, match="no id"):
        messages.read_sent({"messageid": "  ", "status": "SENT"})


def test_credits_and_customer_id_and_token():
    assert account.read_credits({"credits": 48.5}) == 48.5
    assert account.read_credits([{"credits": "0"}]) == 0
    assert account.read_customer_id({"message": 1234}) == "1234"
    assert account.read_token({"token": " JWT abc.def "}) == "JWT abc.def"


@pytest.mark.parametrize(
    ("read", "data"),
    [
        (account.read_credits, {}),
        (account.read_credits, {"credits": "lots"}),
        (account.read_customer_id, {"message": ""}),
        (account.read_customer_id, "customer"),
        (account.read_token, {}),
        (account.read_token, {"token": " "}),
        (account.read_token, {"token": 5}),
        (account.read_token, {"token": "a\nb"}),
        (account.read_token, {"token": "tökén"}),
        (messages.read_sent, []),
        (messages.read_sent, [{"messageid": 1}, {"messageid": 2}]),
        (messages.read_sent, "SENT"),
        (messages.read_sent, None),
    ],
)
def test_another_answer_is_refused(read, data):
    with pytest.raises(ValueError, match=r"^(no|not) "):
        read(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(10**300, 10**400) | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*REPORT, "messages", "metadata", "token", "message", "key"]), inner, max_size=6
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "read",
    [messages.read_sent, messages.read_message, messages.read_messages, account.read_credits, account.read_token],
)
@with_settings(max_examples=50)
@given(data=json_values)
def test_any_json_at_all_is_read_or_refused_in_one_way(read, data):
    with contextlib.suppress(ValueError, TypeError):
        read(data)
