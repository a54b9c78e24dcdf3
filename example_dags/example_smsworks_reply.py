"""
Ask somebody, wait until they text back, and thank them, without ever seeing their number.

The sandbox's phone 07700 900005 answers YES to whatever it gets. The sender must be a number of yours: nobody can
answer a name.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Param, dag

from airflow_provider_smsworks.operators.message import (
    SmsWorksGetUnreadMessagesOperator,
    SmsWorksSendMessageOperator,
)
from airflow_provider_smsworks.sensors.inbox import SmsWorksInboxSensor


@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    default_args={"retries": 2, "retry_delay": dt.timedelta(seconds=30)},
    params={"phone": Param("07700900005", type="string"), "my_number": Param("447700900999", type="string")},
)
def example_smsworks_reply():
    ask = SmsWorksSendMessageOperator(
        task_id="ask",
        to="{{ params.phone }}",
        sender="{{ params.my_number }}",
        content="May we deliver on Sunday? Please answer YES or NO.",
    )

    # [START howto_inbox_sensor]
    answer = SmsWorksInboxSensor(
        task_id="wait_for_the_answer",
        from_number="{{ params.phone }}",
        to_number="{{ params.my_number }}",
        pattern="(?i)^(yes|no)",
        since="{{ dag_run.start_date.isoformat() }}",
        timeout=3600,
        deferrable=True,
    )
    # [END howto_inbox_sensor]

    # [START howto_reply_to]
    thank = SmsWorksSendMessageOperator(
        task_id="thank_them",
        reply_to=answer.output["message_id"],
        content="Thank you, we noted your answer.",
    )
    # [END howto_reply_to]

    # [START howto_unread]
    # Other texts that came in; the gateway may mark what it returns here as read.
    others = SmsWorksGetUnreadMessagesOperator(task_id="other_texts", to="{{ params.my_number }}")
    # [END howto_unread]

    ask >> answer >> thank >> others


example_smsworks_reply()
