"""The inbox trigger where a task of one's own defers with it, and on an Airflow without a store for watchers."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from airflow_provider_smsworks.triggers.inbox import SmsWorksInboxTrigger
from tests.versions import AIRFLOW_V_3_3_PLUS

PHONE, OWN = "07700900412", "447860012345"


async def first_event(trigger, then):
    running = trigger.run()
    telling = asyncio.ensure_future(anext(running))
    # Until it has looked.
    await asyncio.sleep(1)
    said = then()
    try:
        return (await asyncio.wait_for(telling, 10)).payload, said
    finally:
        await running.aclose()


def test_a_task_that_defers_with_it_is_resumed_by_what_comes_from_then_on(connected, sandbox):
    sandbox.inbound(PHONE, OWN, "Old")
    asyncio.run(asyncio.sleep(2.1))  # more than clocks may differ by
    trigger = SmsWorksInboxTrigger(poll_interval=0.2)
    if not AIRFLOW_V_3_3_PLUS:
        trigger.task_instance = SimpleNamespace()  # by which such a triggerer tells it from a watcher
    event, new = asyncio.run(first_event(trigger, lambda: sandbox.inbound(PHONE, OWN, "New")))
    assert event["message_id"] == new
    assert (event["from"], event["to"]) == ("44********12", "44********45")


def test_a_watcher_without_a_store_tells_what_came_in_the_last_hour(connected, sandbox):
    old = sandbox.inbound(PHONE, OWN, "Old")
    asyncio.run(asyncio.sleep(2.1))
    trigger = SmsWorksInboxTrigger(poll_interval=0.2)
    # Airflow before 3.3 gives triggers no such thing.
    vars(trigger).pop("asset_state_store", None)
    event, _ = asyncio.run(first_event(trigger, lambda: None))
    assert event["message_id"] == old
