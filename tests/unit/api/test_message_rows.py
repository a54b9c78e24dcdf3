"""Rows are the messages of a collection, made faster: the same bodies, the same problems in the same words."""

from __future__ import annotations

import datetime as dt
import json
import timeit

import pytest
from hypothesis import given, settings as with_settings, strategies as st

from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.numbers import NumberProblem
from airflow_provider_smsworks.api.requests.batches import collection
from airflow_provider_smsworks.api.requests.rows import MessageRows
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.api.text import estimate
from tests.unit.api.secrecy import NATIONAL, NUMBER, TOKEN
from tests.unit.api.test_strange_arguments import STRANGE

SETTINGS = Settings("smsworks_default", token=TOKEN, sender="Parcels", delivery_report_url="https://a.example/r")
HOUR = dt.timedelta(hours=1)

options = st.fixed_dictionaries(
    {},
    optional={
        "sender": st.sampled_from([None, "", "Alerts", "60777", "no sender"]),
        "tag": st.sampled_from([None, "", "t", "t" * 281]),
        "validity": st.sampled_from([None, HOUR, 49 * HOUR, dt.timedelta(seconds=1)]),
        "ttl": st.sampled_from([None, HOUR, 60]),
        "delivery_report_url": st.sampled_from([None, "", "https://b.example", "ftp://b.example"]),
        "ai": st.sampled_from([None, True, False, "yes"]),
    },
)
phones = st.sampled_from([NATIONAL, NUMBER, f"+{NUMBER}", "0740 0123456", "0033612345678", "020 7946 0958", "x", "", 7])
contents = st.sampled_from(["Hello", "Grüße €", "x" * 1280, "x" * 1281, "", " \n", "\ud800", "a\udfff", None, 7])
metadata = st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3)
accounts = st.sampled_from([{}, {"allowed_numbers": frozenset({NUMBER})}, {"sender": None}, {"default_region": "FR"}])


def by_collection(settings, to, content, pairs, shared):
    """The body, or the problems that name the fields of its first message."""
    try:
        request = collection(settings, messages=[{"to": to, "content": content, "metadata": pairs, **shared}])
    except SmsWorksValidationError as error:
        return [problem.replace("`messages[0].", "`") for problem in error.problems]
    return request.body[0]


def by_rows(settings, to, content, pairs, shared):
    problems = []
    try:
        number = (rows := MessageRows(settings, **shared)).recipient(to)
    except SmsWorksValidationError as error:
        return error.problems
    except NumberProblem as problem:
        problems.append(f"`to` {problem}")
    if problem := rows.content_problem(content):
        problems.insert(0, f"`content` {problem}")
    return problems or rows.body(number, content, pairs)


@with_settings(deadline=None, max_examples=1000)
@given(phones, contents, metadata, options, accounts)
def test_a_row_is_a_message_of_a_collection(to, content, pairs, shared, account):
    settings = Settings(**{**vars(SETTINGS), **account})
    ours, theirs = (make(settings, to, content, pairs, shared) for make in (by_rows, by_collection))
    if isinstance(theirs, dict):
        assert json.dumps(ours) == json.dumps(theirs)  # with the fields in the same order
    elif shared_problems := [problem for problem in theirs if not problem.startswith(("`to`", "`content`"))]:
        assert ours == shared_problems
    else:
        assert ours == theirs


def test_bodies_share_nothing_that_can_be_changed():
    rows = MessageRows(SETTINGS, validity=HOUR)
    first, second = (rows.body(NUMBER, "Hello", {"order": "7"}) for _ in range(2))
    first["metadata"].append({"key": "a", "value": "b"})
    first["tag"] = first["validity"] = None
    assert second == rows.body(NUMBER, "Hello", {"order": "7"})
    assert second["metadata"] == [{"key": "order", "value": "7"}]


def test_everything_that_is_wrong_with_what_messages_share_is_named_at_once():
    with pytest.raises(SmsWorksValidationError) as caught:
        MessageRows(Settings("smsworks_default", token=TOKEN), tag="t" * 281, ttl=dt.timedelta(seconds=30), ai=1)
    assert [problem.split("`")[1] for problem in caught.value.problems] == ["sender", "tag", "ttl", "ai"]


def test_what_is_no_phone_and_no_text_is_refused_without_being_shown():
    rows = MessageRows(SETTINGS)
    for value in STRANGE:
        with pytest.raises(NumberProblem):
            rows.recipient(value)
        assert rows.content_problem(value)
    with pytest.raises(NumberProblem, match="is not among `allowed_numbers`") as caught:
        MessageRows(Settings(**{**vars(SETTINGS), "allowed_numbers": frozenset()})).recipient(NATIONAL)
    assert NUMBER not in str(caught.value)


def test_a_row_takes_microseconds():
    rows, content, pairs = MessageRows(SETTINGS), "It comes on Monday. " * 6, {"airflow": "a", "airflow_send": "b" * 24}

    def make():
        assert rows.content_problem(content) is None
        assert estimate(content).parts == 1
        return rows.body(rows.recipient(NATIONAL), content, pairs)

    make()
    best = min(timeit.repeat(make, number=200, repeat=20)) / 200
    # It is 4; one by one as in a collection of its own it was 110. So that a slow machine passes:
    assert best < 50e-6
