"""From the name of a connection to a hook, in a process that is no task."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from airflow_provider_smsworks.api.errors import SmsWorksConfigError
from airflow_provider_smsworks.cli.commands import UsageError
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

_CONTEXT = "_AIRFLOW_PROCESS_CONTEXT"


def hook_of(conn_id: str) -> SmsWorksHook:
    """
    Return the hook of a connection that reads.

    :raises UsageError: there is none, or it is wrong
    """
    hook = SmsWorksHook(conn_id)
    try:
        _ = hook.settings
    except SmsWorksConfigError as error:
        raise UsageError(str(error).replace("in `smsworks_conn_id`", "with --conn-id")) from None
    except Exception as error:
        # Not quoted: it may hold what could not be read.
        raise UsageError(f"connection `{conn_id}` cannot be read ({type(error).__name__}): see doctor") from None
    return hook


@contextmanager
def outside_of_tasks() -> Iterator[None]:
    """Let connections be read from the database too, and keep what tasks would log out of the output."""
    context, before = os.environ.get(_CONTEXT), logging.root.manager.disable
    # What Airflow's own commands say to it (`airflow connections get`).
    os.environ[_CONTEXT] = "server"
    logging.disable(max(before, logging.WARNING))
    try:
        # Some of Airflow's loggers write there, and know no levels.
        with redirect_stdout(sys.stderr):
            yield
    finally:
        logging.disable(before)
        if context is None:
            del os.environ[_CONTEXT]
        else:
            os.environ[_CONTEXT] = context
