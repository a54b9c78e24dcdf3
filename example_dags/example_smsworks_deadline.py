"""
Text whoever is on call when a run is late (Airflow 3.2 and later).

The run is due 3 seconds after it was queued, and takes longer. Two people are told: one from the triggerer, one from
the executor, which on Airflow 3.3 gets its connection from the environment or from a secrets backend only. Templates
of deadlines know the run and nothing else, so the numbers stand here.
"""

from __future__ import annotations

import datetime as dt
import time

from airflow.sdk import AsyncCallback, DeadlineAlert, DeadlineReference, SyncCallback, dag, task

from airflow_provider_smsworks.notifications.smsworks import SmsWorksNotifier

LATE = {"reference": DeadlineReference.DAGRUN_QUEUED_AT, "interval": dt.timedelta(seconds=3)}


# [START howto_notifier_deadline]
@dag(
    schedule=None,
    catchup=False,
    tags=["smsworks", "example"],
    doc_md=__doc__,
    deadline=[
        DeadlineAlert(callback=AsyncCallback(SmsWorksNotifier, kwargs={"to": "07700900010"}), **LATE),
        DeadlineAlert(
            callback=SyncCallback(
                SmsWorksNotifier,
                kwargs={"to": "07700900011", "content": "{{ dag_run.dag_id }} is late, please look."},
            ),
            **LATE,
        ),
    ],
)
# [END howto_notifier_deadline]
def example_smsworks_deadline():
    @task
    def load_orders() -> None:
        time.sleep(10)

    load_orders()


example_smsworks_deadline()
