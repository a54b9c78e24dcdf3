"""Tasks that wait while their Airflow is upgraded: one of each way to wait in the triggerer."""

from __future__ import annotations

import datetime as dt

from airflow.providers.common.compat.sdk import DAG

from airflow_provider_smsworks.operators.batch import SmsWorksSendBatchOperator
from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator
from airflow_provider_smsworks.operators.question import SmsWorksAskOperator
from airflow_provider_smsworks.sensors.delivery import SmsWorksBatchDeliverySensor, SmsWorksDeliverySensor
from airflow_provider_smsworks.sensors.inbox import SmsWorksInboxSensor

WAIT = {"deferrable": True, "poke_interval": 1, "timeout": 3600}

# It starts by itself, once: an upgrade must not start it again.
with DAG("waiting", schedule="@once", start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), catchup=False):
    SmsWorksSendMessageOperator(
        task_id="text",
        to="07700900410",
        content="Text",
        reference="order 7",
        wait_for_delivery=True,
        deferrable=True,
        poll_interval=1,
    )
    plain = SmsWorksSendMessageOperator(task_id="plain", to="07700900411", content="Plain")
    SmsWorksDeliverySensor(task_id="arrived", message_id=plain.output["message_id"], **WAIT)
    batch = SmsWorksSendBatchOperator(task_id="batch", to=["07700900412", "07700900413"], content="Batch")
    SmsWorksBatchDeliverySensor(task_id="all_arrived", batch_id=batch.output["batch_id"], **WAIT)
    SmsWorksAskOperator(
        task_id="asked",
        to="07700900414",
        question="Are you in?",
        options=["YES", "NO"],
        sender="447860012345",
        response_timeout=dt.timedelta(hours=1),
        poll_interval=1,
        deferrable=True,
    )
    SmsWorksInboxSensor(task_id="came", from_number="07700900415", **WAIT)
