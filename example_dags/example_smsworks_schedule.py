"""
Have the gateway send reminders later, to one phone and to many, and take them back if they are not needed any more.

A re-run of the first task keeps what it scheduled; with `replace=True` a Clear makes it anew. There are never two.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Param, dag, task

from airflow_provider_smsworks.operators.schedule import (
    SmsWorksCancelScheduledBatchOperator,
    SmsWorksCancelScheduledMessageOperator,
    SmsWorksGetScheduledMessagesOperator,
    SmsWorksScheduleBatchOperator,
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
    # [START howto_schedule]
    remind = SmsWorksScheduleMessageOperator(
        task_id="remind_of_invoice",
        to="{{ params.phone }}",
        content="Your invoice is due today.",
        schedule="{{ dag_run.run_after + macros.timedelta(days=3) }}",
        replace=True,
    )

    remind_all = SmsWorksScheduleBatchOperator(
        task_id="remind_of_meeting",
        to=["07700900000", "07700900010"],
        content="The meeting is tomorrow at 10:00.",
        schedule="{{ dag_run.run_after + macros.timedelta(days=1) }}",
    )

    listed = SmsWorksGetScheduledMessagesOperator(task_id="what_is_scheduled", status="SCHEDULED")
    # [END howto_schedule]

    @task.short_circuit
    def has_paid(params: dict | None = None) -> bool:
        return bool((params or {})["paid"])

    # [START howto_cancel]
    take_back = SmsWorksCancelScheduledMessageOperator(task_id="take_it_back", message_id=remind.output["message_id"])

    cancel_meeting = SmsWorksCancelScheduledBatchOperator(
        task_id="cancel_meeting", batch_id=remind_all.output["batch_id"]
    )
    # [END howto_cancel]

    [remind, remind_all] >> listed >> has_paid() >> [take_back, cancel_meeting]


example_smsworks_schedule()
