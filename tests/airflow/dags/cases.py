"""Dags of the tests: each one a bad day."""

from __future__ import annotations

import datetime as dt
import os
import signal

from airflow.sdk import DAG, Variable

from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator
from airflow_provider_smsworks.sensors.delivery import SmsWorksDeliverySensor


class DiesAfterTheAnswer(SmsWorksSendMessageOperator):
    """The first try is killed when the gateway has accepted the text and the task has not yet written that down."""

    def execute(self, context):
        client = self.hook.get_conn()
        call = client.call

        def call_and_die(prepared):
            call(prepared)
            os.kill(os.getpid(), signal.SIGKILL)

        if context["ti"].try_number == 1:
            client.call = call_and_die
        return super().execute(context)


ONE_RETRY = {"retries": 1, "retry_delay": dt.timedelta(seconds=1)}
PHONE = "{{ var.value.phone }}"
WORDS = "{{ var.value.words }}"

with DAG("killed", schedule=None, default_args=ONE_RETRY):
    DiesAfterTheAnswer(task_id="text", to=PHONE, content=WORDS)

with DAG("stalled", schedule=None, default_args=ONE_RETRY):
    SmsWorksSendMessageOperator(task_id="text", to=PHONE, content=WORDS)

with DAG("wrong_token", schedule=None, default_args=ONE_RETRY):
    SmsWorksSendMessageOperator(task_id="text", to=PHONE, content=WORDS, smsworks_conn_id="wrong_token")

with DAG("stored_token", schedule=None, default_args=ONE_RETRY):
    SmsWorksSendMessageOperator(task_id="text", to=PHONE, content=WORDS, smsworks_conn_id="stored_token")

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
