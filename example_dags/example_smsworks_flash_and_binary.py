"""Two texts that are no ordinary ones: a flash, which the phone shows at once and does not keep, and bytes."""

from __future__ import annotations

import datetime as dt

from airflow.sdk import dag

from airflow_provider_smsworks.operators.message import (
    SmsWorksGetFailedMessagesOperator,
    SmsWorksSendBinaryMessageOperator,
    SmsWorksSendFlashMessageOperator,
)
from airflow_provider_smsworks.sensors.delivery import SmsWorksDeliverySensor


@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    default_args={"retries": 2, "retry_delay": dt.timedelta(seconds=30)},
)
def example_smsworks_flash_and_binary():
    # [START howto_flash_and_binary]
    flash = SmsWorksSendFlashMessageOperator(
        task_id="alert_on_screen", to="07700900000", content="The cold store is at 9 degrees."
    )

    settings = SmsWorksSendBinaryMessageOperator(task_id="set_up_device", to="07700900001", content="06 05 04 0B 84")
    # [END howto_flash_and_binary]

    # [START howto_delivery_sensor]
    # A send task can wait by itself; a sensor lets other tasks run in between.
    seen = SmsWorksDeliverySensor(
        task_id="alert_has_arrived", message_id=flash.output["message_id"], timeout=3600, deferrable=True
    )
    # [END howto_delivery_sensor]

    # [START howto_failed_messages]
    failed = SmsWorksGetFailedMessagesOperator(
        task_id="what_failed", since="{{ dag_run.run_after - macros.timedelta(minutes=1) }}"
    )
    # [END howto_failed_messages]

    [flash, settings] >> seen >> failed


example_smsworks_flash_and_binary()
