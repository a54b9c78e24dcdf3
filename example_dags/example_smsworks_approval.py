"""
Approve a deployment in Airflow's UI or by text, whichever comes first (Airflow 3.3).

The request stands among the required actions of the Dag's run. The sandbox's phones do not approve by themselves:
read the code on the sandbox, and let the phone 07700 900010 reply `Approve` and the code.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Param, dag, task

from airflow_provider_smsworks.operators.question import SmsWorksApprovalOperator


@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    default_args={"retries": 2, "retry_delay": dt.timedelta(seconds=30)},
    params={
        "release": Param("4.2", type="string"),
        "phone": Param("07700900010", type="string"),
        "my_number": Param("447700900999", type="string"),
    },
)
def example_smsworks_approval():
    # [START howto_approval]
    approve = SmsWorksApprovalOperator(
        task_id="approve",
        subject="Deploy {{ params.release }} to production?",
        body="All tests passed. **Reject** skips the deployment.",
        to=["{{ params.phone }}"],
        sender="{{ params.my_number }}",
        defaults="Reject",
        response_timeout=dt.timedelta(hours=2),
    )

    @task
    def deploy(approval: dict) -> str:
        return f"Deployed; approved by {approval['answered_by']}."

    deploy(approve.output)
    # [END howto_approval]


example_smsworks_approval()
