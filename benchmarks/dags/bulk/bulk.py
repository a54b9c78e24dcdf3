"""A table and a file, as many rows as the run asks for; each a text."""

from __future__ import annotations

from airflow.sdk import DAG, Param

from airflow_provider_smsworks.transfers.file_to_sms import FileToSmsWorksOperator
from airflow_provider_smsworks.transfers.sql_to_sms import SqlToSmsWorksOperator

CONTENT = "Hello {name}, your parcel {order_id} comes on Monday between 9 and 12. Reply STOP to opt out."

with DAG("bulk_sql", schedule=None, params={"table": Param("", type="string")}):
    SqlToSmsWorksOperator(
        task_id="send",
        conn_id="warehouse",
        sql="SELECT order_id, phone, name FROM {{ params.table }}",
        key="order_id",
        to="phone",
        content=CONTENT,
        retries=50,
        retry_delay=1,
    )

with DAG("bulk_parquet", schedule=None, params={"path": Param("", type="string")}):
    FileToSmsWorksOperator(
        task_id="send", path="{{ params.path }}", key="order_id", to="phone", content=CONTENT, retries=50, retry_delay=1
    )
