"""Dags of the tests, for Airflow 3.3 and later: tasks whose retry policy knows when to try again."""

from __future__ import annotations

import datetime as dt

from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_3_PLUS
from airflow.sdk import DAG

from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator

if AIRFLOW_V_3_3_PLUS:
    from airflow_provider_smsworks.retrying import SmsWorksRetryPolicy

    TEXT = {"to": "{{ var.value.phone }}", "content": "{{ var.value.words }}"}
    # What only the policy shortens.
    HOURS = {"retries": 20, "retry_delay": dt.timedelta(hours=1)}
    policy = SmsWorksRetryPolicy(wait_for_credit=dt.timedelta(seconds=1), settle=dt.timedelta(seconds=1))

    with DAG("asked_to_wait", schedule=None, default_args=HOURS):
        SmsWorksSendMessageOperator(task_id="text", **TEXT, retry_policy=policy)

    with DAG("no_credit", schedule=None, default_args=HOURS):
        SmsWorksSendMessageOperator.partial(task_id="text", content=TEXT["content"], retry_policy=policy).expand(
            to=[TEXT["to"]]
        )

    with DAG("no_credit_and_no_policy", schedule=None, default_args=HOURS):
        SmsWorksSendMessageOperator(task_id="text", **TEXT)
