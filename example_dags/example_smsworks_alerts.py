"""
Text whoever is on call when a task is tried again, when a run fails, and when all is well again.

The task fails as long as `works` is false. Its first try ends with a text to the person on call; the last one ends the
run, of which the Dag's own callback tells. Each text fits one part: the error is shortened, not the headline. Nothing
that goes wrong with a text fails a task.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Param, dag, task

from airflow_provider_smsworks.notifications.smsworks import SmsWorksNotifier

# [START howto_notifier_dag]
ON_CALL = "{{ params.on_call }}"


@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    params={"on_call": Param("07700900010", type="string"), "works": Param(False, type="boolean")},
    on_failure_callback=SmsWorksNotifier(to=ON_CALL),
    on_success_callback=SmsWorksNotifier(to=ON_CALL, content="{{ dag.dag_id }} is fine again."),
)
# [END howto_notifier_dag]
def example_smsworks_alerts():
    # [START howto_notifier_task]
    @task(
        retries=1,
        retry_delay=dt.timedelta(seconds=2),
        on_retry_callback=SmsWorksNotifier(to=ON_CALL),
    )
    # [END howto_notifier_task]
    def load_orders(params: dict | None = None) -> str:
        if params and not params["works"]:
            raise RuntimeError("no such table: orders")
        return "loaded"

    load_orders()


example_smsworks_alerts()
