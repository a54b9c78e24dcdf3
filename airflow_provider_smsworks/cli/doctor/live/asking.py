"""The order of the questions. A text whose outcome is open ends them: what follows would text again."""

from __future__ import annotations

from argparse import Namespace

from airflow_provider_smsworks.api.errors import SmsWorksError
from airflow_provider_smsworks.cli.doctor.line import Line
from airflow_provider_smsworks.cli.doctor.live import advice, batches, inbox, messages, reads, schedules
from airflow_provider_smsworks.cli.doctor.live.interview import Interview
from airflow_provider_smsworks.cli.doctor.live.plan import plan
from airflow_provider_smsworks.cli.doctor.report import Report
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook


def ask_gateway(hook: SmsWorksHook, line: Line, arguments: Namespace, report: Report) -> None:
    """Say what will be sent, ask whether to, send it, and tell what the gateway made of it."""
    wanted = plan(hook, arguments, report)
    if wanted is None:
        return
    interview = Interview(hook.smsworks_conn_id, line, wanted, report)
    try:
        reads.ask(interview)
        if messages.ask(interview) and batches.ask(interview):
            schedules.ask(interview)
        if wanted.reads_inbox:
            inbox.ask(interview)
    except SmsWorksError as error:
        report.add("wrong", "live", f"the gateway stopped answering, so the rest was not asked: {error}")
    advice.tell(interview)
