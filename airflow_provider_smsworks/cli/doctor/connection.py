"""The first steps: the connection, what in it is risky, and what this Airflow lacks. None of them calls anybody."""

from __future__ import annotations

import ipaddress
import os
import re
from urllib.parse import urlsplit

from airflow_provider_smsworks.api.errors import SmsWorksConfigError
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.cli.doctor.report import Report
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

_COMPLETE = (3, 3)
_LACKS = (
    (
        (3, 3),
        "keeps no task state: every try of a task but the first looks at the gateway before it sends,"
        " on_clear='resend', SmsWorksApprovalOperator and SmsWorksRetryPolicy do not work",
    ),
    ((3, 2), "has no `airflow smsworks` commands: use `smsworks`"),
    ((3, 0), "cannot start a Dag when a text comes in (AssetWatcher)"),
)


def read_connection(conn_id: str, report: Report) -> SmsWorksHook | None:
    """Return the hook of a connection that reads, or say what is wrong with it."""
    hook = SmsWorksHook(conn_id)
    variable = f"AIRFLOW_CONN_{conn_id.upper()}"
    where = f"of the environment variable {variable}" if variable in os.environ else "of Airflow's database or secrets"
    try:
        settings = hook.settings
        kind = hook.get_connection(conn_id).conn_type
    except Exception as error:
        if isinstance(error, SmsWorksConfigError) and not (_is_missing(error) and variable in os.environ):
            _tell_problems(error, conn_id, report)
            return None
        remedy = (
            f'{variable} must be JSON such as {{"conn_type": "smsworks", "password": "the JWT"}}, or a URI'
            if variable in os.environ
            else "see whether `airflow connections list` works: the database or the secrets backend may be unreachable"
        )
        # Not quoted: it may hold what could not be read.
        report.add("wrong", "connection", f"`{conn_id}` {where} cannot be read", remedy)
        return None
    report.add("ok", "connection", f"`{conn_id}` {where} reads well")
    if kind != hook.conn_type:
        report.add(
            "warning",
            "connection",
            f"its type is `{kind}`, so the form in the UI is another one's",
            f"make it a connection of type `{hook.conn_type}`",
        )
    _look_at(settings, report)
    return hook


def _is_missing(error: SmsWorksConfigError) -> bool:
    return str(error).startswith("There is no connection")


def _tell_problems(error: SmsWorksConfigError, conn_id: str, report: Report) -> None:
    """Tell every problem in a line of its own."""
    said = str(error)
    if _is_missing(error):
        text, _, remedy = said.replace("in `smsworks_conn_id`", "with --conn-id").partition(": ")
        report.add("wrong", "connection", text, remedy)
        return
    for problem in said.removeprefix(f"Connection `{conn_id}`: ").removesuffix(".").split("; "):
        report.add("wrong", "connection", problem, f"edit connection `{conn_id}`")


def is_this_machine(settings: Settings) -> bool:
    """Tell whether the address is one of this machine: a sandbox, nearly always."""
    host = urlsplit(settings.base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _look_at(settings: Settings, report: Report) -> None:
    """Tell what in it is risky."""

    def warn(text: str, remedy: str) -> None:
        report.add("warning", "settings", text, remedy)

    before = len(report.findings)
    if not is_this_machine(settings):
        if settings.allow_test_numbers:
            warn(
                "`allow_test_numbers` is true, and the host is no sandbox of this machine: the gateway refuses these"
                " numbers, and a list may fail because of them",
                "remove it from the extra",
            )
        if settings.base_url.startswith("http://"):
            warn(
                "plain http (`allow_http`): whoever sees the network sees the token, and with it the account's secret",
                "use https:// in `host`",
            )
    if re.match(r"bearer\s", settings.token or "", re.IGNORECASE):
        warn(
            "the token begins with `Bearer`, which no document of the gateway knows",
            "leave the word out: the JWT as the account page gives it, with or without `JWT` before it",
        )
    if settings.sender is None:
        warn("it has no `sender`, so every task must bring its own", "set `sender` in the extra")
    if settings.search_lag == 0:
        warn(
            "`search_lag` is 0: a text whose outcome is open is looked for once, at once, and may be missed",
            "remove it (10 seconds), or find it out with --live-number",
        )
    if settings.timeout < 5:
        warn(
            f"`timeout` is {settings.timeout:g} seconds: each call that is given up leaves a doubt whether it texted",
            "10 seconds or more; the default is 30",
        )
    if settings.batch_limit > 500:
        warn(
            f"`batch_limit` is {settings.batch_limit:,}: the gateway's documents say 500 in one place, and 5,000 in"
            " another",
            "500, unless The SMS Works told you more",
        )
    if settings.allowed_numbers is not None:
        report.add("note", "settings", f"it texts {len(settings.allowed_numbers)} number(s) only (`allowed_numbers`)")
    if len(report.findings) == before:
        report.add("ok", "settings", "nothing in them is risky")


def look_at_airflow(report: Report) -> None:
    """Tell what this Airflow lacks."""
    from airflow import __version__ as version

    numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
    if numbers >= _COMPLETE:
        report.add("ok", "airflow", f"Airflow {version} has all that this provider uses")
        return
    for since, lack in _LACKS:
        if numbers < since:
            report.add(
                "warning" if since == _COMPLETE else "note",
                "airflow",
                f"Airflow {version} {lack}",
                "upgrade to Airflow 3.3, or set on_unknown='fail' where a second text is worse than none"
                if since == _COMPLETE
                else None,
            )
