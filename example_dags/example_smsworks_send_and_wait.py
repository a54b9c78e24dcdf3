"""
Text somebody, wait for the delivery report, and do something else where the text did not arrive.

The wait holds no worker slot. A retry, a lost worker or a Clear does not text again.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Param, dag, task

from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator


@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    default_args={"retries": 2, "retry_delay": dt.timedelta(seconds=30)},
    params={"phone": Param("07700900001", type="string"), "order": Param("1042", type="string")},
)
def example_smsworks_send_and_wait():
    # [START howto_send_and_wait]
    text = SmsWorksSendMessageOperator(
        task_id="text_customer",
        to="{{ params.phone }}",
        content="Order {{ params.order }} is at the depot and comes tomorrow.",
        reference="{{ params.order }}",
        wait_for_delivery=True,
        delivery_timeout=dt.timedelta(hours=4),
        on_undelivered="return",  # the Dag decides, below
        deferrable=True,
    )

    @task.branch
    def has_it_arrived(text: dict) -> str:
        return "note_arrival" if text["status"] == "DELIVERED" else "print_letter"

    @task
    def note_arrival(text: dict) -> None:
        print(f"Order {text['reference']}: the customer has the text (message {text['message_id']}).")

    @task
    def print_letter(text: dict) -> str:
        reason = (text["failure_reason"] or {}).get("details") or "no reason given"
        return f"Order {text['reference']}: send a letter, for the text is {text['status']} ({reason})."

    # [END howto_send_and_wait]

    has_it_arrived(text.output) >> [note_arrival(text.output), print_letter(text.output)]


example_smsworks_send_and_wait()
