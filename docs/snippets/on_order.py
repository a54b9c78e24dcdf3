"""A text that starts a Dag, in the README and on the page about replies."""

from __future__ import annotations

from airflow.sdk import Asset, AssetWatcher, dag

from airflow_provider_smsworks.operators.inbox import SmsWorksEachTextOperator
from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator
from airflow_provider_smsworks.triggers.inbox import SmsWorksInboxTrigger

# [START howto_on_order]
orders = Asset("orders", watchers=[AssetWatcher(name="orders", trigger=SmsWorksInboxTrigger(keyword="order"))])


@dag(schedule=[orders])
def on_order():
    text = SmsWorksEachTextOperator(task_id="text")
    SmsWorksSendMessageOperator(task_id="answer", reply_to=text.output["message_id"], content="Thank you!")
    # [END howto_on_order]


on_order()
