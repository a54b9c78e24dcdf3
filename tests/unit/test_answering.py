"""Which text of ours an incoming text answers."""

from __future__ import annotations

import datetime as dt

import pytest

from airflow_provider_smsworks.answering import REACH, answering, incoming_text, texts_before
from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.sending.identity import KEY_PAIR, MARK_PAIR

PHONE, OWN = "447700900123", "447860012345"
CAME = dt.datetime(2026, 3, 8, 12, tzinfo=dt.UTC)


def came(content="Yes", **more):
    fields = {"message_id": "in", "status": "INCOMING", "sender": PHONE, "to": OWN, "keyword": "YES"}
    return incoming_text({**fields, "content": content, "created": CAME.isoformat(), **more})


def sent(message_id, minutes_before=10.0, content="Your parcel is late.", **more):
    fields = {"status": "DELIVERED", "sender": OWN, "to": PHONE, "tag": None, "metadata": {}}
    created = (CAME - dt.timedelta(minutes=minutes_before)).isoformat()
    return {**fields, "message_id": message_id, "content": content, "created": created, **more}


def meant(text, *messages):
    """Return the id of the text that is answered, and whether that is certain."""
    answers = answering(text, messages)["answers"]
    return answers and (answers["message_id"], answers["is_certain"])


def test_what_came_in():
    assert came() == {
        "message_id": "in",
        "from": PHONE,
        "to": OWN,
        "content": "Yes",
        "keyword": "YES",
        "received": CAME.isoformat(),
    }


@pytest.mark.parametrize("status", ["DELIVERED", "SENT", "SCHEDULED", "", None])
def test_what_was_sent_did_not_come_in(status):
    with pytest.raises(SmsWorksValidationError, match="`message_id` is the id of a message that was sent"):
        came(status=status)


def test_without_a_text_before_it_answers_none():
    assert answering(came(), [])["answers"] is None


def test_the_only_one_is_certain():
    assert meant(came(), sent("1")) == ("1", True)


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_the_newest_is_likely(order):
    messages = [sent("1", 30), sent("2", 20), sent("3", 10)][::order]
    assert meant(came(), *messages) == ("3", False)


def test_a_code_says_which():
    messages = [sent("1", 30, "Late? Reply YES 4F7."), sent("2", 20, "Early? Reply YES 5H8."), sent("3", 10)]
    assert meant(came("yes 4f7"), *messages) == ("1", True)
    assert meant(came("yes 5H8"), *messages) == ("2", True)
    assert meant(came("yes 9K9"), *messages) == ("3", False)
    assert meant(came("yes"), *messages) == ("3", False)


def test_of_a_question_and_its_reminder_the_newer_is_meant():
    messages = [sent("1", 30, "Late? Reply YES 4F7."), sent("2", 20, "Reminder: Late? Reply YES 4F7.")]
    assert meant(came("yes 4F7"), *messages) == ("2", True)


@pytest.mark.parametrize("spelled", ["07700900123", "+447700900123", "00447700900123", 447700900123])
def test_the_gateway_may_spell_numbers_as_it_likes(spelled):
    assert meant(came(), sent("1", to=spelled)) == ("1", True)
    assert meant(came(sender=spelled), sent("1")) == ("1", True)


@pytest.mark.parametrize(
    "other",
    [
        {"to": "447700900124"},
        {"sender": "447860012346"},
        {"sender": "Parcels"},
        {"sender": None},
        {"to": None},
        {"status": "INCOMING"},
        {"status": "SCHEDULED"},
        {"created": (CAME + dt.timedelta(seconds=1)).isoformat()},
        {"created": (CAME - REACH - dt.timedelta(seconds=1)).isoformat()},
        {"created": None},
        {"created": "yesterday"},
        {"created": "2026-03-08T11:00:00"},
    ],
    ids=str,
)
def test_the_gateway_may_ignore_what_it_is_asked_for(other):
    assert meant(came(), sent("1") | other) is None
    assert meant(came(), sent("2", 20), sent("1") | other) == ("2", True)


@pytest.mark.parametrize("order", [1, -1])
def test_the_newest_of_one_second_is_not_the_last_in_the_alphabet(order):
    messages = [sent("1", created="2026-03-08T11:59:59Z"), sent("2", created="2026-03-08T11:59:59.500000Z")]
    assert meant(came(), *messages[::order]) == ("2", False)


def test_a_text_without_a_date_is_answered_all_the_same():
    now = dt.datetime.now(dt.UTC)
    query = texts_before(came(created=None))
    assert now <= query["until"] <= now + dt.timedelta(minutes=1)
    assert meant(came(created=None), sent("1")) == ("1", True)


def test_content_may_be_missing():
    assert meant(came(None), sent("1", content=None)) == ("1", True)


def test_what_is_searched_for():
    assert texts_before(came()) == {"to": f"+{PHONE}", "since": CAME - REACH, "until": CAME}


def test_the_authors_own_pairs_are_shown_and_the_providers_are_not():
    message = sent("1", tag="late", metadata={"order": "17", KEY_PAIR: "abc", MARK_PAIR: "1"})
    assert answering(came(), [message])["answers"] == {
        "message_id": "1",
        "content": "Your parcel is late.",
        "tag": "late",
        "metadata": {"order": "17"},
        "sent": message["created"],
        "is_certain": True,
    }


@pytest.mark.parametrize("metadata", [None, {}])
def test_the_gateway_may_show_no_metadata(metadata):
    message = sent("1", metadata=metadata)
    del message["tag"]
    answers = answering(came(), [message])["answers"]
    assert (answers["metadata"], answers["tag"]) == ({}, None)
