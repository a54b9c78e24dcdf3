"""Run Dags of the docs' snippets with Airflow's own `dag.test()`; prints the state and the results of each run.

python -m tests.wire.docs_dags '{"ask": {"phone": "07700900005"}}'
"""

from __future__ import annotations

import datetime as dt
import json
import sys

from airflow.dag_processing.dagbag import DagBag

from tests.docs_pages import SNIPPETS


def main():
    told = {}
    # What went out before the run lies in its interval.
    an_hour_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    for file, conf in json.loads(sys.argv[1]).items():
        [dag] = DagBag(SNIPPETS / f"{file}.py").dags.values()
        run = dag.test(run_conf=conf, logical_date=an_hour_ago)
        results = {ti.task_id: ti.xcom_pull(task_ids=ti.task_id) for ti in run.get_task_instances()}
        told[file] = {"state": str(run.state), "results": results}
    print("\nTOLD " + json.dumps(told, default=str))


if __name__ == "__main__":
    main()
