"""Dags of the tests: every sensor, deferred."""

from __future__ import annotations

import datetime as dt

from airflow.sdk import DAG, Variable

from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.sensors.account import SmsWorksCreditsSensor
from airflow_provider_smsworks.sensors.delivery import SmsWorksBatchDeliverySensor
from airflow_provider_smsworks.sensors.inbox import SmsWorksInboxSensor
from airflow_provider_smsworks.sensors.otp import SmsWorksOtpSensor

WAIT = {"deferrable": True, "poke_interval": 1, "timeout": 90}

with DAG("sensors", schedule=None, default_args={"retries": 1, "retry_delay": dt.timedelta(seconds=1)}) as dag:

    @dag.task(multiple_outputs=True)
    def send():
        """Send a batch and a passcode."""
        hook, phones = SmsWorksHook(), [Variable.get(name) for name in ("phone", "phone_2", "no_phone")]
        batch_id = hook.send_batch(to=phones, content=Variable.get("words"))["batch_id"]
        otp = hook.send_otp(to=phones[0], template="{{passcode}} is your code")
        return {"batch_ids": [batch_id], "otp": otp["message_id"]}

    sent = send()
    SmsWorksBatchDeliverySensor(task_id="batch", batch_id=sent["batch_ids"], expected=3, at_least=0.6, **WAIT)
    SmsWorksOtpSensor(task_id="otp", message_id=sent["otp"], **WAIT)
    SmsWorksCreditsSensor(task_id="credits", at_least=5000, **WAIT)
    SmsWorksInboxSensor(task_id="text", from_number="{{ var.value.phone }}", keyword="ack", **WAIT)
