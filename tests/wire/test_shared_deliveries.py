"""All waits for deliveries on a connection share one poll: few calls, and no wait is lost, wrong or late by that."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import logging
import os
import re
import time
from collections import Counter
from contextlib import asynccontextmanager, suppress

import psutil
import pytest

from airflow_provider_smsworks.deliveries import look as look_module, search as search_module, shared
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.sending.identity import MARK_PAIR, mark_of
from airflow_provider_smsworks.triggers import base as trigger_module
from airflow_provider_smsworks.triggers.delivery import SmsWorksBatchDeliveryTrigger, SmsWorksDeliveryTrigger
from airflow_provider_smsworks.waiting import BatchDeliveryWait
from tests.readings import pairwise, questions
from tests.sandbox_process import running_sandbox

CONN = "smsworks_default"
ARRIVES, NOBODY, SILENT = "447700900000", "447700900001", "447700900004"
READ, SEARCH, BATCH = "GET /messages/{messageid}", "POST /messages", "GET /batch/{batchid}"
OURS = [{"key": MARK_PAIR, "value": mark_of(CONN)}]
NEVER = 3600.0
LOOSE = {"optional_fields": False}
"""Messages do not say which batch they are of: those sent in a batch are as if they were sent one by one."""


@pytest.fixture(autouse=True)
def no_hold(monkeypatch):
    monkeypatch.setattr(trigger_module, "HOLD", 0.0)


@pytest.fixture(autouse=True)
def short_rests(monkeypatch):
    """The sandbox needs no rest after many calls."""
    monkeypatch.setattr(look_module, "_SECONDS_A_PAGE", 0.02)
    monkeypatch.setattr(look_module, "_SECONDS_A_READ", 0.01)


def call(gateway, method, path, body=None):
    answer = gateway.client.request(method, f"/v1{path}", json=body, headers={"Authorization": "new.token"}, timeout=30)
    assert answer.is_success, answer.text
    return answer.json()


def send(gateway, *phones, metadata=None):
    """Send texts at once; returns the ids of the messages, and that of their batch."""
    before = len(gateway.ledger())
    metadata = OURS if metadata is None else metadata
    texts = [{"sender": "Parcels", "destination": to, "content": "Hello", "metadata": metadata} for to in phones]
    batch_id = str(call(gateway, "POST", "/batch/any", texts)["batchid"])
    return [text["message_id"] for text in gateway.ledger()[before:]], batch_id


def deadline(seconds):
    return (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)).isoformat()


def wait_for(message_id, *, seconds=30.0, poll_interval=0.5):
    return SmsWorksDeliveryTrigger(message_id=message_id, deadline=deadline(seconds), poll_interval=poll_interval)


def wait_for_batch(*batch_ids, seconds=30.0, poll_interval=0.5, **more):
    return SmsWorksBatchDeliveryTrigger(
        batch_ids=batch_ids, deadline=deadline(seconds), poll_interval=poll_interval, **more
    )


async def event_of(trigger):
    """Run a trigger as the triggerer does: from its serialized form."""
    _, kwargs = trigger.serialize()
    return (await anext(type(trigger)(**kwargs).run())).payload


async def events_of(triggers):
    return await asyncio.gather(*map(event_of, triggers))


async def until(is_so, seconds=20.0):
    give_up = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < give_up
        await asyncio.sleep(0.02)


def poll():
    return shared.Deliveries.of(CONN)


async def until_all_were_read():
    await until(lambda: poll()._members and all(member.created for member in poll()._members))


def calls(gateway):
    return Counter({name: gateway.requests().get(name, 0) for name in (READ, SEARCH, BATCH)})


@asynccontextmanager
async def longest_stretch():
    """Measure how long the event loop ran without coming back; yields a list with the seconds."""
    longest = [0.0]

    async def tick():
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest[0] = max(longest[0], time.perf_counter() - before - 0.001)

    ticking = asyncio.create_task(tick())
    try:
        yield longest
    finally:
        ticking.cancel()


def test_a_thousand_waits_cost_a_call_an_interval(connected, connect):
    connect(connected.url, timeout=20)
    connected.set(**LOOSE, delivery_delay=NEVER)
    ids, _ = send(connected, *[ARRIVES] * 1000)

    async def main():
        async with longest_stretch() as longest:
            waits = [wait_for(name, poll_interval=1.0, seconds=60) for name in ids]
            running = asyncio.create_task(events_of(waits))
            await until_all_were_read()
            joining = await asyncio.to_thread(calls, connected)
            # Beginning a thousand triggers at once is the test's doing, and a TLS context is made once.
            longest[0] = 0.0
            await asyncio.sleep(3)
            polling = await asyncio.to_thread(calls, connected) - joining
            await asyncio.to_thread(connected.set, delivery_delay=0.0)
            began = time.monotonic()
            events = await running
            return joining, polling, events, time.monotonic() - began, longest[0]

    joining, polling, events, seconds, longest = asyncio.run(main())
    assert [event["message_id"] for event in events] == ids
    assert {event["status"] for event in events} == {"DELIVERED"}
    assert joining.total() <= 3
    assert polling[SEARCH] == polling.total() <= 4
    assert seconds < 4
    # 0.04 s here; a busy machine may stop everybody for longer.
    assert longest < 0.15


READINGS = pairwise(
    questions(
        *("metadata_search", "metadata_echo", "shapes", "optional_fields", "ids", "lists", "dates", "unknown_id"),
        *("destination_type", "status_words", "search_order", "search_page", "search_lag", "new_batch"),
    )
)


@pytest.mark.parametrize("reading", READINGS, ids=str)
def test_each_wait_gets_its_own_report_under_every_reading(connected, reading):
    connected.set(**reading, delivery_delay=0.3)
    phones = {ARRIVES: "DELIVERED", NOBODY: "UNDELIVERABLE", "447700900003": "REJECTED"}
    if reading["status_words"] == "docs":
        phones[NOBODY] = "UNDELIVERED"
    send(connected, *[ARRIVES] * 20, metadata=[])
    ids, batch_id = send(connected, *[to for to in phones for _ in range(5)])
    single = [str(SmsWorksHook().send_message(to=to, content="Hello")["message_id"]) for to in phones]
    waits = [wait_for(name, poll_interval=0.1) for name in [*ids, *single, "12345"]]
    events = asyncio.run(events_of([*waits, wait_for_batch(batch_id, expected=15, poll_interval=0.1)]))
    *reports, unknown, whole = events
    assert [event["status"] for event in reports[:15]] == [word for word in phones.values() for _ in range(5)]
    assert [event["message_id"] for event in reports] == [*ids, *single]
    assert [event["status"] for event in reports[15:]] == list(phones.values())
    assert (unknown["outcome"], unknown["message_id"]) == ("error", "12345")
    assert "knows nothing by this id" in unknown["error"]
    assert (whole["total"], whole["delivered"], whole["failed"]) == (15, 5, 10)


@pytest.mark.parametrize("metadata_search", ["filters", "ignored"])
def test_messages_of_others_do_not_spoil_it(connected, connect, metadata_search):
    connect(connected.url, timeout=20)
    connected.set(**LOOSE, credits=1e6, delivery_delay=NEVER, metadata_search=metadata_search)
    ids = []
    for _ in range(3):
        ids += send(connected, *[ARRIVES] * 12)[0]
        send(connected, *[SILENT] * 1200, metadata=[])

    async def main():
        running = asyncio.create_task(events_of([wait_for(name, poll_interval=1.0) for name in ids]))
        await until_all_were_read()
        joining = await asyncio.to_thread(calls, connected)
        await asyncio.sleep(2)
        polling = await asyncio.to_thread(calls, connected) - joining
        await asyncio.to_thread(connected.set, delivery_delay=0.0)
        return joining, polling, await running

    joining, polling, events = asyncio.run(main())
    assert [(event["message_id"], event["status"]) for event in events] == [(name, "DELIVERED") for name in ids]
    if metadata_search == "filters":
        assert joining.total() <= 3
        assert polling[SEARCH] == polling.total() <= 3
    else:
        # Four pages, or 36 messages one by one: never more than these for a look.
        assert polling.total() <= 3 * (len(ids) + 1)


def test_a_search_that_shows_too_little_for_its_pages_is_given_up(connected, connect, monkeypatch):
    connect(connected.url, timeout=20)
    connected.set(**LOOSE, credits=1e6, delivery_delay=NEVER, metadata_search="ignored")
    ids = []
    for _ in range(3):
        send(connected, *[SILENT] * 1500, metadata=[])
        ids += send(connected, ARRIVES)[0]

    async def main():
        running = asyncio.create_task(events_of([wait_for(name) for name in ids]))
        await until_all_were_read()
        await asyncio.sleep(2)
        made = await asyncio.to_thread(calls, connected)
        await asyncio.to_thread(connected.set, delivery_delay=0.0)
        return made, await running

    made, events = asyncio.run(main())
    assert {event["status"] for event in events} == {"DELIVERED"}
    assert made[SEARCH] <= 3
    assert made[READ] >= 3 * 3


def test_waits_for_messages_of_one_batch_are_answered_by_the_batch(connected):
    connected.set(delivery_delay=NEVER)
    ids, _ = send(connected, *[ARRIVES] * 40, metadata=[])

    async def main():
        running = asyncio.create_task(events_of([wait_for(name) for name in ids]))
        await until_all_were_read()
        joining = await asyncio.to_thread(calls, connected)
        await asyncio.sleep(2)
        polling = await asyncio.to_thread(calls, connected) - joining
        await asyncio.to_thread(connected.set, delivery_delay=0.0)
        return polling, await running

    polling, events = asyncio.run(main())
    assert {event["status"] for event in events} == {"DELIVERED"}
    assert polling[BATCH] == polling.total() <= 5


def test_several_waits_for_one_batch_and_its_messages_ask_once(connected):
    connected.set(delivery_delay=NEVER)
    ids, batch_id = send(connected, *[ARRIVES] * 3)

    async def main():
        waits = [wait_for_batch(batch_id, expected=3, at_least=share / 10) for share in range(1, 11)]
        running = asyncio.create_task(events_of([*waits, wait_for(ids[0]), wait_for(ids[0])]))
        await asyncio.sleep(2.5)
        made = await asyncio.to_thread(calls, connected)
        await asyncio.to_thread(connected.set, delivery_delay=0.0)
        return made, await running

    made, events = asyncio.run(main())
    assert [event["outcome"] for event in events] == ["final"] * 12
    assert made[BATCH] <= 6
    assert made[READ] + made[SEARCH] <= 6


@pytest.mark.parametrize("new_batch", ["shown", "empty", "not_found"])
@pytest.mark.parametrize("expected", [30, None])
def test_a_batch_that_is_visible_late(connected, connect, new_batch, expected):
    connected.set(new_batch=new_batch, search_lag=1.0, delivery_delay=1.5)
    connect(connected.url, search_lag=2)
    batches = [send(connected, *[ARRIVES] * 29, NOBODY)[1] for _ in range(3)]
    waits = [wait_for_batch(batch_id, expected=expected) for batch_id in batches]
    events = asyncio.run(events_of([*waits, wait_for_batch(*batches, expected=90), wait_for_batch("b", "c")]))
    # Nobody says how many there are, and it shows nothing: that is no batch, as far as anybody knows.
    early = expected is None and new_batch != "shown"
    assert [event["outcome"] for event in events[3:]] == ["final", "error"]
    assert (events[3]["total"], events[3]["delivered"], events[3]["failed"]) == (90, 87, 3)
    for event in events[:3]:
        assert event["outcome"] == "final" or early
        assert (event["total"], event["delivered"], event["failed"]) == (30, 29, 1)


def test_a_message_that_is_deleted_ends_its_wait_and_no_other(connected):
    connected.set(**LOOSE, delivery_delay=NEVER)
    ids, _ = send(connected, *[ARRIVES] * 20)

    async def main():
        running = [asyncio.create_task(event_of(wait_for(name))) for name in ids]
        await until_all_were_read()
        await asyncio.to_thread(call, connected, "DELETE", f"/messages/{ids[7]}")
        gone = await running[7]
        assert not any(wait.done() for wait in running[8:])
        await asyncio.to_thread(connected.set, delivery_delay=0.0)
        del running[7]
        return gone, await asyncio.gather(*running)

    gone, events = asyncio.run(main())
    assert (gone["outcome"], gone["status"]) == ("error", "SENT")
    assert {event["status"] for event in events} == {"DELIVERED"}


def test_the_gateway_goes_away_and_comes_back(connect, tmp_path, capsys):
    with running_sandbox("--db", str(tmp_path / "sandbox.db")) as gateway:
        connect(gateway.url)
        gateway.set(**LOOSE, delivery_delay=NEVER)
        ids, batch_id = send(gateway, *[ARRIVES] * 30)

        async def main():
            waits = [wait_for_batch(batch_id, expected=30), *(wait_for(name, poll_interval=0.2) for name in ids)]
            running = asyncio.create_task(events_of(waits))
            await until(lambda: len(poll()._members) == 31 and any(member.created for member in poll()._members))
            gateway.kill()
            await until(lambda: poll()._failures >= 2)
            gateway.restart()
            gateway.set(delivery_delay=0.0)
            return await running

        whole, *events = asyncio.run(main())
    assert {event["status"] for event in events} == {"DELIVERED"}
    assert whole["delivered"] == 30
    printed = capsys.readouterr().out
    for name in (batch_id, *ids):
        assert len(re.findall(f"{name} cannot be read now", printed)) == 1, "once, and not at every look"


def test_a_gateway_that_asks_for_patience_gets_it(connected):
    connected.set(delivery_delay=NEVER)
    ids, _ = send(connected, ARRIVES)
    patience = {"when": "before", "kind": "status", "status": 429, "headers": {"Retry-After": "61"}, "times": 99}

    async def main():
        running = asyncio.create_task(event_of(wait_for(*ids, seconds=2)))
        await until_all_were_read()
        await asyncio.to_thread(connected.faults, [{"operation": "*"} | patience])
        await until(lambda: poll()._failures)
        before = await asyncio.to_thread(calls, connected)
        event = await running
        return event, await asyncio.to_thread(calls, connected) - before

    shared_last_look, shared._LAST_LOOK = shared._LAST_LOOK, 1.0
    try:
        event, made = asyncio.run(main())
    finally:
        shared._LAST_LOOK = shared_last_look
    assert (event["outcome"], event["status"]) == ("timeout", "SENT")
    assert not made


@pytest.mark.parametrize("is_known", [True, False], ids=["new token", "no token"])
def test_a_token_that_is_refused(connect, tmp_path, is_known):
    database = ("--db", str(tmp_path / "sandbox.db"))
    with running_sandbox(*database) as gateway:
        connect(gateway.url, password="old.token")
        gateway.set(**LOOSE, delivery_delay=NEVER)
        ids, batch_id = send(gateway, *[ARRIVES] * 20)

        async def main():
            waits = [wait_for_batch(batch_id, expected=20), *(wait_for(name) for name in ids)]
            running = asyncio.create_task(events_of(waits))
            await until(lambda: len(poll()._members) == 21)
            await until_all_but_batches_were_read()
            gateway._args = (*database, "--token", "new.token")
            gateway.restart()
            if is_known:
                connect(gateway.url, password="new.token")
                gateway.set(delivery_delay=0.0)
            before = calls(gateway)
            return await running, calls(gateway) - before

        async def until_all_but_batches_were_read():
            await until(lambda: all(member.created or member.message_id is None for member in poll()._members))

        events, made = asyncio.run(main())
    if is_known:
        assert [event["outcome"] for event in events] == ["final"] * 21
    else:
        assert [event["outcome"] for event in events] == ["error"] * 21
        assert all("`password`" in event["error"] for event in events)
        assert made.total() <= 20, "a call for each of ten thousand waits would lock an account"


def test_one_read_that_stalls_holds_up_nobody_else(connected, connect):
    connect(connected.url, timeout=2)
    ids = [send(connected, ARRIVES, metadata=[])[0][0] for _ in range(2)]
    stall = {"operation": READ, "when": "before", "kind": "stall", "delay": 60, "times": 1}
    connected.faults([stall])

    async def main():
        first = asyncio.create_task(event_of(wait_for(ids[0])))
        await until(lambda: not connected.faults_left())
        began = time.monotonic()
        # Who joins during a look that stalls is served after it.
        others = await events_of([wait_for(ids[1], seconds=20), wait_for(ids[1], seconds=0.5)])
        return [await first, *others], time.monotonic() - began

    events, seconds = asyncio.run(main())
    assert [event["status"] for event in events[:2]] == ["DELIVERED"] * 2
    assert seconds < 12


def test_searches_that_fail_are_done_without(connected):
    connected.set(**LOOSE)
    connected.faults([{"operation": SEARCH, "when": "before", "kind": "status", "status": 500, "times": 1000}])
    ids, _ = send(connected, *[ARRIVES] * 12, NOBODY)
    events = asyncio.run(events_of([wait_for(name) for name in ids]))
    assert [event["status"] for event in events] == [*["DELIVERED"] * 12, "UNDELIVERABLE"]


def test_what_cannot_be_searched_for_is_read_in_turns(connected, monkeypatch):
    """More waits than a look may read one by one: each has its turn, and its last one before its end."""
    monkeypatch.setattr(look_module, "_MOST_READS", 10)
    connected.set(**LOOSE, delivery_delay=NEVER)
    connected.faults([{"operation": SEARCH, "when": "before", "kind": "status", "status": 400, "times": 1000}])
    ids, _ = send(connected, *[ARRIVES] * 60, metadata=[])
    asked_for = {}

    async def main():
        running = asyncio.create_task(events_of([wait_for(name, seconds=6) for name in ids]))
        await until_all_were_read()
        asked_for["joining"] = await asyncio.to_thread(calls, connected)
        await asyncio.to_thread(connected.set, delivery_delay=0.0)
        return await running

    assert {event["status"] for event in asyncio.run(main())} == {"DELIVERED"}
    assert asked_for["joining"][READ] < 200


def test_an_old_message_is_found_and_rarely_asked_for(connected, connect):
    connect(connected.url, timeout=20)
    connected.set(**LOOSE, delivery_delay=NEVER, clock_skew=-50 * 3600.0)
    old, _ = send(connected, *[ARRIVES] * 50)
    connected.set(clock_skew=0.0)
    new, _ = send(connected, *[ARRIVES] * 3)

    async def main():
        running = asyncio.create_task(events_of([wait_for(name) for name in [*old, *new]]))
        await until_all_were_read()
        joining = await asyncio.to_thread(calls, connected)
        ages = {round(member.due - time.monotonic(), -1) for member in poll()._members if member.message_id in old}
        await asyncio.sleep(2)
        polling = await asyncio.to_thread(calls, connected) - joining
        for member in poll()._members:
            member.due = 0.0
        await asyncio.to_thread(connected.set, delivery_delay=0.0)
        return joining, ages, polling, await running

    joining, ages, polling, events = asyncio.run(main())
    assert {event["status"] for event in events} == {"DELIVERED"}
    # Some looks for what may be new, and each step back.
    assert joining.total() <= 20
    # They would be 60 s away, and the waits end in 30.
    assert ages == {30.0}
    assert polling.total() <= 6


def test_a_deadline_is_kept_and_each_message_is_read_once_more_before_it(connected):
    connected.set(**LOOSE)
    ids, _ = send(connected, *[SILENT] * 10)

    async def main():
        began = time.monotonic()
        events = await events_of([wait_for(name, seconds=1.2, poll_interval=30) for name in ids])
        return events, time.monotonic() - began

    events, seconds = asyncio.run(main())
    assert {(event["outcome"], event["status"]) for event in events} == {("timeout", "SENT")}
    assert 1.2 <= seconds < 3
    assert calls(connected)[READ] >= 10


def test_a_deadline_is_kept_while_the_gateway_stalls(connected, monkeypatch):
    monkeypatch.setattr(shared, "_LAST_LOOK", 0.5)
    connected.faults([{"operation": "*", "when": "before", "kind": "stall", "delay": 5, "times": 100}])

    async def main():
        began = time.monotonic()
        events = await events_of([wait_for("12345", seconds=1), wait_for_batch("b", seconds=1.5)])
        return events, time.monotonic() - began

    events, seconds = asyncio.run(main())
    assert [event["outcome"] for event in events] == ["timeout"] * 2
    assert seconds < 3


def test_a_poll_that_somebody_ends_goes_on(connected):
    connected.set(delivery_delay=NEVER)
    ids, _ = send(connected, ARRIVES, ARRIVES)

    async def main():
        running = asyncio.create_task(events_of([wait_for(name) for name in ids]))
        await until_all_were_read()
        before = poll()._task
        before.cancel()
        await until(lambda: poll()._task is not before)
        await asyncio.to_thread(connected.set, delivery_delay=0.0)
        return await running

    assert {event["status"] for event in asyncio.run(main())} == {"DELIVERED"}


def test_a_fault_of_our_own_ends_no_wait(connected, monkeypatch):
    ids, _ = send(connected, ARRIVES, ARRIVES)
    right, wrong = look_module.Look.look, iter([RuntimeError, KeyError])

    async def sometimes(look, due):
        for error in wrong:
            raise error
        await right(look, due)

    monkeypatch.setattr(look_module.Look, "look", sometimes)
    events = asyncio.run(events_of([wait_for(name, poll_interval=0.1) for name in ids]))
    assert {event["status"] for event in events} == {"DELIVERED"}


def test_with_the_last_one_the_poll_ends_and_nothing_is_left(connected):
    connected.set(delivery_delay=NEVER)
    ids, batch_id = send(connected, *[ARRIVES] * 10)
    port = int(connected.url.rsplit(":", 1)[1])

    def connections():
        all_of_them = psutil.Process(os.getpid()).net_connections("tcp")
        return {each.laddr.port for each in all_of_them if each.raddr and each.raddr.port == port}

    async def main():
        before = connections()
        waits = [wait_for_batch(batch_id), *(wait_for(name) for name in ids)]
        running = [asyncio.create_task(event_of(wait)) for wait in waits]
        await until(lambda: len(poll()._members) == 11)
        await asyncio.sleep(1)
        during = connections() - before
        for wait in running:
            wait.cancel()
        for wait in running:
            with suppress(asyncio.CancelledError):
                await wait
        await asyncio.sleep(0.2)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        made = calls(connected)
        await asyncio.sleep(1.5)
        return (
            during,
            left,
            shared._polls.get(asyncio.get_running_loop()),
            connections() - before,
            calls(connected) - made,
        )

    during, tasks, polls, after, made = asyncio.run(main())
    assert during
    assert (tasks, polls, after, made) == (set(), {}, set(), Counter())


def test_what_a_wait_logs_is_in_the_log_of_its_task(connected, caplog):
    """Airflow tells by the context to whom a line belongs."""
    whose = contextvars.ContextVar("whose")
    caplog.set_level(logging.INFO)
    caplog.handler.addFilter(lambda record: setattr(record, "whose", whose.get(None)) or True)
    batches = [send(connected, ARRIVES)[1] for _ in range(2)]

    async def one(batch_id):
        whose.set(batch_id)
        end = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=9)
        return await poll().wait(BatchDeliveryWait([batch_id], end, 0.2, logging.getLogger(__name__)))

    async def main():
        return await asyncio.gather(*map(one, batches))

    asyncio.run(main())
    lines = [(record.whose, record.getMessage()) for record in caplog.records if "delivered" in record.getMessage()]
    assert {name for name, _ in lines} == set(batches)
    assert all(f"batch {name}:" in line for name, line in lines)


def test_the_ladder_reaches_as_far_back_as_networks_try():
    assert search_module.LADDER[-1] >= 48 * 3600 + 15 * 60
