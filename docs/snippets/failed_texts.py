"""The hook in a task, in the README and on the hook's page."""

from __future__ import annotations

from airflow.sdk import dag

# isort: split
# [START howto_hook]
from airflow.sdk import task

from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook


@task
def texts_that_failed(data_interval_start=None):
    failed = SmsWorksHook().search_all_messages(status="UNDELIVERABLE", since=data_interval_start)
    return [message["message_id"] for message in failed]


# [END howto_hook]


@dag(schedule=None)
def failed_texts():
    texts_that_failed()


failed_texts()
