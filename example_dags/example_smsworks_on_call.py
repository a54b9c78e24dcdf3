"""
Wake whoever is on call: ask the first phone, and the next one if nobody acknowledges in time.

The sandbox's phones 07700 900010 and 07700 900011 get their texts and do not answer by themselves; let one of them
answer with `POST /sandbox/inbound`.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Param, dag, task

from airflow_provider_smsworks.operators.question import SmsWorksAskOperator


@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    default_args={"retries": 2, "retry_delay": dt.timedelta(seconds=30)},
    params={
        "first": Param("07700900010", type="string"),
        "second": Param("07700900011", type="string"),
        "my_number": Param("447700900999", type="string"),
    },
)
def example_smsworks_on_call():
    # [START howto_on_call]
    def ask(task_id: str, phone: str) -> SmsWorksAskOperator:
        return SmsWorksAskOperator(
            task_id=task_id,
            to=phone,
            sender="{{ params.my_number }}",
            question="The nightly load failed.",
            options=["ACK"],
            default="nobody",
            response_timeout=dt.timedelta(seconds=40),
            deferrable=True,
        )

    first = ask("wake_the_first", "{{ params.first }}")
    second = ask("wake_the_second", "{{ params.second }}")

    @task.branch
    def escalate(answer: str) -> str:
        return "wake_the_second" if answer == "nobody" else "somebody_is_on_it"

    @task(trigger_rule="none_failed_min_one_success")
    def somebody_is_on_it(first: str, second: str | None) -> str:
        if "ACK" not in (first, second):
            raise RuntimeError("Nobody acknowledged.")
        return "first" if first == "ACK" else "second"

    escalate(first.output) >> [second, somebody_is_on_it(first.output, second.output)]
    # [END howto_on_call]


example_smsworks_on_call()
