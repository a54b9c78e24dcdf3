"""A process that uses a local Airflow, for tests that end it in unfriendly ways.

Prints a line of JSON about each stage it has reached; waits for ever at the last one.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

from scripts.local_airflow import LocalAirflow


def tell(stage: str, **facts: Any) -> None:
    print(json.dumps({"stage": stage, **facts}), flush=True)


def main() -> None:
    airflow = LocalAirflow(
        Path(__file__).with_name("dags"), say=lambda line: tell("says", line=line, home=str(airflow.home))
    )
    with airflow:
        tell("healthy", home=str(airflow.home), url=airflow.url)
        run_id = airflow.trigger("stack_endless")
        while {task["state"] for task in airflow.task_instances("stack_endless", run_id)} != {"running", "deferred"}:
            time.sleep(0.3)
        tell("task runs", home=str(airflow.home), pids=airflow.all_pids())
        time.sleep(600)


if __name__ == "__main__":
    # A shell that starts something in the background lets it ignore Ctrl-C, and this is about Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        tell("interrupted")
        sys.exit(130)
