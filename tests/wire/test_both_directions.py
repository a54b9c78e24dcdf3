"""Nothing leaves that every reading of the documents refuses, and nothing is refused that every reading accepts.

Arguments are generated, good and bad ones. What the client lets out goes to a gateway of every reading that
matters for it: one at least must take it. What the client refuses goes out as somebody without a client would
write it: one at least must refuse it, too.

Three refusals are the client's own, and not generated: numbers that no phone can have (the twin knows no numbering
plans), a text of blanks alone, and lists with the same text to one phone twice.
"""

from __future__ import annotations

import datetime as dt
from itertools import product

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings as hypothesis_settings, strategies as st

from airflow_provider_smsworks.api import operations
from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.settings import Settings

SETTINGS = Settings("smsworks_default", token="t", allow_test_numbers=True, batch_limit=500)
NOW = dt.datetime.now(dt.UTC)
few = hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

GSM = "abc é£€[]\n"
words = st.one_of(
    st.text(GSM + "ç😀", max_size=6),
    st.sampled_from(["x" * 1280, "x" * 1281, "é" * 1280, "ç" * 70, "ç" * 71, "ç" * 1281, "😀" * 641]),
).filter(lambda text: not text or text.strip())
phones = st.sampled_from(["07700900000", "447700900010", "+447700900011", "00447700900012", "", "077009", "Jane"])
senders = st.one_of(
    st.from_regex(r"[A-Za-z0-9]{0,16}", fullmatch=True), st.sampled_from(["A B", "Ärger", "+44790", ""])
)
tags = st.sampled_from(["", "late", "x" * 280, "x" * 281])
minutes = st.sampled_from([None, 1, 1440, 2880, 2881, 0, -1, 10**6])
pairs = st.dictionaries(st.text("ab", max_size=2), st.text("cd", max_size=3), max_size=2)
moments = st.sampled_from([NOW + dt.timedelta(days=1), NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=900)])

PHONES_AND_WORDS = {"number_prefixes": ["refused", "tolerated"], "unicode_limit": [None, 70]}


@pytest.fixture
def gateway(sandbox):
    with httpx.Client(base_url=f"{sandbox.url}/v1", headers={"Authorization": "t"}) as http:

        def accepted(operation, call_body, questions):
            """Return for each reading whether it took the call."""
            answers = []
            for values in product(*questions.values()):
                sandbox.set(**dict(zip(questions, values, strict=True)))
                answers.append(http.request(operation.method, operation.path, json=call_body).is_success)
            return answers

        sandbox.set(credits=10**9)
        yield accepted


def check(gateway, operation, arguments, as_written, questions):
    try:
        body = operation.prepare(SETTINGS, **arguments).body
    except SmsWorksValidationError:
        body = None
    if body is None:
        assert not all(gateway(operation, as_written, questions)), as_written
    else:
        assert any(gateway(operation, body, questions)), body


def given_fields(**fields):
    """Leave out what is not given, as both the client and people do."""
    return {name: value for name, value in fields.items() if value is not None}


def as_timedelta(minutes):
    return None if minutes is None else dt.timedelta(minutes=minutes)


@few
@given(phones, words, senders, tags, minutes, pairs, st.sampled_from([None, True, False]))
@example("07700900000", "Hello", "Parcels", "", None, {}, None)
def test_messages(gateway, to, content, sender, tag, validity, metadata, ai):
    arguments = given_fields(
        to=to, content=content, sender=sender, tag=tag, validity=as_timedelta(validity), metadata=metadata, ai=ai
    )
    written = given_fields(
        destination=to,
        content=content,
        sender=sender,
        tag=tag,
        validity=validity,
        metadata=[{"key": key, "value": value} for key, value in metadata.items()],
        ai=ai,
    )
    for operation in (operations.SEND_MESSAGE, operations.SEND_FLASH_MESSAGE):
        check(gateway, operation, arguments, written, PHONES_AND_WORDS)


@few
@given(phones, moments)
def test_scheduled_messages(gateway, to, moment):
    arguments = {"to": to, "content": "Hello", "sender": "Parcels", "schedule": moment}
    written = {"destination": to, "content": "Hello", "sender": "Parcels", "schedule": moment.isoformat()}
    check(gateway, operations.SCHEDULE_MESSAGE, arguments, written, PHONES_AND_WORDS)


@few
@given(
    st.one_of(
        st.binary(max_size=3), st.text("0aF ", max_size=9), st.sampled_from(["00 " * 427, b"0" * 427, b"0" * 428])
    )
)
def test_binary_messages(gateway, content):
    arguments = {"to": "07700900000", "content": content, "sender": "Parcels"}
    text = content.hex(" ") if isinstance(content, bytes) else content
    written = {"destination": "07700900000", "content": text, "sender": "Parcels"}
    check(gateway, operations.SEND_BINARY_MESSAGE, arguments, written, {"number_prefixes": ["refused"]})


@few
@given(st.lists(phones, max_size=4, unique=True), words, senders)
@example([str(447700900000 + number) for number in range(500)], "Hello", "Parcels")
@example([], "Hello", "Parcels")
def test_batches(gateway, to, content, sender):
    questions = {**PHONES_AND_WORDS, "batch_partial": [True, False], "batch_limit": [5000, 500]}
    written = {"destinations": to, "content": content, "sender": sender}
    check(gateway, operations.SEND_BATCH, {"to": to, "content": content, "sender": sender}, written, questions)


@few
@given(st.lists(st.fixed_dictionaries({"to": phones, "content": words, "sender": senders}), max_size=3))
def test_collections(gateway, messages):
    if len({(entry["to"], entry["content"]) for entry in messages}) < len(messages):
        return
    questions = {**PHONES_AND_WORDS, "batch_partial": [True, False]}
    written = [{"destination": m["to"], "content": m["content"], "sender": m["sender"]} for m in messages]
    check(gateway, operations.SEND_COLLECTION, {"messages": messages}, written, questions)


@few
@given(
    phones,
    st.sampled_from(
        [None, "{{passcode}}", "Code {{passcode}}!", "Code", "{{ passcode }}", "x" * 1275 + "{{passcode}}"]
    ),
    st.sampled_from([None, 4, 6, 0, -1]),
    st.sampled_from([None, "0123", "481216"]),
    st.sampled_from([None, 1, 300, 0, -1]),
    st.sampled_from([None, {"a": [1, None]}, {"a": "x" * 1016}, {"a": "x" * 1017}, {"a": "é" * 600}]),
)
def test_passcodes(gateway, to, template, length, passcode, validity, metadata):
    fields = given_fields(template=template, length=length, passcode=passcode, metadata=metadata, sender="Parcels")
    seconds = None if validity is None else dt.timedelta(seconds=validity)
    arguments = {"to": to, **fields, **given_fields(validity=seconds)}
    written = {"destination": to, **fields, **given_fields(validity=validity)}
    check(gateway, operations.SEND_OTP, arguments, written, {"number_prefixes": ["refused", "tolerated"]})


@few
@given(
    st.sampled_from([None, "SENT", "INCOMING"]),
    st.sampled_from([None, "447700900000", "60777"]),
    senders,
    st.sampled_from([None, NOW, NOW - dt.timedelta(days=90)]),
    st.sampled_from([None, 1, 1000]),
    st.sampled_from([None, 0, 5000]),
    pairs,
)
def test_searches(gateway, status, to, sender, since, limit, skip, metadata):
    fields = given_fields(status=status, sender=sender, limit=limit, skip=skip)
    arguments = {**fields, **given_fields(to=to, since=since, metadata=metadata)}
    written = {**fields, **given_fields(destination=to), "from": since.isoformat() if since else ""}
    for operation in (operations.SEARCH_MESSAGES, operations.GET_UNREAD_MESSAGES, operations.GET_FAILED_MESSAGES):
        check(gateway, operation, arguments, written, {"inbox": ["consuming", "keeping"]})
