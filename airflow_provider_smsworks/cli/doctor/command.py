"""``smsworks doctor``, from the arguments to the exit code."""

from __future__ import annotations

import sys
from argparse import Namespace

from airflow_provider_smsworks.api.errors import SmsWorksError
from airflow_provider_smsworks.cli.commands import INTERRUPTED, UsageError
from airflow_provider_smsworks.cli.connection import outside_of_tasks
from airflow_provider_smsworks.cli.doctor.connection import is_this_machine, look_at_airflow, read_connection
from airflow_provider_smsworks.cli.doctor.gateway import look_at_gateway
from airflow_provider_smsworks.cli.doctor.line import Line
from airflow_provider_smsworks.cli.doctor.live.asking import ask_gateway
from airflow_provider_smsworks.cli.doctor.network import look_at_network
from airflow_provider_smsworks.cli.doctor.report import Report

_ONLY_LIVE = ("sender", "read_inbox", "yes")


def run(arguments: Namespace) -> int:
    """Check, and ask if that is wanted; 1 if something is wrong or a question could not be asked."""
    if arguments.live_number is None and (given := [name for name in _ONLY_LIVE if getattr(arguments, name)]):
        raise UsageError(f"--{given[0].replace('_', '-')} is for --live-number only")
    if not arguments.conn_id:
        raise UsageError("--conn-id is empty")
    if arguments.live_number is not None and not arguments.yes and not sys.stdin.isatty():
        raise UsageError(
            "nobody can be asked whether to text (no terminal): --yes says so beforehand. Nothing was sent"
        )
    report = Report(is_told=arguments.output != "json")
    try:
        with outside_of_tasks():
            code = _run(arguments, report)
    except KeyboardInterrupt:
        report.end(was_stopped=True)
        return INTERRUPTED
    report.end()
    return code


def _run(arguments: Namespace, report: Report) -> int:
    look_at_airflow(report)
    hook = read_connection(arguments.conn_id, report)
    if hook is None or not look_at_network(hook.settings, report):
        return 1
    if is_this_machine(hook.settings):
        report.add("note", "network", "it is an address of this machine: a sandbox, whose texts reach nobody")
    try:
        line = Line(hook.settings)
    except SmsWorksError as error:
        report.add("wrong", "network", str(error))
        return 1
    with line:
        if look_at_gateway(line, report) and arguments.live_number is not None:
            ask_gateway(hook, line, arguments, report)
    return 1 if report.is_wrong else 0
