"""
Dags of the campaign: one for each kind of send and each retry delay, and two with a schedule.

A run's configuration names the phones, the gateway (a connection), and what befalls it: see `fates.Fated`.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import DAG
from fates import Fated

from airflow_provider_smsworks.operators.batch import SmsWorksSendBatchOperator, SmsWorksSendCollectionOperator
from airflow_provider_smsworks.operators.message import SmsWorksSendFlashMessageOperator, SmsWorksSendMessageOperator
from airflow_provider_smsworks.operators.otp import SmsWorksSendOtpOperator
from airflow_provider_smsworks.operators.schedule import SmsWorksScheduleBatchOperator, SmsWorksScheduleMessageOperator

PHONE, OTHER = "{{ dag_run.conf.phones[0] }}", "{{ dag_run.conf.phones[1] }}"
WORDS = "Words of {{ dag_run.run_id }}"
LATER = {"schedule": "{{ dag_run.run_after + macros.timedelta(days=1) }}"}
EACH = [{"to": PHONE, "content": WORDS}, {"to": OTHER, "content": "Other words"}]
WAIT = {"wait_for_delivery": True, "deferrable": True, "poll_interval": 1}

KINDS = {
    "message": (SmsWorksSendMessageOperator, {"to": PHONE, "content": WORDS}),
    "flash": (SmsWorksSendFlashMessageOperator, {"to": PHONE, "content": WORDS}),
    "schedule": (SmsWorksScheduleMessageOperator, {"to": PHONE, "content": WORDS, **LATER}),
    "schedule_batch": (SmsWorksScheduleBatchOperator, {"to": [PHONE, OTHER], "content": WORDS, **LATER}),
    "batch": (SmsWorksSendBatchOperator, {"to": [PHONE, OTHER], "content": WORDS}),
    "collection": (SmsWorksSendCollectionOperator, {"messages": EACH}),
    "otp": (SmsWorksSendOtpOperator, {"to": PHONE}),
    "waiting": (SmsWorksSendMessageOperator, {"to": PHONE, "content": WORDS, **WAIT}),
    "waiting_flash": (SmsWorksSendFlashMessageOperator, {"to": PHONE, "content": WORDS, **WAIT}),
    "waiting_otp": (SmsWorksSendOtpOperator, {"to": PHONE, **WAIT}),
}
RETRY_DELAYS = {"": 1, "_patient": 5, "_slow": 600}

for kind, (operator, arguments) in KINDS.items():
    for suffix, seconds in RETRY_DELAYS.items():
        delay = {"retries": 3, "retry_delay": dt.timedelta(seconds=seconds)}
        with DAG(f"chaos_{kind}{suffix}", schedule=None, default_args=delay):
            type(f"Fated{operator.__name__}", (Fated, operator), {})(
                task_id="send", smsworks_conn_id="{{ dag_run.conf.gate }}", **arguments
            )


def phone_of_day(offset: int) -> str:
    """A phone of the run's day: 10 for each day, from 07700 900800 on."""
    return f"{{{{ '07700900%03d' % (800 + 10 * logical_date.day + {offset}) }}}}"


for offset, on_clear in enumerate(["keep", "resend"]):
    with DAG(
        f"chaos_daily_{on_clear}",
        schedule="@daily",
        start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        end_date=dt.datetime(2026, 1, 3, tzinfo=dt.UTC),
        catchup=True,
        default_args={
            "retries": 3,
            "retry_delay": dt.timedelta(seconds=1),
            "smsworks_conn_id": "plain",
            "on_clear": on_clear,
        },
    ):
        first = 5 * offset
        SmsWorksSendMessageOperator(task_id="message", to=phone_of_day(first), content="Good morning")
        phones = [phone_of_day(first + 1), phone_of_day(first + 2)]
        SmsWorksSendBatchOperator(task_id="batch", to=phones, content="Good morning, all")
        SmsWorksSendOtpOperator(task_id="otp", to=phone_of_day(first + 3))
