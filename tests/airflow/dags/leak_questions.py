"""Dags of the leak tests: questions, approvals and a text that comes in, written as an author should."""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Asset, AssetWatcher
from leak_rows import OWN_NUMBER, dag, to

from airflow_provider_smsworks.operators.inbox import SmsWorksEachTextOperator
from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator
from airflow_provider_smsworks.operators.question import SmsWorksApprovalOperator, SmsWorksAskOperator
from airflow_provider_smsworks.triggers.inbox import SmsWorksInboxTrigger

SECONDS = dt.timedelta(seconds=1)
ASKS = {"sender": OWN_NUMBER, "poll_interval": 1, "response_timeout": 240 * SECONDS}
CHOICE = {**ASKS, "options": ["YES", "NO"]}


def question(name):
    """Ask somebody, as a template."""
    return {"to": f"{{{{ row('{name}').phone }}}}", "question": f"{{{{ row('{name}').words }}}}"}


with dag("leak_questions") as questions:
    SmsWorksAskOperator(task_id="poked", **question("ask_poked"), **CHOICE)
    SmsWorksAskOperator(task_id="deferred", **question("ask_deferred"), **CHOICE, deferrable=True)
    SmsWorksAskOperator(task_id="unclear", **question("ask_unclear"), **CHOICE, deferrable=True)
    SmsWorksAskOperator(task_id="free", **question("ask_free"), **ASKS, deferrable=True)
    SmsWorksAskOperator(
        task_id="nobody",
        **question("ask_nobody"),
        **CHOICE | {"response_timeout": 60 * SECONDS},
        default="NO",
        reminders=[3 * SECONDS],
        deferrable=True,
    )

with dag("leak_approvals") as approvals:
    request = {"subject": "Deploy?", "body": "All is tested.", **ASKS}
    approved = SmsWorksApprovalOperator(
        task_id="approved",
        to=["{{ row('approve_text').phone }}", "{{ row('approve_second').phone }}"],
        **request,
    )
    rejected = SmsWorksApprovalOperator(task_id="rejected", to="{{ row('approve_rejected').phone }}", **request)
    nobody = SmsWorksApprovalOperator(
        task_id="nobody",
        to=["{{ row('approve_nobody').phone }}"],
        **request | {"response_timeout": 60 * SECONDS},
        defaults="Reject",
    )
    for approval in (approved, rejected, nobody):
        approval >> SmsWorksSendMessageOperator(
            task_id=f"after_{approval.task_id}", **to(f"approve_{approval.task_id}_after")
        )

texts = Asset(
    "leak_texts",
    watchers=[AssetWatcher(name="leak_texts", trigger=SmsWorksInboxTrigger(keyword="zonk", poll_interval=1))],
)

with dag("leak_watched", schedule=[texts]) as watched:
    text = SmsWorksEachTextOperator(task_id="text")
    answer = SmsWorksAskOperator(
        task_id="ask",
        reply_to=text.output["message_id"],
        question="{{ row('watched_ask').words }}",
        deferrable=True,
        **CHOICE,
    )
    answer >> SmsWorksSendMessageOperator(
        task_id="thank", reply_to=answer.output["message_id"], content="{{ row('watched_thank').words }}"
    )
