"""Wait until the texts of a table have arrived, on the page of tables."""

from __future__ import annotations

# [START howto_table_arrives]
import csv
from pathlib import Path

from airflow.sdk import dag, task

from airflow_provider_smsworks.sensors.delivery import SmsWorksBatchDeliverySensor
from airflow_provider_smsworks.transfers.file_to_sms import FileToSmsWorksOperator


@dag(schedule=None, params={"folder": "/data/late"})
def table_arrives():
    text = FileToSmsWorksOperator(
        task_id="text",
        path="{{ params.folder }}/parcels.csv",
        key="order",
        to="phone",
        content="Dear {name}, your parcel comes on {day}.",
        manifest="{{ params.folder }}/texted.csv",
    )

    @task
    def batches(params: dict) -> list[str]:
        with (Path(params["folder"]) / "texted.csv").open(newline="") as manifest:
            return sorted({row["batch_id"] for row in csv.DictReader(manifest)} - {""})

    batch_ids = batches()
    arrived = SmsWorksBatchDeliverySensor(task_id="arrived", batch_id=batch_ids, at_least=0.5, deferrable=True)
    text >> batch_ids >> arrived


# [END howto_table_arrives]


table_arrives()
