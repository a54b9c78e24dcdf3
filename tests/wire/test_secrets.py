"""
Whatever one holds in one's hand, a token, a number, a text or a passcode is not to be seen in it.

What a traceback with its frames' variables shows is the doing of whoever asks for it, and not tested.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
import socket
import traceback
import zlib

import pytest
from airflow.providers.common.compat.sdk import AirflowException

from airflow_provider_smsworks.exceptions import SmsWorksError
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.operators.base import Personal
from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator
from airflow_provider_smsworks.operators.otp import SmsWorksVerifyOtpOperator
from airflow_provider_smsworks.operators.question import SmsWorksAskOperator
from airflow_provider_smsworks.sensors.inbox import SmsWorksInboxSensor
from airflow_provider_smsworks.subjects.arrived import fingerprint
from airflow_provider_smsworks.triggers.inbox import SmsWorksInboxTrigger
from airflow_provider_smsworks.triggers.inbox_wait import SmsWorksInboxWaitTrigger
from tests.airflow.leak_canaries import canaries_of, person, secret
from tests.airflow.leak_gateway import WAYS, quoting_gateway
from tests.leaks import search
from tests.task_context import task_context
from tests.unit.api.gateway import Gateway, answer, drip, reset, say, silence
from tests.wire.hook_calls import call_async, call_sync

WHO = person("somebody", 412)
TOKEN, KEY, API_SECRET = secret("token"), secret("key").replace("JWT ", ""), secret("secret").replace("JWT ", "")
CANARIES = [
    *WHO.canaries,
    *(
        canary
        for name, value in {"token": TOKEN, "key": KEY, "secret": API_SECRET}.items()
        for canary in canaries_of(name, value)
    ),
]
CALLS = {
    "send_message": {"to": WHO.phone, "content": WHO.words, "metadata": {"customer": WHO.passcode}},
    "send_flash_message": {"to": WHO.phone, "content": WHO.words},
    "send_batch": {"to": [WHO.phone], "content": WHO.words},
    "send_collection": {"messages": [{"to": WHO.phone, "content": WHO.words}]},
    "send_otp": {"to": WHO.phone, "passcode": WHO.passcode, "template": WHO.words + " {{passcode}}"},
    "verify_otp": {"passcode": WHO.passcode},
    "search_messages": {"to": WHO.phone, "keyword": "ack"},
    "get_message": {"message_id": "1234"},
    "get_credits": {},
}
sides = pytest.mark.parametrize("call", [call_sync, call_async], ids=["sync", "async"])


@pytest.fixture(scope="module")
def quoting():
    with quoting_gateway() as url:
        yield url


@pytest.fixture
def gateway():
    gateway = Gateway()
    yield gateway
    gateway.stop()


def looks_at(thing):
    """Yield all that a log, a debugger or another process might see of a thing."""
    yield repr(thing)
    yield str(thing)
    yield repr(getattr(thing, "args", None))
    yield repr(getattr(thing, "__dict__", None))
    if isinstance(thing, BaseException):
        yield "".join(traceback.format_exception(thing))
    for clone in (copy.copy, copy.deepcopy):
        yield repr(clone(thing))
    try:
        yield pickle.dumps(thing)
    except Exception as error:
        yield str(error)


def assert_hides_all(thing):
    for number, seen in enumerate(looks_at(thing)):
        assert search(str(number), seen, CANARIES) == set()


def error_of(call, method, arguments):
    with pytest.raises(SmsWorksError) as caught:
        call(method, **arguments)
    return caught.value


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("send_message", call_sync),
        ("send_message", call_async),
        ("send_collection", call_sync),
        ("send_otp", call_async),
        ("verify_otp", call_sync),
        ("search_messages", call_async),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_an_error_hides_what_the_gateway_quotes(connect, quoting, call, way, method, caplog):
    caplog.set_level("DEBUG")
    connect(f"{quoting}/{way}/v1", password=TOKEN, timeout=0.5)
    try:
        call(method, **CALLS[method])
    except SmsWorksError as error:
        chain = error
        while chain is not None:
            assert_hides_all(chain)
            chain = chain.__cause__ or chain.__context__
    # The HTTP library would tell headers and reasons.
    assert search("log", caplog.text, CANARIES) == set()


@sides
@pytest.mark.parametrize(
    "spoilt",
    ["silence", "drip", "reset", "no TLS", "no name", "refused", "too long", "head only"],
)
def test_an_error_of_the_network_hides_all(connect, gateway, call, spoilt, caplog, monkeypatch):
    caplog.set_level("DEBUG")
    if spoilt == "no TLS":
        monkeypatch.setattr(gateway, "read", lambda connection: connection.recv(65536))
    gateway.answers(
        {
            "silence": silence(gateway),
            "drip": drip(gateway, f"HTTP/1.1 200 {WHO.phone}\r\nX-{KEY}: {TOKEN}\r\n\r\n{WHO.phone}".encode()),
            "reset": reset,
            "no TLS": say(f"HTTP/1.1 400 {TOKEN} {WHO.phone}\r\n\r\n".encode()),
            "too long": say(f"HTTP/1.1 200 OK\r\nX: {TOKEN} {WHO.phone} {'x' * 200_000}\r\n\r\n".encode()),
            "head only": say(
                f"HTTP/1.1 200 OK\r\nLocation: {TOKEN}\r\nContent-Length: 9\r\n\r\n{WHO.phone[:5]}".encode()
            ),
        }.get(spoilt, reset)
    )
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        url = {
            "no TLS": gateway.url.replace("http:", "https:"),
            "no name": "https://gateway.invalid",
            "refused": f"http://127.0.0.1:{holder.getsockname()[1]}",
        }.get(spoilt, gateway.url)
        connect(url, password=TOKEN, timeout=0.2)
        error = error_of(call, "send_message", CALLS["send_message"])
    assert_hides_all(error)
    assert search("log", caplog.text, CANARIES) == set()


@sides
@pytest.mark.parametrize("wrong", ["to", "sender", "content", "passcode", "metadata", "messages", "since"])
def test_an_error_before_the_call_hides_all(connect, gateway, call, wrong):
    connect(gateway.url, password=TOKEN)
    method, arguments = {
        "to": ("send_message", {"to": f"{WHO.phone}999", "content": WHO.words}),
        "sender": ("send_message", {"to": WHO.phone, "content": WHO.words, "sender": f"{WHO.words} {WHO.phone}"}),
        "content": ("send_message", {"to": WHO.phone, "content": WHO.words * 60}),
        "passcode": ("send_otp", {"to": WHO.phone, "passcode": int(WHO.passcode)}),
        "metadata": ("send_message", {"to": WHO.phone, "content": "x", "metadata": {WHO.phone: int(WHO.passcode)}}),
        "messages": ("send_collection", {"messages": [{"to": WHO.words, "content": 7, "kind": WHO.phone}]}),
        "since": ("search_messages", {"to": WHO.phone, "since": WHO.words}),
    }[wrong]
    assert_hides_all(error_of(call, method, arguments))
    assert gateway.seen == []


@sides
def test_no_url_holds_a_token_a_number_or_a_text(connect, gateway, call):
    gateway.answers(answer(400, {"message": "No"}))
    connect(gateway.url, password=TOKEN)
    for method, arguments in CALLS.items():
        error_of(call, method, arguments)
    assert len(gateway.seen) == len(CALLS)
    for seen in gateway.seen:
        assert search(seen.path, f"{seen.method} {seen.path}", CANARIES) == set()
        assert seen.headers["authorization"] == TOKEN


@sides
def test_no_url_holds_a_key(connect, gateway, call):
    gateway.answers(answer(200, {"token": TOKEN}), answer(200, {"credits": 1}))
    connect(gateway.url, password=None, customer_id="customer", api_key=KEY, api_secret=API_SECRET)
    assert call("get_credits") == 1
    assert [search(seen.path, seen.path, CANARIES) for seen in gateway.seen] == [set(), set()]


@sides
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("where", ["another host", "the same host", "a path", "nonsense"])
@pytest.mark.parametrize("method", ["send_message", "get_credits", "token"])
def test_no_redirect_is_followed(connect, gateway, call, status, where, method):
    elsewhere = Gateway()
    elsewhere.answers(answer(200, {"credits": 1, "messageid": "1", "status": "SENT", "token": TOKEN}))
    location = {
        "another host": f"{elsewhere.url}/x",
        "the same host": f"{gateway.url}/x",
        "a path": "/v1/x",
        "nonsense": "http://[",
    }[where]
    gateway.answers(answer(status, Location=location))
    extra = (
        {"password": None, "customer_id": "c", "api_key": KEY, "api_secret": API_SECRET} if method == "token" else {}
    )
    connect(gateway.url, **({"password": TOKEN} | extra))
    name = "get_credits" if method == "token" else method
    try:
        assert_hides_all(error_of(call, name, CALLS[name]))
        assert {seen.path for seen in gateway.seen} <= {"/v1/message/send", "/v1/credits/balance", "/v1/auth/token"}
        assert elsewhere.seen == []
    finally:
        elsewhere.stop()


def test_what_one_holds_hides_all(connect, connected):
    connect(connected.url, password=None, customer_id="customer", api_key=KEY, api_secret=API_SECRET)
    hook = SmsWorksHook()
    hook.send_message(to=WHO.phone, content=WHO.words)
    from airflow_provider_smsworks.api.operations import SEND_MESSAGE

    call = SEND_MESSAGE.prepare(hook.settings, to=WHO.phone, content=WHO.words)
    for thing in (hook.settings, hook.settings.credentials, hook.get_conn(), call, call.operation):
        for seen in (repr(thing), str(thing), repr([thing]), f"{thing}"):
            assert search("", seen, CANARIES) == set()
    for thing in (hook.settings, hook.settings.credentials, hook.get_conn(), call):
        with pytest.raises(TypeError):
            pickle.dumps(thing)
    assert search("", pickle.dumps(hook), CANARIES) == set()
    assert pickle.loads(pickle.dumps(hook)).get_credits() > 0
    assert hook.get_credits() > 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: SmsWorksSendMessageOperator(
            task_id="t",
            to="{{ who.phone }}",
            content="{{ who.words }}",
            tag="{{ who.phone }}",
            metadata={"customer": "{{ who.words }}"},
        ),
        lambda: SmsWorksVerifyOtpOperator(task_id="t", passcode="{{ who.passcode }}", to="{{ who.phone }}"),
        lambda: SmsWorksInboxSensor(task_id="t", from_number="{{ who.phone }}", timeout=1, poke_interval=0.2),
        lambda: SmsWorksAskOperator(
            task_id="t",
            to="{{ who.phone }}",
            question="{{ who.words }}",
            options=["{{ who.words }}", "no"],
            sender="447860012345",
            response_timeout=dt.timedelta(seconds=1),
        ),
    ],
    ids=["text", "passcode", "inbox", "question"],
)
def test_an_operator_that_was_rendered_hides_all(connect, connected, make):
    connect(connected.url, password=TOKEN)
    operator = make()
    context = task_context() | {"who": WHO}
    operator.render_template_fields(context)
    try:
        operator.execute(context)
    except AirflowException as error:
        assert_hides_all(error)
    assert operator.hook.settings.token == TOKEN
    fields = {name: getattr(operator, name) for name in operator.template_fields}
    for thing in (
        operator,
        operator.__dict__,
        operator.hook,
        fields,
        {name: str(value) for name, value in fields.items()},
    ):
        for seen in (repr(thing), str(thing)):
            assert search("", seen, CANARIES) == set()
    personal = [value for value in fields.values() if isinstance(value, Personal)]
    assert personal
    for value in personal:
        with pytest.raises(TypeError, match="is not pickled"):
            pickle.dumps(value)
    again = copy.deepcopy(fields)
    assert {name: str(value) for name, value in again.items()} == {name: str(value) for name, value in fields.items()}


def test_a_watcher_hides_all():
    watcher = SmsWorksInboxTrigger(from_number=WHO.phone, pattern=WHO.words)
    for seen in (repr(watcher), str(watcher), repr([watcher])):
        assert search("", seen, CANARIES) == set()


def test_a_trigger_hides_all(connect, connected):
    connect(connected.url, password=TOKEN)
    sender = fingerprint(SmsWorksHook().settings, WHO.phone)
    trigger = SmsWorksInboxWaitTrigger(
        sender=sender, since="2026-01-01T00:00:00+00:00", deadline="2026-01-02T00:00:00+00:00"
    )
    for seen in (repr(trigger), json.dumps(trigger.serialize()), repr(vars(trigger)), repr(vars(trigger.subject))):
        assert search("", seen, CANARIES) == set()


@pytest.fixture(scope="module")
def bomb():
    """A gigabyte of zeros in a megabyte."""
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join(packer.compress(bytes(1 << 24)) for _ in range(64))
    return packed + packer.flush()


@sides
def test_a_megabyte_that_unpacks_to_a_gigabyte_takes_neither_memory_nor_time(connect, gateway, call, bomb):
    import resource
    import time

    gateway.answers(answer(201, bomb, Content_Encoding="gzip"))
    connect(gateway.url, password=TOKEN, timeout=5)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    error = error_of(call, "send_message", CALLS["send_message"])
    assert "is longer than 67,108,864 bytes" in str(error)
    assert time.monotonic() - began < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kB
    assert len(gateway.seen) == 1


@sides
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000,
        b'{"messageid": NaN}',
        b'{"messageid": ' + b"9" * 1_000_000 + b"}",
    ],
    ids=["deep lists", "deep objects", "NaN", "a million digits"],
)
def test_json_that_is_an_attack_is_an_error_of_ours(connect, gateway, call, body):
    gateway.answers(answer(200, body))
    connect(gateway.url, password=TOKEN)
    error = error_of(call, "send_message", CALLS["send_message"])
    assert_hides_all(error)
    assert error.nothing_sent is False
