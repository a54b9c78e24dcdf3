"""Errors that no retry can mend end the task at once, on every Airflow."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_smsworks.api.errors import SmsWorksError


@contextmanager
def permanent_errors_end_the_task() -> Generator[None]:
    """Turn errors that will not pass by themselves into Airflow's exception for them; let the others retry."""
    try:
        yield
    except SmsWorksError as error:
        if error.transient:
            raise
        raise AirflowFailException(str(error)) from error
