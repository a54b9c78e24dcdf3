"""
Dags of the leak tests: every operator and sensor, and every way to fail, written as an author should.

No number, text, passcode or token is in here. They come from a table, a file, the environment or the connection, at
the moment when a field is rendered or a task runs.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal

from leak_rows import LATER, ONE_RETRY, WAIT, dag, integer, log, row, to

from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.operators.account import (
    SmsWorksGetCountryCreditsOperator,
    SmsWorksGetCreditsOperator,
    SmsWorksGetCustomerIdOperator,
    SmsWorksGetMessageVolumeOperator,
)
from airflow_provider_smsworks.operators.batch import (
    SmsWorksGetBatchOperator,
    SmsWorksSendBatchOperator,
    SmsWorksSendCollectionOperator,
)
from airflow_provider_smsworks.operators.message import (
    SmsWorksDeleteMessageOperator,
    SmsWorksGetFailedMessagesOperator,
    SmsWorksGetMessageOperator,
    SmsWorksGetUnreadMessagesOperator,
    SmsWorksSearchMessagesOperator,
    SmsWorksSendBinaryMessageOperator,
    SmsWorksSendFlashMessageOperator,
    SmsWorksSendMessageOperator,
)
from airflow_provider_smsworks.operators.otp import (
    SmsWorksGetOtpOperator,
    SmsWorksSendOtpOperator,
    SmsWorksVerifyOtpOperator,
)
from airflow_provider_smsworks.operators.schedule import (
    SmsWorksCancelScheduledBatchOperator,
    SmsWorksCancelScheduledMessageOperator,
    SmsWorksGetScheduledMessagesOperator,
    SmsWorksScheduleBatchOperator,
    SmsWorksScheduleMessageOperator,
)
from airflow_provider_smsworks.sensors.account import SmsWorksCreditsSensor
from airflow_provider_smsworks.sensors.delivery import SmsWorksBatchDeliverySensor, SmsWorksDeliverySensor
from airflow_provider_smsworks.sensors.inbox import SmsWorksInboxSensor
from airflow_provider_smsworks.sensors.otp import SmsWorksOtpSensor

with dag("leak_sends") as sends:
    one = SmsWorksSendMessageOperator(
        task_id="one",
        **to("one"),
        send_key="{{ row('one').phone }}",
        tag="{{ row('one').phone }}",
        metadata={"customer": "{{ row('one').words }}"},
        delivery_report_url="https://example.com/{{ row('one').passcode }}?to={{ row('one').phone | urlencode }}",
        wait_for_delivery=True,
        deferrable=True,
    )
    polled = SmsWorksSendMessageOperator(task_id="polled", **to("polled", "line"), wait_for_delivery=True)
    whole = SmsWorksSendMessageOperator(task_id="whole", to=integer("whole"), content="{{ env('whole').words }}")
    flash = SmsWorksSendFlashMessageOperator(task_id="flash", **to("flash", "env"))
    SmsWorksSendBinaryMessageOperator(
        task_id="binary", to="{{ row('binary').phone }}", content="{{ row('binary').words.encode().hex() }}"
    )
    schedule = SmsWorksScheduleMessageOperator(task_id="schedule", **to("schedule"), schedule=LATER)
    schedule_batch = SmsWorksScheduleBatchOperator(
        task_id="schedule_batch",
        to=["{{ row('schedule_batch').phone }}", "{{ row('schedule_batch_2').phone }}"],
        content="{{ row('schedule_batch').words }}",
        schedule=LATER,
    )
    batch = SmsWorksSendBatchOperator(
        task_id="batch",
        to=["{{ row('batch').phone }}", "{{ row('batch_2').phone }}", "{{ row('unreached_batch').phone }}"],
        content="{{ row('batch').words }}",
        wait_for_delivery=True,
        on_undelivered="return",
        deferrable=True,
    )
    collection = SmsWorksSendCollectionOperator(
        task_id="collection", messages=[to("collection"), to("collection_2", "line")]
    )
    otp = SmsWorksSendOtpOperator(
        task_id="otp",
        to="{{ row('otp').phone }}",
        passcode="{{ row('otp').passcode }}",
        template="{{passcode}} is your code",
        metadata={"customer": "{{ row('otp').words }}"},
    )
    made_otp = SmsWorksSendOtpOperator(task_id="made_otp", to="{{ row('made_otp').phone }}", length=12)
    SmsWorksSendMessageOperator.partial(task_id="mapped", content="{{ row('mapped').words }}").expand(
        to=["{{ row('mapped').phone }}", "{{ line('mapped_2').phone }}"]
    )

    SmsWorksVerifyOtpOperator(
        task_id="wrong_passcode",
        passcode="{{ row('wrong_passcode').passcode }}",
        message_id=otp.output["message_id"],
        on_unverified="return",
    )
    verify = SmsWorksVerifyOtpOperator(
        task_id="verify",
        passcode="{{ row('otp').passcode }}",
        to="{{ row('otp').phone }}",
        message_id=otp.output["message_id"],
        otp_id=otp.output["otp_id"],
    )
    SmsWorksGetOtpOperator(task_id="get_otp", message_id=made_otp.output["message_id"])
    verify >> SmsWorksOtpSensor(task_id="otp_poked", message_id=otp.output["message_id"], **WAIT)
    SmsWorksOtpSensor(task_id="otp_deferred", message_id=made_otp.output["message_id"], deferrable=True, **WAIT)
    get_batch = SmsWorksGetBatchOperator(task_id="get_batch", batch_id=collection.output["batch_id"])
    for deferrable in (False, True):
        how = {**WAIT, "deferrable": deferrable, "retries": 1, "retry_delay": dt.timedelta(seconds=1)}
        end = "deferred" if deferrable else "poked"
        SmsWorksDeliverySensor(task_id=f"delivery_{end}", message_id=flash.output["message_id"], **how)
        SmsWorksBatchDeliverySensor(task_id=f"batch_{end}", batch_id=collection.output["batch_id"], **how)
    scheduled = SmsWorksGetScheduledMessagesOperator(task_id="scheduled")
    [schedule, schedule_batch] >> scheduled
    scheduled >> [
        SmsWorksCancelScheduledMessageOperator(task_id="cancel", message_id=schedule.output["message_id"]),
        SmsWorksCancelScheduledBatchOperator(task_id="cancel_batch", batch_id=schedule_batch.output["batch_id"]),
    ]

with dag("leak_reads") as reads:

    @reads.task
    def from_the_hook():
        """Send with the hook, as a task of an author's own would, and return an id only."""
        hook, who = SmsWorksHook(), row("hook")
        hook.send_message(to=row("unreached").phone, content=row("unreached").words)

        async def twin():
            try:
                return await hook.asend_message(to=row("hook_async").phone, content=row("hook_async").words)
            finally:
                await hook.aclose()

        asyncio.run(twin())
        sent = hook.send_message(to=who.phone, content=who.words)
        log.info("%r %r %r %r", hook, hook.settings, hook.get_conn(), vars(hook).keys())
        return sent["message_id"]

    message_id = from_the_hook()
    get = SmsWorksGetMessageOperator(task_id="get", message_id=message_id)
    search = SmsWorksSearchMessagesOperator(
        task_id="search", to="{{ row('hook').phone }}", since="{{ dag_run.run_after }}"
    )
    failures = SmsWorksGetFailedMessagesOperator(task_id="failures", since="{{ dag_run.run_after }}")
    arrived = SmsWorksDeliverySensor(task_id="arrived", message_id=message_id, **WAIT)
    arrived >> [get, search, failures] >> SmsWorksDeleteMessageOperator(task_id="delete", message_id=message_id)
    for deferrable in (False, True):
        end = "deferred" if deferrable else "poked"
        SmsWorksCreditsSensor(task_id=f"credits_{end}", at_least=5000 * deferrable, deferrable=deferrable, **WAIT)
        inbox = SmsWorksInboxSensor(
            task_id=f"inbox_{end}",
            from_number=f"{{{{ row('inbox_{end}').phone }}}}",
            since="{{ dag_run.run_after - macros.timedelta(minutes=1) }}",
            deferrable=deferrable,
            **WAIT,
        )
        inbox >> SmsWorksSendMessageOperator(
            task_id=f"reply_{end}",
            reply_to=inbox.output["message_id"],
            content=f"{{{{ row('reply_{end}').words }}}}",
        )
        inbox >> SmsWorksGetUnreadMessagesOperator(
            task_id=f"unread_{end}",
            sender=f"{{{{ row('inbox_{end}').phone }}}}",
        )
    SmsWorksGetCreditsOperator(task_id="credits")
    SmsWorksGetCustomerIdOperator(task_id="customer")
    SmsWorksGetMessageVolumeOperator(task_id="volume")
    SmsWorksGetCountryCreditsOperator(task_id="country", country="FR")


class DiesAfterTheAnswer(SmsWorksSendMessageOperator):
    """The first try is killed when the gateway has accepted the text and the task has not yet written that down."""

    def execute(self, context):
        """Send, and die."""
        client = self.hook.get_conn()
        call = client.call

        def call_and_die(prepared):
            answer = call(prepared)
            if prepared.operation.sends:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        if context["ti"].try_number == 1:
            client.call = call_and_die
        return super().execute(context)


with dag("leak_repeats"):
    DiesAfterTheAnswer(task_id="killed", **to("killed"), **ONE_RETRY)
    SmsWorksSendMessageOperator(task_id="cleared", **to("cleared"))
    SmsWorksSendMessageOperator(task_id="fetched_token", **to("fetched_token"), smsworks_conn_id="leak_fetches")
