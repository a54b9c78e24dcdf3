"""What every Airflow that this package serves can do, as its users write it: `airflow dags test <name>`."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

from airflow.providers.common.compat.sdk import DAG, task

from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.notifications.smsworks import send_smsworks_notification
from airflow_provider_smsworks.operators.account import SmsWorksGetCreditsOperator
from airflow_provider_smsworks.operators.batch import SmsWorksSendBatchOperator, SmsWorksSendCollectionOperator
from airflow_provider_smsworks.operators.message import (
    SmsWorksSendBinaryMessageOperator,
    SmsWorksSendFlashMessageOperator,
    SmsWorksSendMessageOperator,
)
from airflow_provider_smsworks.operators.message_reads import SmsWorksGetMessageOperator, SmsWorksSearchMessagesOperator
from airflow_provider_smsworks.operators.otp import SmsWorksSendOtpOperator
from airflow_provider_smsworks.operators.otp_reads import SmsWorksVerifyOtpOperator
from airflow_provider_smsworks.operators.question import SmsWorksAskOperator
from airflow_provider_smsworks.operators.schedule import SmsWorksScheduleMessageOperator
from airflow_provider_smsworks.operators.schedule_reads import SmsWorksCancelScheduledMessageOperator
from airflow_provider_smsworks.sensors.delivery import SmsWorksBatchDeliverySensor, SmsWorksDeliverySensor
from airflow_provider_smsworks.sensors.inbox import SmsWorksInboxSensor
from airflow_provider_smsworks.transfers.file_to_sms import FileToSmsWorksOperator
from airflow_provider_smsworks.transfers.sql_to_sms import SqlToSmsWorksOperator

DELIVERED, NOBODY, SAYS_YES = "07700900000", "07700900001", "07700900005"
ADA, BOB, OWN = "07700900412", "07700900413", "447860012345"
SOON = {"poke_interval": 0.5, "timeout": 60}
DAG_ARGUMENTS = {"schedule": None, "start_date": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}


@task
def note(results):
    """Tell the test what the tasks returned."""
    Path(os.environ["NOTES"]).write_text(json.dumps(results, default=list))


with DAG("sends", **DAG_ARGUMENTS):
    text = SmsWorksSendMessageOperator(task_id="text", to=ADA, content="Hello from {{ run_id }}", reference="order 7")
    mapped = SmsWorksSendMessageOperator.partial(task_id="mapped", content="To each").expand(to=[ADA, BOB])
    flash = SmsWorksSendFlashMessageOperator(task_id="flash", to=ADA, content="Flash")
    binary = SmsWorksSendBinaryMessageOperator(task_id="binary", to=ADA, content="65 54")
    batch = SmsWorksSendBatchOperator(task_id="batch", to=[ADA, BOB], content="Batch")
    collection = SmsWorksSendCollectionOperator(
        task_id="collection", messages=[{"to": ADA, "content": "First"}, {"to": BOB, "content": "Second"}]
    )
    otp = SmsWorksSendOtpOperator(task_id="otp", to=ADA, passcode="481216")
    verified = SmsWorksVerifyOtpOperator(task_id="verified", passcode="481216", otp_id=otp.output["otp_id"])
    planned = SmsWorksScheduleMessageOperator(
        task_id="planned",
        to=ADA,
        content="Later",
        schedule="{{ macros.datetime.utcnow() + macros.timedelta(days=1) }}Z",
    )
    cancelled = SmsWorksCancelScheduledMessageOperator(task_id="cancelled", message_id=planned.output["message_id"])
    from_table = SqlToSmsWorksOperator(
        task_id="from_table",
        conn_id="orders",
        sql="SELECT id, phone FROM late",
        key="id",
        to="phone",
        content="Late: {id}",
    )
    from_file = FileToSmsWorksOperator(
        task_id="from_file", path="{{ var.value.orders }}", key="id", to="phone", content="Also late: {id}"
    )
    read = SmsWorksGetMessageOperator(task_id="read", message_id=text.output["message_id"])
    found = SmsWorksSearchMessagesOperator(task_id="found", to=ADA, limit=100)
    credits_left = SmsWorksGetCreditsOperator(task_id="credits_left")
    planned >> cancelled
    text >> credits_left
    [text, read] >> found

    @task
    def by_hook():
        return SmsWorksHook().send_message(to=BOB, content="By the hook")["message_id"]

    results = {
        operator.task_id: operator.output
        for operator in (text, mapped, flash, binary, batch, collection, verified, from_table, from_file, read, found)
    }
    note({**results, "credits_left": credits_left.output, "by_hook": by_hook()})

with DAG("waits", **DAG_ARGUMENTS):
    deferred = SmsWorksSendMessageOperator(
        task_id="deferred", to=DELIVERED, content="Deferred", wait_for_delivery=True, deferrable=True, poll_interval=0.5
    )
    in_worker = SmsWorksSendMessageOperator(
        task_id="in_worker",
        to=NOBODY,
        content="In the worker",
        wait_for_delivery=True,
        on_undelivered="return",
        deferrable=False,
        poll_interval=0.5,
    )
    some = SmsWorksSendBatchOperator(task_id="some", to=[DELIVERED, NOBODY], content="Batch")
    poked = SmsWorksDeliverySensor(
        task_id="poked", message_id=in_worker.output["message_id"], on_undelivered="return", deferrable=False, **SOON
    )
    of_batch = SmsWorksBatchDeliverySensor(
        task_id="of_batch", batch_id=some.output["batch_id"], on_undelivered="return", deferrable=True, **SOON
    )
    results = {operator.task_id: operator.output for operator in (deferred, in_worker, poked, of_batch)}
    note(results)

with DAG("replies", **DAG_ARGUMENTS):
    asked = SmsWorksAskOperator(
        task_id="asked",
        to=SAYS_YES,
        question="Are you in?",
        options=["YES", "NO"],
        sender=OWN,
        response_timeout=dt.timedelta(minutes=1),
        deferrable=True,
        poll_interval=0.5,
    )
    mail = SmsWorksSendMessageOperator(task_id="mail", to=SAYS_YES, content="Shall we?", sender=OWN)
    came = SmsWorksInboxSensor(
        task_id="came",
        from_number=SAYS_YES,
        since="{{ dag_run.start_date }}",
        unread=True,
        deferrable=True,
        **SOON,
    )
    answered = SmsWorksSendMessageOperator(task_id="answered", reply_to=came.output["message_id"], content="Fine")
    asked >> mail >> came
    note({operator.task_id: operator.output for operator in (asked, came, answered)})

with DAG("fails", **DAG_ARGUMENTS) as fails:

    @task(on_failure_callback=[send_smsworks_notification(to=ADA)])
    def load():
        raise ValueError("no rows today")

    @task(on_success_callback=[send_smsworks_notification(to=BOB, content="{{ ti.task_id }} is done")])
    def publish():
        return None

    load()
    publish()
