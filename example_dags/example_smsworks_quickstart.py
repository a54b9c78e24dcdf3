"""
Text two phones and wait for both; one of them cannot be reached, and the Dag handles it.

Runs against the sandbox with ``make demo``, and against a real account with a connection ``smsworks_default``: then
trigger it with two phones of your own in ``to`` and ``wrong``, for the sandbox's phones exist nowhere else.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Param, dag, task

from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator


@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    default_args={"retries": 2, "retry_delay": dt.timedelta(seconds=30)},
    params={
        "to": Param("07700900000", type="string", title="A phone that answers"),
        "wrong": Param("07700900001", type="string", title="A phone that does not exist"),
    },
)
def example_smsworks_quickstart():
    @task
    def read_balance() -> float:
        """Ask whether the connection is right and there is credit; it costs nothing."""
        return SmsWorksHook().get_credits()

    # [START howto_wait_for_delivery]
    text_customer = SmsWorksSendMessageOperator(
        task_id="text_customer",
        to="{{ params.to }}",
        content="Hello! Your parcel arrives on {{ dag_run.run_after | ds }}.",
        wait_for_delivery=True,
        deferrable=True,
    )
    # [END howto_wait_for_delivery]

    text_wrong_number = SmsWorksSendMessageOperator(
        task_id="text_wrong_number",
        to="{{ params.wrong }}",
        content="Hello! Your parcel is at the depot.",
        wait_for_delivery=True,
        on_undelivered="return",  # no failure: `report` decides what to do about it
        deferrable=True,
    )

    @task
    def report(texts: list[dict]) -> dict[str, list[str]]:
        """Tell who got the text; for the others, this is where a letter or a call would be arranged."""
        arrived = [text["to"] for text in texts if text["status"] == "DELIVERED"]
        missed = [text["to"] for text in texts if text["status"] != "DELIVERED"]
        print(f"Arrived: {arrived}. Did not arrive, to be called: {missed}.")
        return {"arrived": arrived, "to_be_called": missed}

    read_balance() >> [text_customer, text_wrong_number]
    report([text_customer.output, text_wrong_number.output])


example_smsworks_quickstart()
