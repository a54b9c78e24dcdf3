"""
Start a Dag when somebody texts a keyword, and answer them without ever seeing their number (Airflow 3.0).

Text `ORDER` and a number to any of your reply numbers. The first task gives each text a run of its own, named after
the text: Airflow delivers an event at least once, and each text is answered once.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Asset, AssetWatcher, dag, task

from airflow_provider_smsworks.operators.inbox import SmsWorksEachTextOperator
from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator
from airflow_provider_smsworks.triggers.inbox import SmsWorksInboxTrigger

orders = Asset(
    "smsworks_orders",
    watchers=[AssetWatcher(name="smsworks_orders", trigger=SmsWorksInboxTrigger(keyword="order"))],
)


@dag(
    schedule=[orders],
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    default_args={"retries": 2, "retry_delay": dt.timedelta(seconds=30)},
)
def example_smsworks_keyword():
    text = SmsWorksEachTextOperator(task_id="text")

    @task
    def look_up(text: dict) -> str:
        number = text["content"].split()[-1]
        return f"Order {number} arrives tomorrow between 9 and 11."

    SmsWorksSendMessageOperator(
        task_id="answer",
        reply_to=text.output["message_id"],
        content=look_up(text.output),
    )


example_smsworks_keyword()
