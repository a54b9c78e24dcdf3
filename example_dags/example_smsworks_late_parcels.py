"""
Text everybody whom a query finds: first what it would cost, then the texts, then what became of each row.

It needs a connection `warehouse`; with SQLite, which `pip install apache-airflow-providers-sqlite` brings:
`export AIRFLOW_CONN_WAREHOUSE='{"conn_type": "sqlite", "host": "/tmp/warehouse.db"}'`. Any other database of Airflow's
will do.

One of the parcels has no name and one the number of another one, on purpose. If the worker dies, the next try reads the
table anew, and texts those who were not texted.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk import ObjectStoragePath, dag, task

from airflow_provider_smsworks.transfers.sql_to_sms import SqlToSmsWorksOperator

# [START howto_table]
LATE = {
    "conn_id": "warehouse",
    "sql": "SELECT order_id, phone, name, eta FROM late_parcels WHERE carrier = 'post' ORDER BY order_id",
    "key": "order_id",
    "to": "phone",
    "content": "Hello {name}, parcel {order_id} is late. It comes on {eta}. Sorry!",
    "max_failed": 0.25,  # of the rows; if more of them are bad, nothing goes out
    "max_parts": 1,
}
# [END howto_table]


@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    default_args={"retries": 2, "retry_delay": dt.timedelta(seconds=30)},
)
def example_smsworks_late_parcels():
    table = SQLExecuteQueryOperator(
        task_id="make_a_table",
        conn_id="warehouse",
        sql=[
            "DROP TABLE IF EXISTS late_parcels",
            "CREATE TABLE late_parcels (order_id INTEGER, phone TEXT, name TEXT, eta TEXT, carrier TEXT)",
            """
            INSERT INTO late_parcels VALUES
                (7001, '07700 900000', 'Ann', 'Monday', 'post'),
                (7002, '07700 900010', 'Bob', 'Tuesday', 'post'),
                (7003, '+44 7700 900000', 'Ann', 'Friday', 'post'),
                (7004, '07700 900011', NULL, 'Friday', 'post'),
                (7005, '07700 900012', 'Eve', 'Friday', 'own')
            """,
        ],
    )

    # [START howto_table_tasks]
    price = SqlToSmsWorksOperator(task_id="what_it_costs", dry_run=True, **LATE)

    text = SqlToSmsWorksOperator(
        task_id="text_late_parcels",
        max_credits=1000,
        manifest="/tmp/late_parcels/{{ dag_run.run_after | ds }}.csv",
        **LATE,
    )
    # [END howto_table_tasks]

    @task
    def who_has_no_text(dag_run=None) -> list[str]:
        manifest = ObjectStoragePath(f"/tmp/late_parcels/{dag_run.run_after:%F}.csv")
        with manifest.open(newline="") as file:
            rows = list(csv.DictReader(file))
        print(Counter(row["status"] for row in rows))
        return [f"{row['key']}: {row['reason']}" for row in rows if row["status"] == "FAILED"]

    table >> price >> text >> who_has_no_text()


example_smsworks_late_parcels()
