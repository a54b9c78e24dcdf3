"""Sent once: on its page."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag

from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator


@dag(schedule=None)
def once():
    # [START howto_send_once]
    SmsWorksSendMessageOperator(
        task_id="text_customer",
        to="07700 900000",
        content="Your parcel is late. Sorry!",
        retries=3,
        retry_delay=timedelta(minutes=1),
    )
    # [END howto_send_once]


once()
