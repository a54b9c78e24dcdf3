"""The look-up under every reading of the documents: does the metadata filter work, and are metadata shown?"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from airflow_provider_smsworks.api.errors import SmsWorksUnavailableError
from airflow_provider_smsworks.api.requests import lookups
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.sending.identity import KEY_PAIR, MARK_PAIR
from airflow_provider_smsworks.sending.lookup import Wanted, find_message

SINCE = dt.datetime(2026, 1, 31, 9, 30, tzinfo=dt.UTC)


def has_words(sender, content):
    return (sender, content) == ("Parcels", "Hello")


WANTED = Wanted("447700900000", SINCE, key="k1", mark="m", has_words=has_words)


def message(message_id, key=None, *, content="Hello", sender="Parcels", to="447700900000", minutes=0, **more):
    created = (SINCE + dt.timedelta(minutes=minutes)).isoformat()
    metadata = {KEY_PAIR: key, MARK_PAIR: "m"} if key else {}
    return {
        "message_id": message_id,
        "status": "SENT",
        "to": to,
        "sender": sender,
        "content": content,
        "created": created,
        "metadata": metadata,
    } | more


class Gateway:
    def __init__(self, *messages, filters="contains", echo=True):
        self.messages, self.filters, self.echo = list(messages), filters, echo
        self.calls = []

    def search(self, *, to, since, metadata=None):
        self.calls.append(metadata)
        found = [m for m in self.messages if self._matches(m, metadata)]
        return found if self.echo else [m | {"metadata": {}} for m in found]

    def _matches(self, message, metadata):
        if not metadata or self.filters == "ignored":
            return True
        if self.filters == "exact":
            return message["metadata"] == metadata
        return metadata.items() <= message["metadata"].items()


READINGS = [(filters, echo) for filters in ("contains", "exact", "ignored") for echo in (True, False)]
OTHERS = (message("7", "k2", content="Other words"), message("8", content="Somebody else's"))


@pytest.mark.parametrize(("filters", "echo"), READINGS)
def test_our_message_is_found_among_others(filters, echo):
    gateway = Gateway(*OTHERS, message("9", "k1"), filters=filters, echo=echo)
    assert find_message(gateway.search, WANTED)["message_id"] == "9"


@pytest.mark.parametrize(("filters", "echo"), READINGS)
def test_nothing_is_adopted_where_ours_is_not(filters, echo):
    gateway = Gateway(*OTHERS, filters=filters, echo=echo)
    assert find_message(gateway.search, WANTED) is None


def test_one_search_is_enough_where_metadata_are_shown():
    gateway = Gateway(*OTHERS, message("9", "k1"))
    find_message(gateway.search, WANTED)
    assert set(gateway.calls) == {None}


@pytest.mark.parametrize("echo", [True, False])
def test_the_same_words_of_another_task_are_not_ours_where_that_can_be_known(echo):
    gateway = Gateway(message("7", "k2"), echo=echo, filters="contains")
    assert find_message(gateway.search, WANTED) is None


def test_where_nothing_else_can_be_known_the_same_words_count():
    gateway = Gateway(message("9", "k2"), filters="ignored", echo=False)
    assert find_message(gateway.search, WANTED)["message_id"] == "9"


@pytest.mark.parametrize(
    "other",
    [
        message("9", content="Hello!"),
        message("9", sender="Other"),
        message("9", minutes=-6),
        message("9", to="447700900007"),
        message("9", status="INCOMING"),
    ],
    ids=["words", "sender", "too early", "phone", "a reply"],
)
def test_the_same_words_must_be_the_same_send(other):
    gateway = Gateway(other, filters="ignored", echo=False)
    assert find_message(gateway.search, WANTED) is None


@pytest.mark.parametrize("spelling", ["447700900000", "+447700900000", "07700900000", "+44 7700 900000", None])
def test_the_gateway_may_spell_the_number_as_it_likes(spelling):
    gateway = Gateway(message("9", "k1", to=spelling))
    assert find_message(gateway.search, WANTED)["message_id"] == "9"


def test_a_number_abroad_is_not_read_as_one_of_the_connections_region():
    """Gambian 220 301 2345 without its + is a New Yorker."""
    gateway = Gateway(message("9", "k1", to="2203012345"))
    wanted = replace(WANTED, to="2203012345")
    settings = Settings("c", token="t", default_region="US")

    def search(**query):
        body = lookups.query(settings, **query).body
        return gateway.search(**query) if body["destination"] == "2203012345" else []

    assert find_message(search, wanted)["message_id"] == "9"


def test_a_look_up_that_fails_is_not_a_look_up_that_found_nothing():
    def search(**query):
        raise SmsWorksUnavailableError("down")

    with pytest.raises(SmsWorksUnavailableError):
        find_message(search, WANTED)
