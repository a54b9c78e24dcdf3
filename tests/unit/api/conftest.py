"""A gateway of one's own, settings that reach it, and both clients behind one call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airflow_provider_smsworks.api import client
from airflow_provider_smsworks.api.client import AsyncSmsWorksClient, SmsWorksClient
from airflow_provider_smsworks.api.operations import Call
from airflow_provider_smsworks.api.pace import Pace
from airflow_provider_smsworks.api.settings import Credentials, Settings
from tests.unit.api.gateway import Gateway
from tests.unit.api.secrecy import API_KEY, API_SECRET, TOKEN

Calls = Callable[..., Any]


@pytest.fixture
def gateway():
    gateway = Gateway()
    yield gateway
    gateway.stop()


@pytest.fixture
def settings(gateway):
    return Settings("smsworks_default", base_url=gateway.url, token=TOKEN, sender="Parcels", timeout=2)


@pytest.fixture
def fetching(gateway):
    """Settings whose token has to be fetched."""
    credentials = Credentials("customer", API_KEY, API_SECRET)
    return Settings("smsworks_default", base_url=gateway.url, credentials=credentials, sender="Parcels", timeout=2)


class _NoTime:
    """What a sleep returns: nothing for the sync client, and for the async one something to await."""

    def __await__(self) -> Iterator[Any]:
        return iter(())


@pytest.fixture
def waits(monkeypatch):
    """The seconds between repeated calls, which nobody waits for."""
    asked: list[float] = []
    real = client._Core._retries.fget

    def sleep(seconds: float) -> _NoTime:
        asked.append(seconds)
        return _NoTime()

    monkeypatch.setattr(client._Core, "_retries", property(lambda self: {**real(self), "sleep": sleep}))
    # The pace of the account waits in earnest.
    monkeypatch.setattr(Pace, "hold", lambda pace, seconds: None)
    return asked


def _calls(settings: Settings, *calls: Call[Any], on_token: Callable[[str], Any] | None = None) -> Any:
    with SmsWorksClient(settings, on_token=on_token) as client:
        return [client.call(call) for call in calls][-1]


def _async_calls(settings: Settings, *calls: Call[Any], on_token: Callable[[str], Any] | None = None) -> Any:
    async def tell(token: str) -> None:
        if on_token:
            on_token(token)

    async def run() -> Any:
        async with AsyncSmsWorksClient(settings, on_token=tell) as client:
            return [await client.call(call) for call in calls][-1]

    return asyncio.run(run())


@pytest.fixture(params=[_calls, _async_calls], ids=["sync", "async"])
def calls(request) -> Calls:
    """``calls(settings, call, …)`` on one client, sync or async; returns the last result."""
    return request.param
