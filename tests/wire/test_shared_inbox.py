"""A thousand waits for texts, and many watchers, share one poll of the inbox: nobody misses anything by that."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import psutil
import pytest

from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.inbox import shared
from airflow_provider_smsworks.subjects.arrived import fingerprint
from airflow_provider_smsworks.triggers import base as trigger_module
from airflow_provider_smsworks.triggers.inbox import SmsWorksInboxTrigger
from airflow_provider_smsworks.triggers.inbox_wait import SmsWorksInboxWaitTrigger
from tests.sandbox_process import running_sandbox

OWN = "447860012345"
PHONE = "07700900123"
OTHER = "07700900124"
SEARCH = "POST /messages"
REFUSED = [{"operation": SEARCH, "when": "before", "kind": "status", "status": 401, "times": 1000}]


@pytest.fixture(autouse=True)
def no_hold(monkeypatch):
    monkeypatch.setattr(trigger_module, "HOLD", 0.0)


def utc(seconds=0.0):
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)


def wait_for(from_number=None, *, since=None, seconds=20.0, poll_interval=0.5, **more):
    """Return a wait, as a triggerer gets it."""
    sender = from_number and fingerprint(SmsWorksHook().settings, from_number)
    trigger = SmsWorksInboxWaitTrigger(
        since=(since or utc()).isoformat(),
        sender=sender,
        deadline=utc(seconds).isoformat(),
        poll_interval=poll_interval,
        **more,
    )
    _, arguments = trigger.serialize()
    return SmsWorksInboxWaitTrigger(**arguments)


async def event_of(trigger):
    return (await anext(trigger.run())).payload


async def events_of(triggers):
    """Run waits to their ends, and return their events in the same order."""
    return await asyncio.gather(*map(event_of, triggers))


async def ids_of(triggers):
    return [event.get("message_id") for event in await events_of(triggers)]


@asynccontextmanager
async def watching(**filters):
    """Let a watcher tell texts for as long as the block runs; yields the list of their ids."""
    told = []

    async def watch():
        async for event in SmsWorksInboxTrigger(poll_interval=0.5, **filters).run():
            told.append(event.payload["message_id"])

    task = asyncio.create_task(watch())
    try:
        yield told
    finally:
        assert not task.done(), task.exception()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def all_of(contexts):
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(context) for context in contexts]


async def until(is_so, seconds=28.0):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def until_all_began(count):
    """Wait until so many waits and watchers share the poll, and it has looked for all of them."""
    inbox = shared.Inbox.of("smsworks_default")
    await until(lambda: len(inbox._members) == count and inbox._floor is not None)


def text_of(number, words):
    return {"from": f"07700900{number:03}", "to": OWN, "content": words}


def test_a_thousand_waits_and_twenty_watchers_cost_one_poll(connected):
    async def main():
        began = utc()
        before = connected.inbound_many([text_of(n, f"first {n}") for n in range(400)])
        connected.inbound_many([text_of(n, f"second {n}") for n in range(400)])
        waits = [wait_for(f"07700900{n:03}", since=began, pattern=rf"\b{n}$", seconds=60) for n in range(1000)]
        async with all_of(watching(pattern=rf"^later {n}$") for n in range(400, 420)) as told:
            running = asyncio.create_task(ids_of(waits))
            # A watcher is a member twice: for the rounds, and for what it tells.
            await until_all_began(600 + 2 * 20)
            calls, start = connected.requests()[SEARCH], time.monotonic()
            await asyncio.sleep(3)
            polled = connected.requests()[SEARCH] - calls
            looks = (time.monotonic() - start) / 0.5
            connected.inbound_many([text_of(n, "something else") for n in range(400, 1000)])
            after = connected.inbound_many([text_of(n, f"later {n}") for n in range(400, 1000)])
            # The right words from somebody else.
            connected.inbound_many([text_of(n, f"{n + 1}") for n in range(999)])
            found = await running
            await until(lambda: all(told))
        return before, after, found, told, polled, looks

    before, after, found, told, polled, looks = asyncio.run(main())
    assert found == before + after
    assert [ids[0] for ids in told] == after[:20]
    # A look is two calls if it finds anything: the second sees that there is no more.
    assert 2 <= polled <= 2 * (looks + 1)


def test_each_wait_has_its_own_beginning_and_the_oldest_text_since_then(connected):
    ids = {}
    for minutes in (50, 30, 10, 0):
        connected.set(clock_skew=-60.0 * minutes)
        ids[minutes] = connected.inbound(PHONE, OWN, f"{minutes} minutes ago")
    began = {minutes: utc(-60 * minutes) for minutes in (51, 31, 11, 1)}

    async def main():
        # The latest first: each of the others needs more than is known by then. This one keeps the poll alive.
        none = asyncio.create_task(event_of(wait_for(PHONE, since=utc(5), seconds=4)))
        running = []
        for minutes in (1, 11, 31, 51):
            running.append(asyncio.create_task(event_of(wait_for(PHONE, since=began[minutes]))))
            await asyncio.sleep(0.7)
        return [event["message_id"] for event in await asyncio.gather(*running)], (await none)["outcome"]

    assert asyncio.run(main()) == ([ids[0], ids[10], ids[30], ids[50]], "timeout")


@pytest.mark.parametrize(("long_every", "outcome"), [(1.0, "final"), (1e6, "timeout")], ids=["found", "control"])
def test_a_text_that_is_shown_late_is_found_by_the_long_look(connected, monkeypatch, long_every, outcome):
    monkeypatch.setattr(shared, "_SHORT", dt.timedelta(seconds=0.5))
    monkeypatch.setattr(shared, "_LONG_EVERY", long_every)

    async def main():
        async with watching(keyword="late") as told:
            running = asyncio.create_task(event_of(wait_for(PHONE, keyword="late", seconds=8)))
            await until_all_began(3)
            late = connected.inbound(PHONE, OWN, "late", hidden=4)
            await asyncio.sleep(2)
            # So the short looks begin after the text that is not there yet.
            connected.inbound(OTHER, OWN, "in between")
            event = await running
            return late, event, told

    late, event, told = asyncio.run(main())
    assert event["outcome"] == outcome
    assert (event["message_id"], told) == ((late, [late]) if outcome == "final" else (None, []))


def test_a_refused_token_ends_the_waits_and_not_the_watchers(connected):
    async def main():
        async with watching(keyword="yes") as told:
            running = asyncio.create_task(events_of([wait_for(PHONE), wait_for(OTHER), wait_for(pattern="x")]))
            await until_all_began(5)
            connected.faults(REFUSED)
            events = await running
            connected.faults([])
            came = connected.inbound(PHONE, OWN, "yes")
            await until(lambda: told)
            return events, came, told

    events, came, told = asyncio.run(main())
    assert [event["outcome"] for event in events] == ["error"] * 3
    assert all("`password`" in event["error"] for event in events)
    assert told == [came]


def test_an_error_of_before_is_not_told_to_a_wait_that_begins_later(connected):
    """Somebody mends the account, and clears the task: the watchers may not have looked again yet."""

    came = connected.inbound(PHONE, OWN, "yes")

    async def main():
        inbox = shared.Inbox.of("smsworks_default")
        async with watching(keyword="no"):
            await until(lambda: inbox.texts)
            connected.faults(REFUSED)
            await until(lambda: inbox.error)
            connected.faults([])
            return await event_of(wait_for(PHONE, since=utc(-60)))

    assert asyncio.run(main()) == {"outcome": "final", "message_id": came}


def test_the_gateway_goes_away_and_comes_back(connect):
    with running_sandbox() as gateway:
        connect(gateway.url)

        async def main():
            async with watching(keyword="yes") as told:
                running = asyncio.create_task(ids_of([wait_for(PHONE), wait_for(OTHER, keyword="yes")]))
                await until_all_began(4)
                gateway.kill()
                await until(lambda: shared.Inbox.of("smsworks_default").error)
                gateway.restart()
                came = gateway.inbound_many([{"from": phone, "to": OWN, "content": "yes"} for phone in (PHONE, OTHER)])
                found = await running
                await until(lambda: len(told) == 2)
                return came, found, told

        came, found, told = asyncio.run(main())
    assert found == came
    assert told == came


@pytest.mark.parametrize("is_refused", [False, True], ids=["both tokens work", "the old one is refused"])
def test_a_new_token_reaches_all_who_wait(connect, is_refused):
    with running_sandbox() as gateway:
        connect(gateway.url, password="old.token")

        async def main():
            async with watching(from_number=OTHER) as told:
                old = asyncio.create_task(ids_of([wait_for(PHONE), wait_for(keyword="yes")]))
                await until_all_began(4)
                connect(gateway.url, password="new.token")
                if is_refused:
                    gateway._args = ("--token", "new.token")
                    gateway.restart()
                # Nobody tells the poll: it looks on with the old token.
                await asyncio.sleep(1.5)
                new = asyncio.create_task(ids_of([wait_for(OTHER), wait_for(keyword="yes")]))
                await until_all_began(6)
                first = gateway.inbound(PHONE, OWN, "yes")
                second = gateway.inbound(OTHER, OWN, "hello")
                found = await old, await new
                await until(lambda: told)
                return first, second, found, told

        first, second, found, told = asyncio.run(main())
    assert found == ([first, first], [second, first])
    assert told == [second]


def test_a_wait_whose_token_nobody_knows_any_more_says_so(connected, connect):
    wait = wait_for(PHONE)
    connect(connected.url, password="new.token")
    event = asyncio.run(event_of(wait))
    assert event["outcome"] == "error"
    assert "has changed" in event["error"]


def test_who_waits_for_unread_texts_has_a_poll_of_its_own(connected):
    connected.set(inbox="searches_too")  # whatever a search shows counts as read
    read = connected.inbound(PHONE, OWN, "read")
    SmsWorksHook().search_messages(status="INCOMING")
    began = utc(-60)

    async def main():
        all_texts = await event_of(wait_for(PHONE, since=began))
        unread = asyncio.create_task(event_of(wait_for(PHONE, since=began, unread=True)))
        await until(lambda: shared.Inbox.of("smsworks_default", unread=True)._floor is not None)
        connected.set(inbox="keeping")
        new = connected.inbound(PHONE, OWN, "new")
        async with watching():
            return all_texts["message_id"], (await unread)["message_id"], new

    all_texts, unread, new = asyncio.run(main())
    assert (all_texts, unread) == (read, new)


def test_with_the_last_one_the_poll_ends_and_nothing_is_left(connected):
    port = int(connected.url.rsplit(":", 1)[1])

    def connections():
        all_of_them = psutil.Process(os.getpid()).net_connections("tcp")
        return {each.laddr.port for each in all_of_them if each.raddr and each.raddr.port == port}

    async def main():
        connected.requests()
        before = connections()
        async with watching(keyword="yes"):
            ended = await events_of([wait_for(PHONE, seconds=1), wait_for(OTHER, seconds=1)])
            cancelled = asyncio.create_task(event_of(wait_for(PHONE)))
            await until_all_began(3)
            during = connections() - before
            cancelled.cancel()
            with suppress(asyncio.CancelledError):
                await cancelled
        await asyncio.sleep(0.2)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        left = shared._inboxes.get(asyncio.get_running_loop())
        after = connections() - before
        calls = connected.requests()[SEARCH]
        await asyncio.sleep(1.5)
        return ended, during, tasks, left, after, connected.requests()[SEARCH] - calls

    ended, during, tasks, left, after, calls = asyncio.run(main())
    assert [event["outcome"] for event in ended] == ["timeout"] * 2
    assert during
    assert (tasks, left, after, calls) == (set(), {}, set(), 0)


def test_a_deadline_is_kept_while_the_gateway_stalls(connected):
    connected.faults([{"operation": "*", "when": "before", "kind": "stall", "delay": 5, "times": 100}])

    async def main():
        began = time.monotonic()
        events = await events_of([wait_for(PHONE, seconds=1), wait_for(OTHER, seconds=1.5)])
        return events, time.monotonic() - began

    events, waited = asyncio.run(main())
    assert [event["outcome"] for event in events] == ["timeout"] * 2
    assert waited < 2.2


def test_a_deadline_is_kept_by_who_begins_while_a_look_stalls(connected, connect):
    connect(connected.url, timeout=8)

    async def main():
        async with watching():
            await until_all_began(2)
            connected.faults([{"operation": SEARCH, "when": "before", "kind": "stall", "delay": 6, "times": 1}])
            await until(lambda: not connected.faults_left())
            began = time.monotonic()
            event = await event_of(wait_for(PHONE, seconds=1))
            return event, time.monotonic() - began

    event, waited = asyncio.run(main())
    assert event["outcome"] == "timeout"
    assert waited < 2


def test_texts_that_nobody_wants_are_not_kept(connected, connect):
    # A busy machine may take its time for so many; each failure would make the pause longer.
    connect(connected.url, timeout=20)
    connected.set(clock_skew=-45 * 60.0)
    connected.inbound_many([text_of(n, "old") for n in range(800)])
    connected.set(clock_skew=0.0)

    async def main():
        inbox = shared.Inbox.of("smsworks_default")
        new = asyncio.create_task(event_of(wait_for(PHONE, seconds=60)))
        await until_all_began(1)
        kept = [len(inbox.texts)]
        old = asyncio.create_task(event_of(wait_for(PHONE, since=utc(-3600), keyword="nothing", seconds=60)))
        await until(lambda: inbox.reaches(utc(-3600)))
        kept.append(len(inbox.texts))
        old.cancel()
        await until(lambda: len(inbox.texts) != 800)
        kept.append(len(inbox.texts))
        came = connected.inbound(PHONE, OWN, "new")
        return kept, came, (await new)["message_id"]

    kept, came, found = asyncio.run(main())
    assert kept == [0, 800, 0]
    assert found == came


def test_a_wait_of_days_keeps_the_texts_of_an_hour(connected, connect):
    connect(connected.url, timeout=20)
    connected.set(clock_skew=-2 * 3600.0)
    connected.inbound_many([text_of(n, "old") for n in range(500)])
    connected.set(clock_skew=0.0)

    async def main():
        inbox = shared.Inbox.of("smsworks_default")
        running = asyncio.create_task(event_of(wait_for(since=utc(-48 * 3600), keyword="yes", seconds=60)))
        await until(lambda: len(inbox.texts) == 500)
        connected.inbound(PHONE, OWN, "no")
        await until(lambda: len(inbox.texts) == 1)
        came = connected.inbound(PHONE, OWN, "yes")
        return came, (await running)["message_id"]

    came, found = asyncio.run(main())
    assert found == came
