"""The same text, by the HTTP provider: a call of the gateway, and nothing that keeps it from being made twice."""

from __future__ import annotations

from typing import Any

from airflow.providers.common.compat.sdk import DAG, Context
from airflow.providers.http.operators.http import HttpOperator
from stopwatch import measured


def _session() -> type:
    from requests import Session

    return Session


class Measured(HttpOperator):
    """Writes down what its time went to."""

    def execute(self, context: Context) -> Any:
        """Send."""
        with measured("theirs", _session, "send"):
            return super().execute(context)


with DAG("theirs", schedule=None):
    Measured(
        task_id="send",
        endpoint="v1/message/send",
        headers={"Authorization": "bench", "Content-Type": "application/json"},
        data="{{ {'sender': 'Bench', 'destination': dag_run.conf.phone, 'content': dag_run.conf.content} | tojson }}",
    )
