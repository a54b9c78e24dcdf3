"""A number that Airflow does not store: on the page about privacy."""

from __future__ import annotations

from airflow.providers.common.sql.hooks.sql import DbApiHook
from airflow.sdk import DAG

from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator


# [START howto_macro]
def row(customer_id):
    """Read a row of the warehouse."""
    found = DbApiHook.get_hook("warehouse").get_first(
        "SELECT phone, words FROM customers WHERE id = ?", parameters=[customer_id]
    )
    return {"phone": found[0], "words": found[1]}


with DAG("numbers_by_macro", schedule=None, user_defined_macros={"row": row}):
    SmsWorksSendMessageOperator(
        task_id="text", to="{{ row(dag_run.conf.customer).phone }}", content="{{ row(dag_run.conf.customer).words }}"
    )
# [END howto_macro]
