"""Whatever a notifier can be told by in this Airflow, from 3.1 on."""

from __future__ import annotations

import datetime as dt
import time

from airflow.providers.common.compat.version_compat import get_base_airflow_version_tuple
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import dag, task
from airflow.sdk.definitions.deadline import AsyncCallback, DeadlineAlert, DeadlineReference

from airflow_provider_smsworks.notifications.smsworks import SmsWorksNotifier

PHONE, OTHER = "07700900010", "07700900011"
LATE = {"reference": DeadlineReference.DAGRUN_QUEUED_AT, "interval": dt.timedelta(seconds=3)}

deadline = DeadlineAlert(callback=AsyncCallback(SmsWorksNotifier, kwargs={"to": PHONE}), **LATE)
if get_base_airflow_version_tuple() >= (3, 2):
    from airflow.sdk import SyncCallback

    told = {"to": OTHER, "content": "{{ dag_run.dag_id }} is late, please look."}
    deadline = [deadline, DeadlineAlert(callback=SyncCallback(SmsWorksNotifier, kwargs=told), **LATE)]


@dag(schedule=None, deadline=deadline)
def late():
    @task
    def slow() -> None:
        time.sleep(10)

    slow()


@dag(schedule=None, on_failure_callback=SmsWorksNotifier(to=OTHER))
def fails():
    @task(retries=1, retry_delay=dt.timedelta(seconds=1), on_retry_callback=SmsWorksNotifier(to=PHONE))
    def load() -> None:
        raise RuntimeError("no such table: orders")

    load()


@dag(schedule=None)
def asks():
    ApprovalOperator(task_id="refund", subject="Refund?", notifiers=[SmsWorksNotifier(to=PHONE)])


late()
fails()
asks()
