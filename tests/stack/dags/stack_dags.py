"""Dags for the tests of the local stack; they text nobody."""

from __future__ import annotations

import datetime as dt

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor
from airflow.sdk import dag, task


@dag(schedule=None)
def stack_short():
    @task
    def answer() -> dict[str, int]:
        print("the log of answer")
        return {"answer": 42}

    answer()


@dag(schedule=None)
def stack_endless():
    BashOperator(task_id="sleeper", bash_command="sleep 1000")
    TimeDeltaSensor(task_id="waiter", delta=dt.timedelta(hours=3), deferrable=True)


stack_short()
stack_endless()
