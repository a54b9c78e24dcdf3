"""Where a task's link leads."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from airflow.providers.common.compat.sdk import DAG

from airflow_provider_smsworks.get_provider_info import get_provider_info
from airflow_provider_smsworks.operators.links import SmsWorksSandboxLink, batch_anchor, message_anchor, sandbox_page
from airflow_provider_smsworks.operators.message_reads import SmsWorksGetMessageOperator
from airflow_provider_smsworks.operators.otp_reads import SmsWorksGetOtpOperator
from airflow_provider_smsworks.sensors.delivery import SmsWorksBatchDeliverySensor, SmsWorksDeliverySensor
from airflow_provider_smsworks.sensors.inbox import SmsWorksInboxSensor
from airflow_provider_smsworks.sensors.otp import SmsWorksOtpSensor
from tests.versions import AIRFLOW_V_3_0_PLUS


@pytest.mark.parametrize("host", ["127.0.0.1:8025", "localhost:8025", "[::1]:8025", "127.0.0.9"])
def test_a_sandbox_on_this_machine_has_a_page(host):
    assert sandbox_page(f"http://{host}/v1", message_anchor("1")) == f"http://{host}/#message-1"


@pytest.mark.parametrize(
    "base_url", ["https://api.thesmsworks.co.uk/v1", "http://gateway:8025/v1", "https://localhost"]
)
def test_no_other_gateway_has_one(base_url):
    assert sandbox_page(base_url, batch_anchor("1")) == ""


def test_the_link_is_made_from_what_the_task_concerns():
    hook = SimpleNamespace(settings=SimpleNamespace(base_url="http://127.0.0.1:8025/v1"))
    link = SmsWorksSandboxLink()
    operator = SimpleNamespace(hook=hook, link_anchor="batch-7")
    assert link.get_link(operator, ti_key=None) == "http://127.0.0.1:8025/#batch-7"


def test_a_task_that_failed_before_it_knew_asks_for_nothing():
    assert SmsWorksSandboxLink().get_link(SimpleNamespace(link_anchor=None), ti_key=None) == ""


def test_airflow_finds_the_link_of_plain_and_mapped_tasks():
    from airflow.serialization import serialized_objects

    serialization = getattr(serialized_objects, "DagSerialization", serialized_objects.SerializedDAG)
    with DAG("d") as dag:
        SmsWorksGetMessageOperator(task_id="plain", message_id="1")
        SmsWorksGetMessageOperator.partial(task_id="mapped").expand(message_id=["1", "2"])
        SmsWorksGetOtpOperator(task_id="passcode", message_id="1")
        SmsWorksDeliverySensor(task_id="delivered", message_id="1")
        SmsWorksBatchDeliverySensor(task_id="all_delivered", batch_id="1")
        SmsWorksOtpSensor(task_id="verified", message_id="1")
        SmsWorksInboxSensor(task_id="answered")
    read = serialization.from_dict(serialization.to_dict(dag))
    # Airflow 2 would show a button that leads nowhere.
    expected = ["Message in the sandbox"] if AIRFLOW_V_3_0_PLUS else []
    for task_id in dag.task_ids:
        assert list(read.get_task(task_id).extra_links) == expected


def test_airflow_is_told_of_the_class():
    assert get_provider_info()["extra-links"] == [
        f"{SmsWorksSandboxLink.__module__}.{SmsWorksSandboxLink.__qualname__}"
    ]
