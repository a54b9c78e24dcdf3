"""What is counted of sends and alerts, with Airflow's own client and a listener for its datagrams."""

from __future__ import annotations

import datetime as dt
import socket
from types import SimpleNamespace

import pytest

from airflow_provider_smsworks import metrics
from airflow_provider_smsworks.exceptions import SmsWorksOutcomeUnknownError
from airflow_provider_smsworks.notifications.smsworks import SmsWorksNotifier
from airflow_provider_smsworks.operators.batch import SmsWorksSendBatchOperator
from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator
from tests.task_context import FileStore, task_context

PHONE = "07700900010"


@pytest.fixture
def told(monkeypatch):
    """The metrics that were told, with their sums."""
    statsd = pytest.importorskip("statsd", reason="Airflow's StatsD client is not installed: pip install statsd")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.2)
        client = statsd.StatsClient(*listener.getsockname())

        def client_of(how):
            def tell(name, value=1, tags=None):
                assert set(tags) <= {"conn_id", "of"}
                getattr(client, how)(name, value)

            return tell

        stats = SimpleNamespace(**{how: client_of(how) for how in ("incr", "gauge", "timing")})
        monkeypatch.setattr(metrics, "Stats", stats)

        def told():
            sums = {}
            try:
                while True:
                    name, value = listener.recv(1000).decode().split(":")
                    sums[name] = sums.get(name, 0) + float(value.split("|")[0])
            except TimeoutError:
                return sums

        yield told


def send(store, **more):
    given = {"task_id": "task", "to": PHONE, "content": "Hello"} | more
    context = task_context(store, **more.pop("context", {}))
    given.pop("context", None)
    return SmsWorksSendMessageOperator(**given).execute(context)


def test_a_text(connected, told, tmp_path):
    store = FileStore(tmp_path / "store")
    send(store, content="x" * 200)
    assert told() == {"smsworks.sent": 1, "smsworks.parts": 2, "smsworks.credits": 2}
    send(store, content="x" * 200, context={"try_number": 2})
    assert told() == {}, "it was kept, nothing went out"


def test_a_lost_answer(connected, told, tmp_path):
    connected.faults([{"operation": "POST /message/send", "when": "after", "kind": "reset"}])
    send(FileStore(tmp_path / "store"))
    assert told()["smsworks.adopted"] == 1


def test_an_outcome_that_stays_open(connected, told, tmp_path):
    connected.faults([{"operation": "POST /message/send", "when": "before", "kind": "reset"}])
    with pytest.raises(SmsWorksOutcomeUnknownError):
        send(FileStore(tmp_path / "store"))
    assert told() == {"smsworks.unknown": 1}


def test_a_list_counts_each_text_once_over_all_tries(connected, told, connect, tmp_path):
    connect(connected.url, batch_limit=2)
    store = FileStore(tmp_path / "store")
    phones = [f"0770090{number:04}" for number in range(20, 25)]

    def execute(try_number):
        operator = SmsWorksSendBatchOperator(task_id="task", to=phones, content="Hello", calls_at_once=1)
        return operator.execute(task_context(store, try_number=try_number))

    connected.faults([{"operation": "POST /batch/any", "when": "after", "kind": "reset", "times": 1}])
    result = execute(1)
    assert result["recipients"] == 5
    counted = told()
    assert counted["smsworks.sent"] + counted["smsworks.adopted"] == 5
    assert counted["smsworks.adopted"] == 2
    execute(2)
    assert told() == {}


def test_an_alert(connected, told):
    now = dt.datetime.now(dt.UTC)
    ti = SimpleNamespace(dag_id="d", run_id="r", task_id="t", map_index=-1, try_number=1, max_tries=0)
    ti.state, ti.start_date = "failed", now
    for _ in range(2):
        SmsWorksNotifier(to=PHONE, content="It is ill")({"ti": ti, "dag": None})
    assert told() == {"smsworks.sent": 1, "smsworks.adopted": 1, "smsworks.parts": 1, "smsworks.credits": 1}


def test_metrics_that_cannot_be_written_fail_nothing(connected, monkeypatch, tmp_path):
    def broken(*args, **kwargs):
        raise OSError("no route to the metrics' host")

    monkeypatch.setattr(metrics, "Stats", SimpleNamespace(incr=broken))
    assert send(FileStore(tmp_path / "store"))["message_id"]
