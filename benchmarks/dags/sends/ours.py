"""One text, by this provider."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import DAG, Context
from stopwatch import measured

from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator


def _client() -> type:
    # Not at the top: the operator imports it as late, and in a Dag file it would count for nobody.
    from airflow_provider_smsworks.api.client import SmsWorksClient

    return SmsWorksClient


class Measured(SmsWorksSendMessageOperator):
    """Writes down what its time went to."""

    def execute(self, context: Context) -> Any:
        """Send."""
        with measured("ours", _client, "call"):
            return super().execute(context)


with DAG("ours", schedule=None):
    Measured(
        task_id="send",
        to="{{ dag_run.conf['phone'] }}",
        content="{{ dag_run.conf['content'] }}",
        sender="Bench",
    )
