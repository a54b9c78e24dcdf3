"""Spend what you mean to spend: wait for credit, and refuse texts that cost more than you allow."""

from __future__ import annotations

import datetime as dt

from airflow.sdk import dag

from airflow_provider_smsworks.operators.account import (
    SmsWorksGetCountryCreditsOperator,
    SmsWorksGetCreditsOperator,
    SmsWorksGetCustomerIdOperator,
    SmsWorksGetMessageVolumeOperator,
)
from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator
from airflow_provider_smsworks.sensors.account import SmsWorksCreditsSensor


@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    default_args={"retries": 2, "retry_delay": dt.timedelta(seconds=30)},
)
def example_smsworks_credit_guard():
    # [START howto_credits_sensor]
    enough = SmsWorksCreditsSensor(task_id="wait_for_credit", at_least=100, timeout=3600, deferrable=True)
    # [END howto_credits_sensor]

    # [START howto_limits]
    text = SmsWorksSendMessageOperator(
        task_id="text_customer",
        to="07700900000",
        content="Your café voucher: 20% off today.",
        max_parts=1,
        max_credits=2,
        check_balance=True,
    )
    # [END howto_limits]

    # [START howto_account]
    left = SmsWorksGetCreditsOperator(task_id="what_is_left")

    whose = SmsWorksGetCustomerIdOperator(task_id="whose_account")
    price = SmsWorksGetCountryCreditsOperator(task_id="price_in_france", country="FR")
    today = SmsWorksGetMessageVolumeOperator(task_id="texts_today")
    # [END howto_account]

    [whose, price, enough] >> text >> [left, today]


example_smsworks_credit_guard()
