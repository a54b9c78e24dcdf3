"""
Text everybody in a file.

The file may be CSV or Parquet, on this machine or in any storage that Airflow knows: `s3://conn_id@lake/tours.csv`. If
the worker dies, the next try reads the file anew, and texts those who were not texted.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import ObjectStoragePath, dag, task

from airflow_provider_smsworks.transfers.file_to_sms import FileToSmsWorksOperator

TOURS = """\
tour,phone,driver,begins
A1,07700 900000,Ann,8:00
B7,07700 900010,Bob,9:30
"""


@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    default_args={"retries": 2, "retry_delay": dt.timedelta(seconds=30)},
)
def example_smsworks_from_file():
    @task
    def export_tours(dag_run=None) -> str:
        """Return where the file is. What a task returns is in Airflow's database: a path is better there than rows."""
        path = ObjectStoragePath(f"/tmp/tours-{dag_run.run_after:%Y%m%d%H%M%S}.csv")
        path.write_text(TOURS)
        return str(path)

    # [START howto_file]
    text = FileToSmsWorksOperator(
        task_id="text_drivers",
        path=export_tours(),
        key="tour",
        to="phone",
        content="Hello {driver}, tour {tour} begins at {begins}.",
    )
    # [END howto_file]

    @task
    def report(counts: dict) -> str:
        return f"{counts['recipients']} texts, {counts['parts']} parts"

    report(text.output)


example_smsworks_from_file()
