"""
Ask many people the same question, and collect the answers.

Each person is a mapped task of its own: some answer, some do not, and no answer gets lost or counted twice. All waits
share one poll of the gateway.
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
        "phones": Param(["07700900010", "07700900011", "07700900012"], type="array"),
        "my_number": Param("447700900999", type="string"),
    },
    render_template_as_native_obj=True,
)
def example_smsworks_survey():
    @task
    def whom_to_ask(params: dict | None = None) -> list[str]:
        return params["phones"]

    # [START howto_survey]
    answers = SmsWorksAskOperator.partial(
        task_id="ask",
        sender="{{ params.my_number }}",
        question="How was your delivery, from 1 (bad) to 5 (good)?",
        options=range(1, 6),
        default="no answer",
        response_timeout=dt.timedelta(seconds=60),
        deferrable=True,
    ).expand(to=whom_to_ask())
    # [END howto_survey]

    @task
    def count(answers: list) -> dict:
        given = [answer for answer in answers if answer != "no answer"]
        return {
            "asked": len(list(answers)),
            "answered": len(given),
            "mean": sum(given) / len(given) if given else None,
        }

    count(answers.output)


example_smsworks_survey()
