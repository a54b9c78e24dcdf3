"""What a watcher of incoming texts is given, and what may be seen of it."""

from __future__ import annotations

import asyncio
import importlib
import json

import pytest

from airflow_provider_smsworks.exceptions import SmsWorksValidationError
from airflow_provider_smsworks.triggers.inbox import SmsWorksInboxTrigger

ALL = {
    "smsworks_conn_id": "another",
    "from_number": "07700 900123",
    "to_number": "447860012345",
    "keyword": "order",
    "pattern": r"^order \d+",
    "poll_interval": 2.5,
}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        *(({name: ""}, f"`{name}` is empty, and would let any text through") for name in ("from_number", "to_number")),
        *(({name: ""}, f"`{name}` is empty, and would let any text through") for name in ("keyword", "pattern")),
        ({"keyword": "two words"}, "`keyword` must be one word"),
        ({"keyword": "order!"}, "`keyword` must be one word"),
        ({"pattern": "(order"}, r"`pattern` is no regular expression: missing \)"),
    ],
)
def test_a_wrong_argument_is_named(wrong, said):
    with pytest.raises(SmsWorksValidationError, match=said):
        SmsWorksInboxTrigger(**wrong)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(SmsWorksValidationError) as caught:
        SmsWorksInboxTrigger(from_number="", keyword="two words", pattern="(")
    assert all(f"`{name}`" in str(caught.value) for name in ("from_number", "keyword", "pattern"))


@pytest.mark.parametrize("given", [{}, ALL], ids=["none", "all"])
def test_another_triggerer_gets_the_same_trigger(given):
    path, arguments = json.loads(json.dumps(SmsWorksInboxTrigger(**given).serialize()))
    module, _, name = path.rpartition(".")
    again = getattr(importlib.import_module(module), name)(**arguments)
    assert type(again) is SmsWorksInboxTrigger
    assert list(again.serialize()) == [path, arguments]
    assert {name: arguments[name] for name in given} == given


def test_nobody_is_named_when_it_is_shown():
    trigger = SmsWorksInboxTrigger(**ALL)
    for seen in (repr(trigger), str(trigger), f"{[trigger]}"):
        assert "another" in seen
        assert "900123" not in seen
        assert "order" not in seen


def test_all_watchers_of_a_connection_share_one_stream():
    one, other = SmsWorksInboxTrigger(**ALL), SmsWorksInboxTrigger(smsworks_conn_id="another", poll_interval=60)
    assert one.shared_stream_key() == other.shared_stream_key()
    assert hash(one.shared_stream_key()) == hash(other.shared_stream_key())
    assert one.shared_stream_key() != SmsWorksInboxTrigger().shared_stream_key()


def name_of(given):
    """Return under which name a watcher keeps where it is."""
    _, arguments = SmsWorksInboxTrigger(**given).serialize()
    return SmsWorksInboxTrigger(**arguments)._watch()._name


def test_other_filters_are_another_watcher_and_another_interval_is_not():
    async def names():
        others = [ALL | {name: "another" if ALL[name] is None else None} for name in list(ALL)[1:-1]]
        return [name_of(given) for given in ({}, ALL, ALL | {"poll_interval": 60}, *others)]

    none, given, slower, *others = asyncio.run(names())
    assert given == slower
    assert len({none, given, *others}) == 2 + len(others)
