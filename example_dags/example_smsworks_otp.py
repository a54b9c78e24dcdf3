"""
Make sure that a phone is in the hands of whoever says so: text it a passcode, and verify what they typed.

The passcode is in no log, no XCom and no rendered field. The gateway finds a passcode by itself alone, so the task
that verifies compares the phone and the id that the first task returned. What was typed comes in as a parameter here;
Airflow shows those to everybody who may see the run.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Param, dag, task

from airflow_provider_smsworks.operators.otp import (
    SmsWorksGetOtpOperator,
    SmsWorksSendOtpOperator,
    SmsWorksVerifyOtpOperator,
)
from airflow_provider_smsworks.sensors.otp import SmsWorksOtpSensor


@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    params={
        "phone": Param("07700900000", type="string"),
        "passcode": Param("481216", type="string", title="A passcode of one's own; without it the gateway makes one"),
        "typed": Param("481216", type="string", title="What they typed"),
    },
)
def example_smsworks_otp():
    # [START howto_otp]
    send = SmsWorksSendOtpOperator(
        task_id="text_passcode",
        to="{{ params.phone }}",
        passcode="{{ params.passcode }}",
        template="{{passcode}} is your passcode for the depot's door.",
        validity=dt.timedelta(minutes=10),
    )

    verify = SmsWorksVerifyOtpOperator(
        task_id="verify_passcode",
        passcode="{{ params.typed }}",
        to="{{ params.phone }}",
        otp_id=send.output["otp_id"],
        message_id=send.output["message_id"],
        on_unverified="fail",
    )
    # [END howto_otp]

    # [START howto_otp_sensor]
    # For a passcode that is verified elsewhere, by a web page say.
    verified = SmsWorksOtpSensor(task_id="wait_until_verified", message_id=send.output["message_id"], timeout=600)

    record = SmsWorksGetOtpOperator(task_id="read_its_record", message_id=send.output["message_id"])
    # [END howto_otp_sensor]

    @task
    def open_the_door(otp: dict) -> str:
        return f"The door is open ({otp['status']})."

    verify >> verified >> record >> open_the_door(verify.output)


example_smsworks_otp()
