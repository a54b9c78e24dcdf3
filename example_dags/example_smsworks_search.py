"""
Find texts, read one, and delete what the gateway need not keep.

Results are in Airflow's database, so phone numbers in them are masked; `reveal=True` shows them.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import dag, task

from airflow_provider_smsworks.operators.message import (
    SmsWorksDeleteMessageOperator,
    SmsWorksGetMessageOperator,
    SmsWorksSearchMessagesOperator,
    SmsWorksSendMessageOperator,
)


@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    default_args={"retries": 2, "retry_delay": dt.timedelta(seconds=30)},
)
def example_smsworks_search():
    send = SmsWorksSendMessageOperator(
        task_id="text_somebody",
        to="07700900000",
        content="Your voucher is 4Q7X.",
        tag="voucher",
        wait_for_delivery=True,
        deferrable=True,
    )

    # [START howto_search]
    found = SmsWorksSearchMessagesOperator(
        task_id="delivered_since_the_run_began",
        status="DELIVERED",
        since="{{ dag_run.run_after - macros.timedelta(minutes=1) }}",
    )

    read = SmsWorksGetMessageOperator(task_id="read_the_text", message_id=send.output["message_id"])
    # [END howto_search]

    # [START howto_delete]
    @task
    def vouchers(messages: list[dict]) -> list[str]:
        return [message["message_id"] for message in messages if message["tag"] == "voucher"]

    delete = SmsWorksDeleteMessageOperator.partial(task_id="delete_vouchers").expand(message_id=vouchers(found.output))
    # [END howto_delete]

    send >> [found, read]
    read >> delete


example_smsworks_search()
