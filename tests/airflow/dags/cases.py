"""Dags of the tests: each one a bad day."""

from __future__ import annotations

import datetime as dt
import os
import signal

from airflow.sdk import DAG, CronPartitionTimetable, Variable

from airflow_provider_smsworks.notifications.smsworks import SmsWorksNotifier
from airflow_provider_smsworks.operators.batch import SmsWorksSendBatchOperator, SmsWorksSendCollectionOperator
from airflow_provider_smsworks.operators.message import (
    SmsWorksSendBinaryMessageOperator,
    SmsWorksSendFlashMessageOperator,
    SmsWorksSendMessageOperator,
)
from airflow_provider_smsworks.operators.otp import SmsWorksSendOtpOperator
from airflow_provider_smsworks.operators.schedule import (
    SmsWorksScheduleBatchOperator,
    SmsWorksScheduleMessageOperator,
)
from airflow_provider_smsworks.sensors.delivery import SmsWorksDeliverySensor
from airflow_provider_smsworks.transfers.file_to_sms import FileToSmsWorksOperator


class Dies:
    """The first try is killed when the gateway has accepted the text and the task has not yet written that down."""

    def execute(self, context):
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


class DiesAfterTheAnswer(Dies, SmsWorksSendMessageOperator):
    pass


ONE_RETRY = {"retries": 1, "retry_delay": dt.timedelta(seconds=1)}
PHONE = "{{ var.value.phone }}"
WORDS = "{{ var.value.words }}"

with DAG("killed", schedule=None, default_args=ONE_RETRY):
    DiesAfterTheAnswer(task_id="text", to=PHONE, content=WORDS)

with DAG("killed_kinds", schedule=None, default_args=ONE_RETRY):
    later = "{{ dag_run.run_after + macros.timedelta(days=1) }}"
    to_two = [PHONE, "{{ var.value.phone_2 }}"]
    each = [{"to": PHONE, "content": WORDS}, {"to": PHONE, "content": "Another"}]
    for name, kind, arguments in [
        ("flash", SmsWorksSendFlashMessageOperator, {"to": PHONE, "content": WORDS}),
        ("binary", SmsWorksSendBinaryMessageOperator, {"to": PHONE, "content": "65 54"}),
        ("schedule", SmsWorksScheduleMessageOperator, {"to": PHONE, "content": WORDS, "schedule": later}),
        ("schedule_batch", SmsWorksScheduleBatchOperator, {"to": to_two, "content": WORDS, "schedule": later}),
        ("batch", SmsWorksSendBatchOperator, {"to": to_two, "content": WORDS}),
        ("collection", SmsWorksSendCollectionOperator, {"messages": each}),
        ("otp", SmsWorksSendOtpOperator, {"to": PHONE}),
    ]:
        type(f"Dying{kind.__name__}", (Dies, kind), {})(task_id=name, **arguments)

with DAG("stalled", schedule=None, default_args=ONE_RETRY):
    SmsWorksSendMessageOperator(task_id="text", to=PHONE, content=WORDS)

with DAG("bulk", schedule=None, default_args=ONE_RETRY):
    FileToSmsWorksOperator(
        task_id="text",
        smsworks_conn_id="small_calls",
        path="{{ var.value.customers }}",
        key="id",
        to="phone",
        content="Hello {name}",
        manifest="{{ var.value.customers }}.manifest",
    )

with DAG("wrong_token", schedule=None, default_args=ONE_RETRY):
    SmsWorksSendMessageOperator(task_id="text", to=PHONE, content=WORDS, smsworks_conn_id="wrong_token")

with DAG("mapped", schedule=None, default_args=ONE_RETRY):
    SmsWorksSendMessageOperator.partial(task_id="text", content=WORDS).expand(to=[PHONE, "{{ var.value.phone_2 }}"])

with DAG("waiting", schedule=None, default_args=ONE_RETRY):
    text = SmsWorksSendMessageOperator(task_id="text", to=PHONE, content=WORDS, wait_for_delivery=True, deferrable=True)
    lost = SmsWorksSendMessageOperator(task_id="lost", to="{{ var.value.no_phone }}", content=WORDS)
    SmsWorksDeliverySensor(
        task_id="not_delivered",
        message_id=lost.output["message_id"],
        poke_interval=1,
        timeout=60,
        deferrable=True,
    )

with DAG("grown", schedule=None, default_args=ONE_RETRY) as grown:

    @grown.task
    def orders():
        """The second time there is another order before the first one."""
        count = Variable.get("orders")
        return [{"send_key": f"order {n}", "to": f"0770090050{n}"} for n in count.split()]

    SmsWorksSendMessageOperator.partial(task_id="text", content=WORDS).expand_kwargs(orders())

with DAG("broken_row", schedule=None) as broken_row:

    @broken_row.task
    def rows():
        return [{"to": PHONE, "content": "{{ var.value.words }} {{ 1 / 0 }}"}]

    SmsWorksSendMessageOperator.partial(task_id="text").expand_kwargs(rows())

with DAG(
    "partitions",
    schedule=CronPartitionTimetable("0 0 * * *", timezone="UTC"),
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    end_date=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
    catchup=True,
    default_args=ONE_RETRY,
):
    SmsWorksSendMessageOperator(task_id="text", to=PHONE, content=WORDS)

with DAG(
    "form",
    schedule=None,
    on_success_callback=SmsWorksNotifier(to=PHONE, content="Done", smsworks_conn_id="form"),
):
    SmsWorksSendMessageOperator(
        task_id="text",
        smsworks_conn_id="form",
        to=PHONE,
        content=WORDS,
        wait_for_delivery=True,
        deferrable=True,
    )
