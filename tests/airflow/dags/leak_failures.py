"""Dags of the leak tests: every way to fail that can quote a number, a text, a passcode or a token."""

from __future__ import annotations

import asyncio
import datetime as dt
import os

from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_3_PLUS
from leak_rows import ONE_RETRY, OWN_NUMBER, dag, log, row, to

from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.operators.batch import SmsWorksSendCollectionOperator
from airflow_provider_smsworks.operators.message import SmsWorksSearchMessagesOperator, SmsWorksSendMessageOperator
from airflow_provider_smsworks.operators.otp import SmsWorksSendOtpOperator, SmsWorksVerifyOtpOperator
from airflow_provider_smsworks.operators.question import SmsWorksApprovalOperator, SmsWorksAskOperator
from airflow_provider_smsworks.sensors.inbox import SmsWorksInboxSensor


def calls_with(who):
    """Return calls, one for each kind of body."""
    return {
        "send_message": {"to": who.phone, "content": who.words},
        "verify_otp": {"passcode": who.passcode},
        "search_messages": {"to": who.phone},
    }


def log_all(way, error):
    """Log an error as Airflow and callbacks do, with all that is in it."""
    log.error("%s: %s %r %s", way, error, error, vars(error), exc_info=error)


with dag("leak_failures") as failures_dag:
    text = SmsWorksSendMessageOperator
    otp_of = SmsWorksSendOtpOperator
    text(task_id="too_many_digits", to="{{ row('too_many_digits').phone }}9999", content="Hello")
    text(task_id="no_number", to="{{ row('no_number').words }}", content="Hello")
    text(task_id="too_long", to="{{ row('too_long').phone }}", content="{{ row('too_long').words * 60 }}")
    text(task_id="divides", to="{{ row('divides').phone }}", content="{{ row('divides').words }} {{ 1 / 0 }}")
    text(task_id="no_row", to="{{ row('no_row').phone.country }}{{ row('no_row').phone | int / 'x' }}", content="Hello")
    text(task_id="no_variable", to="{{ row('no_variable').phone }}", content="{{ var.value.nothing_of_the_kind }}")
    text(task_id="no_filter", content="{{ row('no_filter').words | time_of_day }}", to="{{ row('no_filter').phone }}")
    text(task_id="list", to="{{ [row('list').phone] }}", content="{{ row('list').words }}")
    text(task_id="wrong_token", **to("wrong_token"), smsworks_conn_id="leak_wrong_token")
    text(task_id="stored", **to("stored"), smsworks_conn_id="leak_stored", **ONE_RETRY)
    text(task_id="no_such_host", **to("no_such_host"), smsworks_conn_id="leak_no_such_host")
    text(task_id="unreached", **to("unreached_2"), wait_for_delivery=True, deferrable=True)
    otp_of(task_id="otp_twice", to="{{ row('otp_twice').phone }}", passcode=12, smsworks_conn_id="leak_echo_message")
    SmsWorksVerifyOtpOperator(
        task_id="unknown_passcode", passcode="{{ row('unknown_passcode').passcode }}", to="{{ row('otp_twice').phone }}"
    )
    SmsWorksVerifyOtpOperator(
        task_id="quoted_passcode",
        passcode="{{ row('quoted_passcode').passcode }}",
        smsworks_conn_id="leak_echo_message",
    )
    SmsWorksInboxSensor(task_id="nobody", from_number="{{ row('nobody').phone }}", pattern="ack", timeout=3)
    SmsWorksInboxSensor(
        task_id="bad_pattern", from_number="{{ row('bad_pattern').phone }}", pattern="({{ row('bad_pattern').phone }}"
    )
    SmsWorksSearchMessagesOperator(task_id="bad_search", to="{{ row('bad_search').phone }}", since="{{ 'x' * 3 }}")
    SmsWorksSendCollectionOperator(
        task_id="bad_collection",
        messages=[to("collection"), {"to": "{{ row('bad_collection').phone }}1111", "content": "x", "schedule": "y"}],
    )
    for name, ask in {
        "ask_in_vain": {"response_timeout": dt.timedelta(seconds=3), "poll_interval": 1},
        "ask_by_name": {"sender": "Parcels"},
        "bad_options": {"options": ["{{ row('bad_options').words }}", "{{ row('bad_options').words | upper }}"]},
        "bad_options_2": {"options": ["{{ row('bad_options_2').phone }}", "{{ row('bad_options_2').phone }}."]},
        "ask_refused": {"smsworks_conn_id": "leak_echo_message"},
    }.items():
        who = {"to": f"{{{{ row('{name}').phone }}}}", "question": f"{{{{ row('{name}').words }}}}"}
        SmsWorksAskOperator(task_id=name, **{**who, "sender": OWN_NUMBER, **ask})
    for name, approve in {
        "approve_in_vain": {"response_timeout": dt.timedelta(seconds=3), "poll_interval": 1},
        "approve_refused": {"smsworks_conn_id": "leak_echo_message"},
        "approve_bad": {"to": ["{{ row('approve_bad').phone }}", "{{ row('approve_bad').phone }}99999"]},
    }.items():
        who = {"to": [f"{{{{ row('{name}').phone }}}}"], "subject": "Deploy?"}
        SmsWorksApprovalOperator(task_id=name, **{**who, "sender": OWN_NUMBER, **approve})
    more = {}
    if AIRFLOW_V_3_3_PLUS:
        from airflow_provider_smsworks.retrying import SmsWorksRetryPolicy

        more["retry_policy"] = SmsWorksRetryPolicy(settle=dt.timedelta(seconds=1))
    for way in ("message", "half", "commas", "reason", "garbage", "moved"):
        text(task_id=f"says_{way}", **to(f"says_{way}"), smsworks_conn_id=f"leak_echo_{way}", **ONE_RETRY, **more)

    @failures_dag.task
    def every_quote():
        """Ask gateways that quote what they refuse for all that can be asked, and log every error with everything."""
        for way in os.environ["LEAK_WAYS"].split():
            for method, arguments in calls_with(row("every_quote")).items():
                try:
                    getattr(SmsWorksHook(f"leak_echo_{way}"), method)(**arguments)
                except Exception as error:
                    log_all(way, error)

    @failures_dag.task
    def every_quote_async():
        """Do the same with the async hook."""

        async def call(way, method, arguments):
            hook = SmsWorksHook(f"leak_echo_{way}")
            try:
                await getattr(hook, f"a{method}")(**arguments)
            except Exception as error:
                log_all(way, error)
            finally:
                await hook.aclose()

        for way in os.environ["LEAK_WAYS"].split():
            for method, arguments in calls_with(row("every_quote_async")).items():
                asyncio.run(call(way, method, arguments))

    every_quote()
    every_quote_async()
