"""A question, in the README and on the page about replies."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, task

from airflow_provider_smsworks.operators.question import SmsWorksAskOperator


@dag(schedule=None, params={"phone": "07700900005"})
def ask_about_sunday():
    # [START howto_ask]
    answer = SmsWorksAskOperator(
        task_id="ask",
        to="{{ params.phone }}",
        sender="07700900999",  # your reply number: nobody can answer a name
        question="May we deliver on Sunday?",
        options=["YES", "NO"],
        default="NO",
        response_timeout=timedelta(hours=4),
        deferrable=True,  # hold no worker slot meanwhile
    )
    # [END howto_ask]

    @task
    def plan(answer: str) -> str:
        print(f"The answer is {answer}.")
        return answer

    plan(answer.output)


ask_about_sunday()
