"""
Put deferred task instances into Airflow's database, as if as many tasks had run and deferred.

Run as a file, in the environment of that Airflow: ``python waits_insert.py JSON``, where the file is a list of
``[class path, arguments]``, one for each task. Making them by running tasks would take a day of worker time for what
happens in the triggerer.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

from airflow.models.dag_version import DagVersion
from airflow.models.dagrun import DagRun
from airflow.models.serialized_dag import SerializedDagModel
from airflow.models.taskinstance import TaskInstance
from airflow.models.trigger import Trigger
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from sqlalchemy import delete

DAG, TASK = "waits", "wait"
_AT_ONCE = 1000


def insert(triggers: list[tuple[str, dict[str, object]]]) -> None:
    """Forget all runs of the Dag, and make one whose tasks wait with these triggers."""
    now = dt.datetime.now(dt.UTC)
    with create_session() as session:
        session.execute(delete(DagRun).where(DagRun.dag_id == DAG))
        session.execute(delete(Trigger))
        version = DagVersion.get_latest_version(DAG, session=session)
        serialized = SerializedDagModel.get(DAG, session=session)
        assert version is not None
        assert serialized is not None
        run = DagRun(
            dag_id=DAG,
            run_id=f"waits_{now:%H%M%S}",
            logical_date=now,
            run_after=now,
            start_date=now,
            run_type=DagRunType.MANUAL,
            state=DagRunState.RUNNING,
            triggered_by=DagRunTriggeredByType.TEST,
        )
        run.created_dag_version_id = version.id
        session.add(run)
        session.flush()
        task = serialized.dag.get_task(TASK)
        for start in range(0, len(triggers), _AT_ONCE):
            rows = [Trigger(path, kwargs) for path, kwargs in triggers[start : start + _AT_ONCE]]
            session.add_all(rows)
            session.flush()
            for index, row in enumerate(rows, start):
                instance = TaskInstance(
                    task,
                    run_id=run.run_id,
                    state=TaskInstanceState.DEFERRED,
                    map_index=index,
                    dag_version_id=version.id,
                )
                instance.trigger_id = row.id
                instance.next_method = "execute_complete"
                instance.next_kwargs = {}
                instance.start_date = now
                instance.try_number = 1
                session.add(instance)
            session.flush()


def _timed(kwargs: dict[str, object]) -> dict[str, object]:
    """JSON has no moments, and Airflow's own trigger takes nothing else."""
    moment = kwargs.get("moment")
    return kwargs if moment is None else {**kwargs, "moment": dt.datetime.fromisoformat(str(moment))}


if __name__ == "__main__":
    insert([(path, _timed(kwargs)) for path, kwargs in json.loads(Path(sys.argv[1]).read_text())])
