"""Every sensor against the sandbox, in the worker and on an event loop, under the readings that matter to it."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import time

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferred,
)

from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.sensors.account import SmsWorksCreditsSensor
from airflow_provider_smsworks.sensors.delivery import SmsWorksBatchDeliverySensor, SmsWorksDeliverySensor
from airflow_provider_smsworks.sensors.inbox import SmsWorksInboxSensor
from airflow_provider_smsworks.sensors.otp import SmsWorksOtpSensor
from airflow_provider_smsworks.triggers import base as trigger_module
from airflow_provider_smsworks.waiting import BatchDeliveryWait, wait_in_worker
from tests.readings import pairwise, questions
from tests.task_context import FileStore, own_store, task_context

PHONE = "07700900123"
REPLY_NUMBER = "447860012345"
WAYS = pytest.mark.parametrize("deferrable", [False, True], ids=["worker", "triggerer"])


@pytest.fixture(autouse=True)
def no_hold(monkeypatch):
    monkeypatch.setattr(trigger_module, "HOLD", 0.0)


@pytest.fixture
def context(tmp_path):
    return task_context(own_store(tmp_path / "state"))


@pytest.fixture
def later():
    """Do something while a sensor waits."""
    timers = []

    def later(seconds, function, *args, **kwargs):
        timers.append(threading.Timer(seconds, function, args, kwargs))
        timers[-1].start()

    yield later
    for timer in timers:
        timer.join()


def event_of(trigger):
    """Run a trigger as the triggerer does: from its serialized form."""
    path, kwargs = trigger.serialize()
    assert path == f"{type(trigger).__module__}.{type(trigger).__name__}"

    async def first():
        return (await anext(type(trigger)(**kwargs).run())).payload

    return asyncio.run(first())


def run(sensor, context, events=None):
    """Run a task to its end, also if it defers."""
    try:
        return sensor.execute(context)
    except TaskDeferred as reason:
        deferred = reason
    arguments = str(deferred.trigger.serialize())
    assert "900123" not in arguments
    assert deferred.timeout.total_seconds() > sensor.timeout
    event = event_of(deferred.trigger)
    if events is not None:
        events.append(event)
    return sensor.execute_complete(context, event)


def make(kind, deferrable=False, **more):
    return kind(task_id="s", deferrable=deferrable, **{"poke_interval": 0.1, "timeout": 10} | more)


def batch(*phones):
    return SmsWorksHook().send_batch(to=list(phones), content="Hello")["batch_id"]


MIXED = ("07700900000", "07700900001", "07700900100", "07700900003")


BATCH_READINGS = pairwise(
    questions("status_words", "shapes", "lists", "new_batch", "ids", "failure_codes", "destination_type", "dates")
)


@pytest.mark.parametrize(("row", "reading"), enumerate(BATCH_READINGS))
@pytest.mark.parametrize("expected", [4, None])
def test_a_batch_under_every_reading(connected, context, row, reading, expected):
    connected.set(**reading, search_lag=0.15)
    deferrable = (row % 2 == 0) is (expected is None)
    sensor = make(
        SmsWorksBatchDeliverySensor, deferrable, batch_id=batch(*MIXED), expected=expected, on_undelivered="return"
    )
    result = run(sensor, context)
    assert (result["total"], result["delivered"]) == (4, result["statuses"].get("DELIVERED", 0))
    assert 0 < result["failed"] == len(result["failures"])
    assert all(failure["to"].startswith("44****") for failure in result["failures"])


@WAYS
def test_a_batch_that_arrives(connected, context, deferrable):
    connected.set(delivery_delay=0.6)
    ids = [batch("07700900100", "07700900101"), batch("07700900102")]
    events = []
    result = run(make(SmsWorksBatchDeliverySensor, deferrable, batch_id=ids, expected=3), context, events)
    assert result["batch_ids"] == ids
    assert (result["total"], result["delivered"], result["failed"], result["waiting"]) == (3, 3, 0, 0)
    assert "reached" not in result
    assert len(events) == deferrable
    assert "90010" not in str(events)
    assert "Hello" not in str(events)


@WAYS
def test_a_fraction_is_enough_and_too_many_failures_end_it(connected, context, deferrable):
    batch_id = batch("07700900000", "07700900100", "07700900001", "07700900004")  # the last one stays SENT
    began = time.monotonic()
    enough = run(make(SmsWorksBatchDeliverySensor, deferrable, batch_id=batch_id, at_least=0.5, expected="4"), context)
    assert (enough["delivered"], enough["failed"], enough["waiting"]) == (2, 1, 1)
    assert enough["failures"][0]["code"] == 5001
    with pytest.raises(AirflowFailException, match="2 were delivered and 4 were wanted; 1 failed, 1 have no final"):
        run(make(SmsWorksBatchDeliverySensor, deferrable, batch_id=batch_id, expected=4), context)
    with pytest.raises(AirflowSkipException):
        run(make(SmsWorksBatchDeliverySensor, deferrable, batch_id=batch_id, on_undelivered="skip"), context)
    assert time.monotonic() - began < 9


@WAYS
def test_a_batch_that_is_never_reported(connected, context, deferrable):
    batch_id = batch("07700900000", "07700900004")
    arguments = {"batch_id": batch_id, "timeout": 1}
    with pytest.raises(AirflowSensorTimeout, match="1 were delivered in time"):
        run(make(SmsWorksBatchDeliverySensor, deferrable, **arguments), context)
    result = run(make(SmsWorksBatchDeliverySensor, deferrable, on_undelivered="return", **arguments), context)
    assert (result["delivered"], result["waiting"]) == (1, 1)


@pytest.mark.parametrize("new_batch", ["empty", "not_found"])
@WAYS
def test_a_batch_that_is_longer_invisible_than_promised(connected, context, deferrable, new_batch):
    connected.set(new_batch=new_batch, search_lag=1.5)  # the connection says 0.2
    batch_id = batch("07700900100", "07700900101")
    assert run(make(SmsWorksBatchDeliverySensor, deferrable, batch_id=batch_id, expected=2), context)["delivered"] == 2


@WAYS
def test_fewer_messages_than_expected_are_waited_for(connected, context, deferrable):
    batch_id = batch("07700900100", "07700900101")
    with pytest.raises(AirflowSensorTimeout, match=r"Of 3 messages .* 2 were delivered in time and 3 were wanted"):
        run(make(SmsWorksBatchDeliverySensor, deferrable, batch_id=batch_id, expected=3, timeout=1), context)


def test_an_operator_waits_for_its_batches_in_the_worker(connected):
    deadline = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=10)
    sensor = make(SmsWorksBatchDeliverySensor, batch_id="b")
    wait = BatchDeliveryWait([batch("07700900100")], deadline, 0.1, sensor.log, expected=1)
    assert wait_in_worker(SmsWorksHook(), wait)["reached"] is True


DOWN = {"operation": "*", "when": "before", "times": 6}
DOWN_TWICE = [DOWN | {"kind": "status", "status": 503}, DOWN | {"kind": "reset"}]


def waits(sandbox, deferrable, **more):
    """One sensor of each kind, none of which has anything to find but after half a second."""
    hook = SmsWorksHook()
    otp = hook.send_otp(to=PHONE, template="{{passcode}}", passcode="4821")["message_id"]
    sandbox.set(credits=0)
    kinds = {
        SmsWorksBatchDeliverySensor: {"batch_id": "b"},
        SmsWorksOtpSensor: {"message_id": otp},
        SmsWorksCreditsSensor: {"at_least": 10},
        SmsWorksInboxSensor: {"from_number": PHONE},
    }
    return {kind.__name__: make(kind, deferrable, **arguments, **more) for kind, arguments in kinds.items()}


@pytest.mark.parametrize("name", ["SmsWorksOtpSensor", "SmsWorksCreditsSensor", "SmsWorksInboxSensor"])
@WAYS
def test_the_wait_goes_on_while_the_gateway_is_down(connected, context, later, deferrable, name):
    sensor = waits(connected, deferrable)[name]
    later(0.3, connected.faults, DOWN_TWICE)
    later(0.6, connected.set, credits=10)
    later(0.6, connected.inbound, PHONE, REPLY_NUMBER, "Yes")

    def verify():
        while True:
            try:
                return SmsWorksHook().verify_otp(passcode="4821")
            except Exception:
                time.sleep(0.1)

    later(0.6, verify)
    assert run(sensor, context)


@pytest.mark.parametrize("name", ["SmsWorksOtpSensor", "SmsWorksCreditsSensor", "SmsWorksInboxSensor"])
@WAYS
def test_it_gives_up_at_its_timeout_or_skips(connected, context, deferrable, name):
    sensor = waits(connected, deferrable, timeout=0.5)[name]
    began = time.monotonic()
    with pytest.raises(AirflowSensorTimeout):
        run(sensor, context)
    assert time.monotonic() - began < 4
    connected.faults([{"operation": "*", "when": "before", "kind": "status", "status": 401, "times": 50}])
    with pytest.raises(AirflowFailException, match="`password`"):
        run(sensor, context)
    sensor.soft_fail = True
    with pytest.raises(AirflowSkipException):
        run(sensor, context)


@pytest.mark.parametrize("name", ["SmsWorksBatchDeliverySensor", "SmsWorksOtpSensor", "SmsWorksInboxSensor"])
def test_a_token_that_is_refused_ends_a_wait_in_the_triggerer(connected, name):
    sensor = waits(connected, True)[name]
    subject = sensor.subject(task_context())
    deadline = (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=9)).isoformat()
    trigger = sensor.trigger({**subject.arguments, "deadline": deadline})
    connected.faults([{"operation": "*", "when": "before", "kind": "status", "status": 401, "times": 50}])
    event = event_of(trigger)
    assert event["outcome"] == "error"
    assert "`password`" in event["error"]
    with pytest.raises(AirflowFailException, match="`password`"):
        sensor.execute_complete(task_context(), event)


@pytest.mark.parametrize(
    ("kind", "argument"),
    [
        (SmsWorksBatchDeliverySensor, "batch_id"),
        (SmsWorksOtpSensor, "message_id"),
        (SmsWorksDeliverySensor, "message_id"),
    ],
)
@WAYS
def test_what_does_not_exist_ends_the_wait_after_the_search_lag(
    connected, connect, context, kind, argument, deferrable
):
    connect(connected.url, search_lag=0.5)
    began = time.monotonic()
    with pytest.raises(AirflowFailException, match="knows nothing by this id"):
        run(make(kind, deferrable, **{argument: "12345"}), context)
    assert 0.5 <= time.monotonic() - began < 5
    with pytest.raises(AirflowSkipException):
        run(make(kind, deferrable, soft_fail=True, **{argument: "12345"}), context)


@pytest.mark.parametrize("reading", pairwise(questions("otp_status", "shapes", "dates", "ids")), ids=str)
@WAYS
def test_a_passcode_is_verified(connected, context, later, reading, deferrable):
    connected.set(**reading)
    message_id = SmsWorksHook().send_otp(to=PHONE, template="{{passcode}}", passcode="4821")["message_id"]
    later(0.4, lambda: SmsWorksHook().verify_otp(passcode="4821"))
    events = []
    result = run(make(SmsWorksOtpSensor, deferrable, message_id=message_id), context, events)
    assert (result["message_id"], result["status"], result["to"]) == (message_id, "VERIFIED", "44********23")
    assert set(result) == {"message_id", "status", "to", "created", "expires", "modified"}
    assert "4821" not in str((result["to"], events and events[0]["status"]))
    assert "passcode" not in str(events)


@WAYS
def test_a_passcode_that_expires_is_not_verified(connected, context, deferrable):
    second = dt.timedelta(seconds=1)
    sent = SmsWorksHook().send_otp(to=PHONE, template="{{passcode}}", passcode="4821", validity=second)
    arguments = {"message_id": sent["message_id"]}
    with pytest.raises(AirflowFailException, match="was not verified: its status is EXPIRED"):
        run(make(SmsWorksOtpSensor, deferrable, **arguments), context)
    with pytest.raises(AirflowSkipException):
        run(make(SmsWorksOtpSensor, deferrable, on_unverified="skip", **arguments), context)
    assert run(make(SmsWorksOtpSensor, deferrable, on_unverified="return", **arguments), context)["status"] == "EXPIRED"


@WAYS
def test_credits(connected, context, later, deferrable):
    connected.set(credits=3)
    later(0.5, connected.set, credits=250)
    assert run(make(SmsWorksCreditsSensor, deferrable, at_least="100"), context) == 250
    with pytest.raises(AirflowSensorTimeout, match="has 250 credits, and 300 were waited for"):
        run(make(SmsWorksCreditsSensor, deferrable, at_least=300, timeout=0.4), context)


INBOX_READINGS = pairwise(
    questions(
        "inbox", "search_lag", "search_page", "search_order", "lists", "ids", "shapes", "dates", "destination_type"
    )
)


@pytest.mark.parametrize(("row", "reading"), enumerate(INBOX_READINGS))
def test_a_text_under_every_reading(connected, context, later, row, reading):
    deferrable = row % 2 == 0
    connected.set(**reading)
    for n in range(5):
        connected.inbound("07700900130", REPLY_NUMBER, f"Somebody else {n}")
    began = dt.datetime.now(dt.UTC)
    later(0.3, connected.inbound, PHONE, REPLY_NUMBER, "no")
    later(0.5, connected.inbound, PHONE, REPLY_NUMBER, "Yes, 07700 900123")
    events = []
    sensor = make(SmsWorksInboxSensor, deferrable, from_number=f"+44 {PHONE[1:]}", keyword="yes", since=began)
    result = run(sensor, context, events)
    assert (result["from"], result["content"]) == ("44********23", "Yes, 07700 900123")
    assert (result["to"], result["keyword"]) == (REPLY_NUMBER, "YES")
    assert dt.datetime.fromisoformat(result["received"]) >= began - dt.timedelta(seconds=2)
    assert set(result) == {"message_id", "from", "to", "content", "keyword", "received"}
    if deferrable:
        assert events == [{"outcome": "final", "message_id": result["message_id"]}]
    assert "POST /messages/inbox" not in connected.requests()


@WAYS
def test_the_oldest_text_and_the_plain_number(connected, context, deferrable):
    # One way finds them at its first look, the other way in the triggerer.
    first = connected.inbound(PHONE, REPLY_NUMBER, "first")
    connected.inbound(PHONE, REPLY_NUMBER, "second")
    result = run(make(SmsWorksInboxSensor, deferrable, pattern="(first|second)", reveal=True), context)
    assert (result["message_id"], result["content"], result["from"]) == (first, "first", f"44{PHONE[1:]}")


def test_a_retry_finds_what_came_during_the_first_try(connected, tmp_path):
    store = FileStore(tmp_path / "state")
    with pytest.raises(AirflowSensorTimeout):
        run(make(SmsWorksInboxSensor, timeout=0.2), task_context(store))
    time.sleep(0.2)
    came = connected.inbound(PHONE, REPLY_NUMBER, "Yes")
    time.sleep(2.5)  # more than clocks may differ
    assert run(make(SmsWorksInboxSensor), task_context(store, try_number=2))["message_id"] == came
    # Another task has no part in that.
    with pytest.raises(AirflowSensorTimeout):
        run(make(SmsWorksInboxSensor, timeout=0.2), task_context(FileStore(tmp_path / "other")))
    # Before Airflow 3.3 a first try begins now, and a retry when the run did.
    with pytest.raises(AirflowSensorTimeout):
        run(make(SmsWorksInboxSensor, timeout=0.2), task_context())
    dag_run = task_context()["dag_run"]
    dag_run.start_date -= dt.timedelta(seconds=20)
    assert run(make(SmsWorksInboxSensor), task_context(try_number=2, dag_run=dag_run))["message_id"] == came


@pytest.mark.parametrize("inbox", ["consuming", "searches_too"])
@WAYS
def test_an_unread_text_is_read_once(connected, context, deferrable, inbox):
    connected.set(inbox=inbox)
    first = connected.inbound(PHONE, REPLY_NUMBER, "first")
    other = connected.inbound("07700900130", REPLY_NUMBER, "from somebody else")
    time.sleep(0.01)
    second = connected.inbound(PHONE, REPLY_NUMBER, "second")
    arguments = {"unread": True, "from_number": PHONE}
    assert run(make(SmsWorksInboxSensor, deferrable, **arguments), context)["message_id"] == first
    if inbox == "consuming":
        left = {text["message_id"] for text in SmsWorksHook().search_messages(status="INCOMING", unread=True)}
        assert other in left
        assert first not in left
        assert second in left
        assert run(make(SmsWorksInboxSensor, deferrable, **arguments), context)["message_id"] == second
    with pytest.raises(AirflowSensorTimeout):
        run(make(SmsWorksInboxSensor, deferrable, timeout=0.3, **arguments), context)


def test_marking_a_text_as_read_leaves_those_of_others(connected, context):
    connected.set(dates="javascript")  # whole seconds: the window that is marked is wide
    other = connected.inbound("07700900130", REPLY_NUMBER, "from somebody else")
    connected.inbound(PHONE, REPLY_NUMBER, "mine")
    run(make(SmsWorksInboxSensor, unread=True, from_number=PHONE), context)
    left = SmsWorksHook().search_messages(status="INCOMING", unread=True)
    assert [text["message_id"] for text in left] == [other]


@pytest.mark.parametrize(
    ("kind", "arguments", "problem"),
    [
        (SmsWorksBatchDeliverySensor, {"batch_id": ""}, "`batch_id` is empty"),
        (SmsWorksBatchDeliverySensor, {"batch_id": None}, "`batch_id` is empty"),
        (SmsWorksBatchDeliverySensor, {"batch_id": []}, "`batch_id` is empty"),
        (SmsWorksBatchDeliverySensor, {"batch_id": ["1", {}]}, "`batch_id` is empty, or not text"),
        (SmsWorksBatchDeliverySensor, {"batch_id": "['1', '2']"}, "`batch_id` is a list that was made text"),
        *(
            (SmsWorksBatchDeliverySensor, {"batch_id": "1", "at_least": value}, "`at_least` must be a number above 0")
            for value in (0, 1.01, -1, 95, True, "0.5", None, float("nan"))
        ),
        *(
            (SmsWorksBatchDeliverySensor, {"batch_id": "1", "expected": value}, "`expected` must be a whole number")
            for value in (0, -1, 1.5, "", "many", True, [])
        ),
        (SmsWorksBatchDeliverySensor, {"batch_id": "1", "on_undelivered": "Fail"}, "`on_undelivered` must be one of"),
        (SmsWorksOtpSensor, {"message_id": ""}, "`message_id` is empty"),
        (SmsWorksOtpSensor, {"message_id": ["1"]}, "`message_id` must be text, not list"),
        (
            SmsWorksOtpSensor,
            {"message_id": "1", "on_unverified": ""},
            "`on_unverified` must be one of fail, skip, return",
        ),
        (SmsWorksDeliverySensor, {"message_id": None}, "`message_id` is empty"),
        # What `{{ none }}` is in a Dag without native objects.
        (SmsWorksDeliverySensor, {"message_id": "None"}, "`message_id` is empty"),
        (SmsWorksOtpSensor, {"message_id": "None"}, "`message_id` is empty"),
        (SmsWorksBatchDeliverySensor, {"batch_id": "None"}, "`batch_id` is empty"),
        *(
            (SmsWorksCreditsSensor, {"at_least": value}, "`at_least` must be a number of credits")
            for value in ("", None, "many", float("nan"), float("inf"), [], True)
        ),
        (SmsWorksInboxSensor, {"pattern": "(yes"}, "`pattern` is no regular expression: missing \\)"),
        (SmsWorksInboxSensor, {"from_number": "Ada"}, "`from_number` holds something other than digits"),
        (SmsWorksInboxSensor, {"from_number": ["07700900123"]}, "`from_number` must be text, not list"),
        (SmsWorksInboxSensor, {"since": dt.datetime(2026, 3, 1)}, "`since` has no time zone"),
        (SmsWorksInboxSensor, {"since": "yesterday"}, "`since` must be a datetime"),
        (SmsWorksInboxSensor, {"keyword": "yes please"}, "`keyword` must be one word"),
        (SmsWorksInboxSensor, {"keyword": 7}, "`keyword` must be text, not int"),
        (SmsWorksInboxSensor, {"unread": "yes"}, "`unread` must be True or False"),
        *(
            (SmsWorksInboxSensor, {name: empty}, f"`{name}` is empty, and would let any text through")
            for name in ("from_number", "to_number", "keyword", "pattern", "since")
            for empty in ("", "  ", "None")
        ),
    ],
)
@WAYS
def test_bad_input_ends_the_task_and_names_the_field(connected, context, kind, arguments, problem, deferrable):
    with pytest.raises(AirflowFailException, match=problem) as caught:
        make(kind, deferrable, **arguments).execute(context)
    assert "900123" not in str(caught.value)


def test_a_template_that_renders_to_nothing_lets_no_text_through(connected, context):
    connected.inbound(PHONE, REPLY_NUMBER, "Yes")
    for template in ("{{ nobody }}", "{{ ''}}"):
        sensor = make(SmsWorksInboxSensor, from_number=template)
        sensor.render_template_fields({"nobody": ""})
        with pytest.raises(AirflowFailException, match="`from_number` is empty"):
            sensor.execute(context)
    sensor = make(SmsWorksInboxSensor, keyword="{{ word }}")
    sensor.keyword = None  # what a native template or an XCom can render to
    with pytest.raises(AirflowFailException, match="`keyword` is empty"):
        sensor.execute(context)


def test_rendered_fields_show_no_number(connected):
    sensor = make(SmsWorksInboxSensor, from_number="{{ phone }}", to_number=REPLY_NUMBER, pattern="{{ phone }}")
    sensor.render_template_fields({"phone": PHONE})
    assert "900123" not in f"{sensor.from_number} {sensor.to_number} {sensor.pattern}"
    assert sensor.given("from_number")["from_number"] == PHONE


@pytest.mark.parametrize("name", ["SmsWorksOtpSensor", "SmsWorksCreditsSensor", "SmsWorksInboxSensor"])
@WAYS
def test_a_poke_interval_of_nothing_does_not_flood_the_gateway(connected, context, deferrable, name):
    sensor = waits(connected, deferrable, timeout=1.0, poke_interval=0 if deferrable else 0.1)[name]
    with pytest.raises(AirflowSensorTimeout):
        run(sensor, context)
    assert sum(connected.requests().values()) <= 16
