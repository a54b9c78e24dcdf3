"""
Have the gateway send a reminder later, and take it back if it is not needed any more.

A re-run of the first task keeps what it scheduled; with `replace=True` a Clear makes it anew. There are never two.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Param, dag, task

from airflow_provider_smsworks.operators.schedule import (
    SmsWorksCancelScheduledMessageOperator,
    SmsWorksGetScheduledMessagesOperator,
    SmsWorksScheduleMessageOperator,
)


@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    default_args={"retries": 2, "retry_delay": dt.timedelta(seconds=30)},
    params={"phone": Param("07700900000", type="string"), "paid": Param(True, type="boolean")},
)
def example_smsworks_schedule():
    remind = SmsWorksScheduleMessageOperator(
        task_id="remind_of_invoice",
        to="{{ params.phone }}",
        content="Your invoice is due today.",
        schedule="{{ dag_run.run_after + macros.timedelta(days=3) }}",
        replace=True,
    )

    listed = SmsWorksGetScheduledMessagesOperator(task_id="what_is_scheduled", status="SCHEDULED")

    @task.short_circuit
    def has_paid(params: dict | None = None) -> bool:
        return bool((params or {})["paid"])

    take_back = SmsWorksCancelScheduledMessageOperator(task_id="take_it_back", message_id=remind.output["message_id"])

    remind >> listed >> has_paid() >> take_back


example_smsworks_schedule()
