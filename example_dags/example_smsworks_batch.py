"""
Text many people in one call, wait until most of them have it, and list who has not, and why.

One of the numbers does not exist, on purpose. If the worker dies, the next try texts those who were not texted.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import dag, task

from airflow_provider_smsworks.operators.batch import (
    SmsWorksGetBatchOperator,
    SmsWorksSendBatchOperator,
    SmsWorksSendCollectionOperator,
)
from airflow_provider_smsworks.sensors.delivery import SmsWorksBatchDeliverySensor


@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    default_args={"retries": 2, "retry_delay": dt.timedelta(seconds=30)},
)
def example_smsworks_batch():
    # [START howto_batch]
    everybody = SmsWorksSendBatchOperator(
        task_id="text_everybody",
        to=["07700900000", "07700900010", "07700900011", "07700900001"],
        content="The depot is closed on Monday.",
        max_credits=20,
        wait_for_delivery=True,
        at_least=0.7,  # of them shall have it; then the task goes on
        delivery_timeout=dt.timedelta(hours=4),
        deferrable=True,
    )
    # [END howto_batch]

    # [START howto_collection]
    each = SmsWorksSendCollectionOperator(
        task_id="text_each",
        messages=[
            {"to": "07700900000", "content": "Hello Ann, your tour begins at 8:00."},
            {"to": "07700900010", "content": "Hello Bob, your tour begins at 9:30."},
        ],
    )
    # [END howto_collection]

    # [START howto_batch_report]
    @task
    def report(batch: dict) -> list[str]:
        print(f"{batch['delivered']} of {batch['total']} have it.")
        return [f"{failure['to']}: {failure['reason']}" for failure in batch["failures"]]

    # [END howto_batch_report]

    # [START howto_batch_sensor]
    arrived = SmsWorksBatchDeliverySensor(
        task_id="each_has_arrived", batch_id=each.output["batch_ids"], expected=2, timeout=3600, deferrable=True
    )

    read = SmsWorksGetBatchOperator(task_id="read_the_batch", batch_id=each.output["batch_id"])
    # [END howto_batch_sensor]

    report(everybody.output)
    everybody >> each >> arrived >> read


example_smsworks_batch()
