"""
Text several people, each with words of their own, as mapped tasks: one try, one log and one retry for each.

`send_key` names each send, so that everybody is texted once even if the list has another order when a task is
repeated. For hundreds of people, a collection takes one task and one call: see example_smsworks_batch.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import dag, task

from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator


@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    default_args={"retries": 2, "retry_delay": dt.timedelta(seconds=30)},
)
def example_smsworks_many_recipients():
    # [START howto_mapped]
    @task
    def late_parcels() -> list[dict]:
        """Return who to text. What a task returns is in Airflow's database: ids are better there than names."""
        return [
            {"send_key": "parcel 7001", "to": "07700900000", "content": "Parcel 7001 comes tomorrow. Sorry!"},
            {"send_key": "parcel 7002", "to": "07700900010", "content": "Parcel 7002 comes on Friday. Sorry!"},
        ]

    texts = SmsWorksSendMessageOperator.partial(task_id="text_customer", sender="Parcels", max_parts=1).expand_kwargs(
        late_parcels()
    )
    # [END howto_mapped]

    @task
    def count(texts: list[dict]) -> int:
        return sum(text["status"] in ("SENT", "ACCEPTED") for text in texts)

    count(texts.output)


example_smsworks_many_recipients()
