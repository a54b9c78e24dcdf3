"""The first text: in the README and on the first page."""

from __future__ import annotations

# [START howto_first_text]
from airflow.sdk import dag

from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator


@dag(schedule=None, params={"phone": ""})
def late_parcel():
    SmsWorksSendMessageOperator(
        task_id="text_customer",
        to="{{ params.phone }}",
        content="Your parcel is late. Sorry!",
        sender="Parcels",
        wait_for_delivery=True,  # succeed when it has arrived, fail when it cannot arrive
        deferrable=True,  # and hold no worker slot meanwhile
    )


late_parcel()
# [END howto_first_text]
