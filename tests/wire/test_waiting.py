"""Waiting for the report, in the worker and on an event loop, against every phone of the sandbox."""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
import time

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferred,
    conf,
)

from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.operators.delivery_base import WaitsForDelivery
from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator
from airflow_provider_smsworks.sensors.base import SmsWorksBaseSensor
from airflow_provider_smsworks.sensors.delivery import SmsWorksDeliverySensor
from airflow_provider_smsworks.triggers import base as trigger_module
from airflow_provider_smsworks.triggers.delivery import SmsWorksDeliveryTrigger
from tests.task_context import own_store, task_context
from tests.versions import needs_state_store

HOLD_AS_SHIPPED = trigger_module.HOLD

PHONES = {
    "07700900000": "DELIVERED",
    "07700900001": "UNDELIVERABLE",
    "07700900002": "EXPIRED",
    "07700900003": "REJECTED",
}


@pytest.fixture(autouse=True)
def no_hold(monkeypatch):
    monkeypatch.setattr(trigger_module, "HOLD", 0.0)


@pytest.fixture
def context(tmp_path):
    return task_context(own_store(tmp_path / "state"))


def send(to, **more):
    arguments = {"content": "Hello", "wait_for_delivery": True, "poll_interval": 0.1}
    return SmsWorksSendMessageOperator(task_id="t", to=to, **arguments | more)


def event_of(message_id, seconds=10.0, **more):
    """Run the trigger as the triggerer does: from its serialized form."""
    deadline = (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)).isoformat()
    trigger = SmsWorksDeliveryTrigger(message_id=message_id, deadline=deadline, **{"poll_interval": 0.1} | more)
    path, kwargs = trigger.serialize()
    assert path == "airflow_provider_smsworks.triggers.delivery.SmsWorksDeliveryTrigger"

    async def first():
        return (await anext(SmsWorksDeliveryTrigger(**kwargs).run())).payload

    return asyncio.run(first())


@pytest.mark.parametrize("words", ["spec", "docs"])
@pytest.mark.parametrize(("to", "status"), PHONES.items())
def test_the_report_of_each_phone(connected, context, to, status, words):
    connected.set(status_words=words)
    result = send(to, on_undelivered="return").execute(context)
    expected = "UNDELIVERED" if (status, words) == ("UNDELIVERABLE", "docs") else status
    assert result["status"] == expected
    assert event_of(result["message_id"])["status"] == expected


@needs_state_store
def test_undelivered_fails_or_skips_the_task_and_a_retry_sends_nothing(connected, context):
    operator = send("07700900001")
    for _ in range(2):
        with pytest.raises(AirflowFailException, match="was not delivered"):
            operator.execute(context)
    with pytest.raises(AirflowSkipException):
        send("07700900001", on_undelivered="skip").execute(context)
    assert len(connected.ledger()) == 1


def test_a_report_that_never_comes_ends_the_wait(connected, context):
    operator = send("07700900004", delivery_timeout=dt.timedelta(seconds=0.5))
    with pytest.raises(AirflowSensorTimeout, match="was not reported as delivered in time: its last status is SENT"):
        operator.execute(context)
    event = event_of(connected.ledger()[0]["message_id"], seconds=0.5)
    assert (event["outcome"], event["status"]) == ("timeout", "SENT")


def test_the_wait_is_deferred_with_ids_only(connected, context):
    operator = send("07700900000", deferrable=True, reference="order 7")
    with pytest.raises(TaskDeferred) as deferred:
        operator.execute(context)
    _, kwargs = deferred.value.trigger.serialize()
    assert not deferred.value.kwargs
    assert "900000" not in str(kwargs)
    assert "Hello" not in str(kwargs)
    assert deferred.value.timeout > dt.timedelta(hours=48)
    hours = (dt.datetime.fromisoformat(kwargs["deadline"]) - dt.datetime.now(dt.UTC)).total_seconds() / 3600
    assert 48 < hours < 49
    event = event_of(kwargs["message_id"], result=kwargs["result"])
    assert "900000" not in str(event)
    result = operator.execute_complete(context, event=event)
    assert (result["status"], result["to"], result["reference"]) == ("DELIVERED", "44********00", "order 7")
    assert (result["parts"], result["credits_used"], result["adopted"]) == (1, 1, False)


def test_the_wait_goes_on_while_the_gateway_is_down(connected, context):
    connected.set(delivery_delay=1.0)
    message_id = send("07700900000", wait_for_delivery=False).execute(context)["message_id"]
    down = {"operation": "GET /messages/{messageid}", "when": "before"}
    connected.faults([down | {"kind": "status", "status": 503, "times": 6}, down | {"kind": "reset", "times": 6}])
    assert event_of(message_id)["status"] == "DELIVERED"


def test_a_token_that_is_refused_ends_the_wait(connected, context):
    message_id = send("07700900000", wait_for_delivery=False).execute(context)["message_id"]
    connected.faults([{"operation": "*", "when": "before", "kind": "status", "status": 401}])
    event = event_of(message_id)
    assert event["outcome"] == "error"
    assert "`password`" in event["error"]


def test_a_message_that_does_not_exist_ends_the_wait_after_the_search_lag(connected, connect):
    connect(connected.url, search_lag=0.5)
    began = time.monotonic()
    event = event_of("12345")
    assert event["outcome"] == "error"
    assert 0.5 <= time.monotonic() - began < 5


def sensor(message_id, **more):
    return SmsWorksDeliverySensor(task_id="s", message_id=message_id, **{"poke_interval": 0.1, "timeout": 5} | more)


def test_the_sensor_waits_and_returns_the_report(connected, context):
    message_id = SmsWorksHook().send_message(to="07700900000", content="Hello")["message_id"]
    report = sensor(message_id).execute(context)
    assert (report["message_id"], report["status"], report["failure_reason"]) == (message_id, "DELIVERED", None)


def test_the_sensor_defers_and_goes_on(connected, context):
    connected.set(delivery_delay=0.6)
    message_id = SmsWorksHook().send_message(to="07700900000", content="Hello")["message_id"]
    waiting = sensor(message_id, deferrable=True)
    with pytest.raises(TaskDeferred) as deferred:
        waiting.execute(context)
    assert deferred.value.timeout > dt.timedelta(seconds=5)
    assert waiting.execute_complete(context, event_of(message_id))["status"] == "DELIVERED"


def test_the_sensor_does_not_defer_for_a_report_that_is_there(connected, context):
    message_id = SmsWorksHook().send_message(to="07700900000", content="Hello")["message_id"]
    time.sleep(0.5)
    assert sensor(message_id, deferrable=True).execute(context)["status"] == "DELIVERED"


def test_the_sensor_fails_closed(connected, context):
    message_id = SmsWorksHook().send_message(to="07700900001", content="Hello")["message_id"]
    with pytest.raises(AirflowFailException, match="5001"):
        sensor(message_id).execute(context)
    assert sensor(message_id, on_undelivered="return").execute(context)["status"] == "UNDELIVERABLE"
    with pytest.raises(AirflowFailException, match="knows nothing by this id"):
        sensor("12345").execute(context)


def test_the_sensor_gives_up_at_its_timeout(connected, context):
    message_id = SmsWorksHook().send_message(to="07700900004", content="Hello")["message_id"]
    with pytest.raises(AirflowSensorTimeout):
        sensor(message_id, timeout=0.5).execute(context)
    with pytest.raises(AirflowSkipException):
        sensor(message_id, timeout=0.5, on_undelivered="skip").execute(context)
    assert sensor(message_id, timeout=0.5, on_undelivered="return").execute(context)["status"] == "SENT"
    with pytest.raises(AirflowSkipException):
        sensor(message_id, timeout=0.5, soft_fail=True).execute(context)


@pytest.mark.parametrize("deferrable", [True, False])
def test_the_sensors_soft_fail_holds_at_its_first_look(connected, context, deferrable):
    message_id = SmsWorksHook().send_message(to="07700900001", content="Hello")["message_id"]
    time.sleep(0.5)
    with pytest.raises(AirflowSkipException):
        sensor(message_id, soft_fail=True, deferrable=deferrable).execute(context)


def test_the_sensor_waits_while_the_gateway_is_away(connected, context):
    message_id = SmsWorksHook().send_message(to="07700900000", content="Hello")["message_id"]
    down = {"operation": "GET /messages/{messageid}", "when": "before", "kind": "status", "status": 503, "times": 6}
    connected.faults([down])
    assert sensor(message_id, timeout=20).execute(context)["status"] == "DELIVERED"


def test_the_sensor_gives_a_new_message_time_to_become_visible(connected, context):
    message_id = SmsWorksHook().send_message(to="07700900000", content="Hello")["message_id"]
    not_yet = {"operation": "GET /messages/{messageid}", "when": "before", "kind": "status", "status": 404, "times": 1}
    connected.faults([not_yet])
    assert sensor(message_id).execute(context)["status"] == "DELIVERED"


def test_the_sensor_refuses_an_unknown_choice(connected, context):
    with pytest.raises(AirflowFailException, match="`on_undelivered` must be one of fail, skip, return"):
        sensor("1", on_undelivered="Return").execute(context)


def test_a_poke_interval_of_nothing_does_not_flood_the_gateway(connected, context):
    message_id = SmsWorksHook().send_message(to="07700900004", content="Hello")["message_id"]
    assert event_of(message_id, seconds=1.0, poll_interval=0)["outcome"] == "timeout"
    assert connected.requests()["GET /messages/{messageid}"] <= 12


def test_an_event_is_held_back_until_the_worker_is_surely_gone(connected, context, monkeypatch):
    monkeypatch.setattr(trigger_module, "HOLD", 1.5)
    message_id = SmsWorksHook().send_message(to="07700900000", content="Hello")["message_id"]
    began = time.monotonic()
    assert event_of(message_id)["status"] == "DELIVERED"
    assert time.monotonic() - began >= 1.5


def test_the_hold_is_longer_than_a_worker_lives_on():
    assert HOLD_AS_SHIPPED >= 8


def test_airflow_failing_to_hand_out_the_connection_does_not_end_the_wait(connected, context, monkeypatch):
    message_id = SmsWorksHook().send_message(to="07700900000", content="Hello")["message_id"]
    get, failures = SmsWorksHook.get_async_conn, iter([RuntimeError("the API server is away")])

    async def sometimes(hook):
        for failure in failures:
            raise failure
        return await get(hook)

    monkeypatch.setattr(SmsWorksHook, "get_async_conn", sometimes)
    assert event_of(message_id)["status"] == "DELIVERED"


@pytest.mark.parametrize("kind", [WaitsForDelivery, SmsWorksBaseSensor])
def test_deferrable_defaults_from_the_config(kind):
    default = inspect.signature(kind.__init__).parameters["deferrable"].default
    assert default is conf.getboolean("operators", "default_deferrable")
    assert "smsworks_conn_id" in kind.template_fields
