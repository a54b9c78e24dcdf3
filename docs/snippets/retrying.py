"""A retry policy, in the README and on the page about errors."""

from __future__ import annotations

from airflow.sdk import dag

from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator

# isort: split
# [START howto_retry_policy]
from airflow_provider_smsworks.retrying import SmsWorksRetryPolicy


@dag(schedule=None)
def patient():
    SmsWorksSendMessageOperator(
        task_id="text",
        to="07700900000",
        content="Your parcel is late. Sorry!",
        retries=5,
        retry_policy=SmsWorksRetryPolicy(),
    )
    # [END howto_retry_policy]


patient()
