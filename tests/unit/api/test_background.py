"""The thread behind the sync client: interruptions, forks, the end of a process, and clients that nobody closes."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

import airflow_provider_smsworks
from airflow_provider_smsworks.api import background
from airflow_provider_smsworks.api.client import SmsWorksClient
from airflow_provider_smsworks.api.errors import SmsWorksUnavailableError
from airflow_provider_smsworks.api.operations import GET_CREDITS
from tests.unit.api.gateway import answer

RICH = answer(200, {"credits": 12.5})
KEPT = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"credits": 12}'


class TaskTimeout(Exception):
    """What a signal handler raises."""


@pytest.fixture
def alarm():
    """Raise an error in the main thread after some seconds, as Airflow does at the time limit of a task."""

    def ring(*_):
        raise TaskTimeout

    before = signal.signal(signal.SIGALRM, ring)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def hang_up(gateway):
    """Wait until the client hangs up, and say so."""
    gone = threading.Event()

    def reply(connection):
        connection.settimeout(5)
        if connection.recv(1) == b"":
            gone.set()

    gateway.answers(reply)
    return gone


async def value(what):
    return what


async def fail(error):
    raise error


def test_results_and_errors_come_back():
    assert background.run(value, 12) == 12
    with pytest.raises(LookupError, match="mine"):
        background.run(fail, LookupError("mine"))


def test_work_that_wants_the_process_to_end_tells_its_caller_and_others_go_on():
    for _ in range(2):
        with pytest.raises(SystemExit):
            background.run(fail, SystemExit(3))
    assert background.run(value, 12) == 12


def test_all_share_one_thread_which_does_not_keep_a_process_alive():
    async def here():
        return threading.current_thread()

    thread = background.run(here)
    assert thread.daemon
    assert background.run(here) is thread
    assert thread is not threading.main_thread()


def test_waiting_for_itself_is_an_error_and_not_for_ever():
    async def nested():
        background.run(value, 1)

    with pytest.raises(RuntimeError, match="cannot wait for it"):
        background.run(nested)


def test_the_time_limit_of_a_task_goes_through_and_ends_the_call(gateway, settings, alarm):
    gone = hang_up(gateway)
    with SmsWorksClient(replace(settings, timeout=30)) as client:
        alarm(0.2)
        began = time.monotonic()
        with pytest.raises(TaskTimeout):
            client.call(GET_CREDITS.prepare(settings))
        assert time.monotonic() - began < 2
        assert gone.wait(2)
        gateway.answers(RICH)
        assert client.call(GET_CREDITS.prepare(settings)) == 12.5


def test_a_call_blocks_on_an_event_loop_too(gateway, settings):
    gateway.answers(RICH)

    async def main():
        with SmsWorksClient(settings) as client:
            return client.call(GET_CREDITS.prepare(settings))

    assert asyncio.run(main()) == 12.5


def test_a_client_that_nobody_closed_hangs_up_when_it_is_forgotten(gateway, settings):
    gone = threading.Event()

    def reply(connection):
        connection.sendall(KEPT)
        connection.settimeout(5)
        if connection.recv(1) == b"":
            gone.set()

    gateway.answers(reply)
    client = SmsWorksClient(settings)
    assert client.call(GET_CREDITS.prepare(settings)) == 12
    assert not gone.wait(0.1)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        del client
        gc.collect()
        assert gone.wait(2)
    assert [str(warning.message) for warning in warned if "transport" in str(warning.message)] == []


def test_a_resolver_that_hangs_is_given_up(settings, waits, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: release.wait(10) and [])
    settings = replace(settings, base_url="http://gateway.invalid/v1", timeout=0.2)
    began = time.monotonic()
    with (
        SmsWorksClient(settings) as client,
        pytest.raises(SmsWorksUnavailableError, match="cannot be reached") as caught,
    ):
        client.call(GET_CREDITS.prepare(settings))
    assert time.monotonic() - began < 3
    assert caught.value.nothing_sent is True
    release.set()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_connections_of_its_own(gateway, settings):
    connections = []

    def reply(connection):
        connections.append(connection)
        connection.sendall(KEPT)
        while gateway.read(connection):
            connection.sendall(KEPT)

    gateway.answers(reply)
    client = SmsWorksClient(settings)
    call = GET_CREDITS.prepare(settings)
    assert client.call(call) == 12
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        results = [client.call(call), client.call(call)]
        client.close()
        gc.collect()
        os._exit(0 if results == [12, 12] else 1)
    assert client.call(call) == 12
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert client.call(call) == 12
    assert len(connections) == 2
    client.close()


def in_a_process(script: str) -> float:
    """Run a script that must say nothing, and return how many seconds it took after it said when it was done."""
    root = Path(airflow_provider_smsworks.__file__).parent.parent
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root, timeout=30
    )
    assert run.stderr == ""
    return time.time() - float(run.stdout)


def test_a_client_that_is_never_closed_does_not_show_at_the_end(gateway):
    gateway.answers(RICH, lambda connection: connection.sendall(KEPT) or gateway.wait_until_stopped(10))
    seconds = in_a_process(f"""
import time
from airflow_provider_smsworks.api.client import SmsWorksClient
from airflow_provider_smsworks.api.operations import GET_CREDITS
from airflow_provider_smsworks.api.settings import Settings
settings = Settings("c", base_url={gateway.url!r}, token="t")
client = SmsWorksClient(settings)
for _ in range(2):
    client.call(GET_CREDITS.prepare(settings))
print(time.time())
""")
    assert seconds < 2


def test_neither_a_resolver_nor_a_call_that_hangs_delays_the_end():
    seconds = in_a_process("""
import socket, threading, time
from airflow_provider_smsworks.api.exchange import Exchange
from airflow_provider_smsworks.api.operations import GET_CREDITS
from airflow_provider_smsworks.api.settings import Settings
socket.getaddrinfo = lambda *args, **options: time.sleep(60)
settings = Settings("c", base_url="http://gateway.invalid/v1", token="t", timeout=30)
exchange = Exchange(settings)
threading.Thread(target=exchange.send, args=(GET_CREDITS.prepare(settings), "t"), daemon=True).start()
time.sleep(0.3)
print(time.time())
""")
    assert seconds < 2
