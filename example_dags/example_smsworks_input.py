"""
Text somebody that a task waits for their answer in Airflow's UI (Airflow 3.1 and later).

Any human-in-the-loop task of Airflow takes `notifiers`. Here the text only tells; the answer is given in the UI. To
have it answered by text, see `example_smsworks_approval`.
"""

from __future__ import annotations

import datetime as dt

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param, dag

from airflow_provider_smsworks.notifications.smsworks import SmsWorksNotifier


@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    params={"manager": Param("07700900010", type="string")},
)
def example_smsworks_input():
    # [START howto_notifier_input]
    ApprovalOperator(
        task_id="release_refunds",
        subject="Release 500 refunds?",
        notifiers=[SmsWorksNotifier(to="{{ params.manager }}")],
        defaults="Reject",
        response_timeout=dt.timedelta(hours=4),
    )
    # [END howto_notifier_input]


example_smsworks_input()
