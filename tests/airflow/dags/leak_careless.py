"""
A Dag of the leak tests whose author puts numbers and words where Airflow keeps them, and the way around each.

Each way has a number of its own, so that the search tells what is found where: the table of docs/privacy.md.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Asset, AssetWatcher
from leak_rows import OWN_NUMBER, WAIT, dag, log, row, to

from airflow_provider_smsworks.operators.inbox import SmsWorksEachTextOperator
from airflow_provider_smsworks.operators.message import SmsWorksGetMessageOperator, SmsWorksSendMessageOperator
from airflow_provider_smsworks.operators.question import SmsWorksApprovalOperator
from airflow_provider_smsworks.sensors.inbox import SmsWorksInboxSensor
from airflow_provider_smsworks.triggers.inbox import SmsWorksInboxTrigger

HELLO = {"content": "Hello"}

with dag("leak_careless", params={"phone": "07700 900902", "none": ""}) as careless:
    SmsWorksSendMessageOperator(task_id="literal", to="07700 900901", content="Dear Wuzzleby")
    SmsWorksSendMessageOperator(task_id="params", to="{{ params.phone }}", **HELLO)
    SmsWorksSendMessageOperator(task_id="conf", to="{{ dag_run.conf.phone }}", **HELLO)
    SmsWorksSendMessageOperator.partial(task_id="mapped", **HELLO).expand(to=["07700 900904"])

    @careless.task
    def phones():
        """Return what another task is mapped over."""
        return [row("careless_xcom").phone]

    SmsWorksSendMessageOperator.partial(task_id="over_xcom", **HELLO).expand(to=phones())
    SmsWorksSendMessageOperator(
        task_id="reference", **to("careless_sent"), reference="{{ row('careless_reference').phone }}"
    )
    SmsWorksSendMessageOperator(
        task_id="labels",
        **to("careless_sent_2"),
        tag="{{ row('careless_tag').words }}",
        send_key="{{ row('careless_key').words }}",
    )

    @careless.task
    def logs():
        """Log a number."""
        log.info("Texting %s", row("careless_log").phone)

    revealed = SmsWorksSendMessageOperator(task_id="revealed", **to("careless_reveal"))
    SmsWorksGetMessageOperator(task_id="reveal", message_id=revealed.output["message_id"], reveal=True)
    SmsWorksInboxSensor(
        task_id="pattern",
        from_number="{{ row('careless_pattern').phone }}",
        pattern="{{ row('careless_pattern').words }}|ack",
        since="{{ dag_run.run_after - macros.timedelta(minutes=5) }}",
        deferrable=True,
        **WAIT,
    )
    SmsWorksApprovalOperator(
        task_id="subject",
        to="{{ row('careless_asked').phone }}",
        subject="{{ row('careless_subject').words }}",
        body="{{ row('careless_subject').phone }}",
        sender=OWN_NUMBER,
        response_timeout=dt.timedelta(seconds=5),
        poll_interval=1,
        defaults="Approve",
    )
    logs()

from_somebody = SmsWorksInboxTrigger(from_number="07700 900905")
with dag(
    "leak_watcher", schedule=[Asset("leak_somebody", watchers=[AssetWatcher(name="leak", trigger=from_somebody)])]
):
    SmsWorksEachTextOperator(task_id="text")

with dag("leak_careful", params={"customer": "careful_param"}) as careful:
    SmsWorksSendMessageOperator(task_id="literal", **to("careful"))
    SmsWorksSendMessageOperator(task_id="params", to="{{ row(params.customer).phone }}", **HELLO)
    SmsWorksSendMessageOperator(task_id="conf", to="{{ row(dag_run.conf.customer).phone }}", **HELLO)
    SmsWorksSendMessageOperator.partial(task_id="mapped", **HELLO).expand(to=["{{ row('careful_mapped').phone }}"])

    @careful.task
    def customers():
        """Return names, of which each mapped task looks up its number."""
        return ["careful_xcom"]

    SmsWorksSendMessageOperator.partial(task_id="over_xcom").expand_kwargs(
        customers().map(lambda name: to(name) | {"send_key": name})
    )
    SmsWorksSendMessageOperator(
        task_id="labels",
        **to("careful_labels"),
        reference="customer 17",
        tag="parcels",
        send_key="{{ row('careful_labels').phone }}",
    )
    waits = SmsWorksInboxSensor(
        task_id="waits",
        from_number="{{ row('careful_pattern').phone }}",
        keyword="ack",
        since="{{ dag_run.run_after - macros.timedelta(minutes=5) }}",
        deferrable=True,
        **WAIT,
    )
    SmsWorksSendMessageOperator(task_id="reply", reply_to=waits.output["message_id"], **HELLO)
