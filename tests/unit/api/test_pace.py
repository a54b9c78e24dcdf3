from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from airflow_provider_smsworks.api import pace
from airflow_provider_smsworks.api.client import SmsWorksClient
from airflow_provider_smsworks.api.pace import Pace, pace_of
from airflow_provider_smsworks.api.settings import Settings
from tests.unit.api.secrecy import TOKEN


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_calls_at_once_are_spaced_evenly(clock):
    sixty = Pace(60)
    assert [sixty.seconds_to_wait() for _ in range(4)] == [0, 1, 2, 3]


def test_a_call_after_a_pause_goes_out_at_once_and_saves_up_nothing(clock):
    sixty = Pace(60)
    sixty.seconds_to_wait()
    clock.now += 10
    assert [sixty.seconds_to_wait() for _ in range(3)] == [0, 1, 2]


def test_a_call_in_the_gap_waits_for_the_rest_of_it(clock):
    thirty = Pace(30)
    thirty.seconds_to_wait()
    clock.now += 0.5
    assert thirty.seconds_to_wait() == 1.5


def test_threads_never_get_the_same_moment(clock):
    fast = Pace(6000)
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: fast.seconds_to_wait(), range(200)))
    assert sorted(waits) == pytest.approx([0.01 * place for place in range(200)])


def test_without_a_limit_nobody_waits(clock):
    free = Pace(None)
    assert [free.seconds_to_wait() for _ in range(3)] == [0, 0, 0]


@pytest.mark.parametrize(("limit", "waits"), [(None, [7, 7, 7]), (60, [7, 8, 9])])
def test_what_the_gateway_asks_of_one_holds_for_all(clock, limit, waits):
    pace = Pace(limit)
    pace.seconds_to_wait()
    pace.hold(7)
    pace.hold(2)
    assert [pace.seconds_to_wait() for _ in range(3)] == waits
    clock.now += 60
    assert pace.seconds_to_wait() == 0


def test_an_account_has_one_pace_in_a_process_and_accounts_do_not_share_it():
    url = f"http://127.0.0.1/{time.monotonic_ns()}"
    assert pace_of(url, "account", 60) is pace_of(url, "account", 60)
    assert pace_of(url, "account", 60) is not pace_of(url, "another", 60)
    assert pace_of(url, "account", 60) is not pace_of(url + "/v2", "account", 60)


def test_a_call_that_waits_long_for_its_turn_says_so_once(caplog):
    url = f"http://127.0.0.1/{time.monotonic_ns()}"
    client = SmsWorksClient(Settings("smsworks_default", base_url=url, token=TOKEN, calls_per_minute=15))
    with caplog.at_level(logging.INFO, logger="airflow_provider_smsworks"):
        assert client._seconds_to_wait() == 0
        assert client._seconds_to_wait() == pytest.approx(4, abs=1)
        assert caplog.messages == []
        assert client._seconds_to_wait() == pytest.approx(8, abs=1)
    [said] = caplog.messages
    assert said.startswith("A call of connection `smsworks_default` waits ")
    assert "15 a minute (`calls_per_minute`)" in said
    assert TOKEN not in caplog.text
