"""What a send costs when nothing goes wrong: one call of the gateway, and three of Airflow's state store."""

from __future__ import annotations

import pytest

from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator
from tests.task_context import FileStore, task_context


class CountingStore(FileStore):
    reads = writes = 0

    def get(self, key, default=None):
        self.reads += 1
        return super().get(key, default)

    def set(self, key, value, **more):
        self.writes += 1
        super().set(key, value, **more)


def send(**more):
    return SmsWorksSendMessageOperator(task_id="text", to="07700900123", content="Your parcel is late. Sorry!", **more)


@pytest.mark.parametrize("has_store", [True, False], ids=["store", "no store"])
def test_a_send_is_one_call(connected, tmp_path, has_store):
    store = CountingStore(tmp_path / "store.json") if has_store else None
    send().execute(task_context(store))
    assert connected.requests() == {"POST /message/send": 1}
    assert len(connected.ledger()) == 1


def test_a_send_reads_the_state_store_once_and_writes_it_before_and_after_the_call(connected, tmp_path):
    store = CountingStore(tmp_path / "store.json")
    send().execute(task_context(store))
    assert (store.reads, store.writes) == (1, 2)


def test_a_try_after_a_send_that_is_noted_calls_nobody(connected, tmp_path):
    store = FileStore(tmp_path / "store.json")
    send().execute(task_context(store))
    result = send().execute(task_context(store, try_number=2))
    assert connected.requests() == {"POST /message/send": 1}
    assert result["message_id"] == connected.ledger()[0]["message_id"]
