"""In a real Airflow: a table of 900 people, the task killed in the middle of its calls, the table changed meanwhile."""

from __future__ import annotations

import csv
import os
import random
import signal
import time
from collections import Counter

from tests.airflow.conftest import finished


def write(path, numbers):
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "phone", "name"])
        table.writerows((number, f"07700 900{number:03}", f"Customer {number}") for number in numbers)


def test_killed_in_the_middle_of_a_table_that_changes(airflow, sandbox, customers):
    numbers = list(range(50, 950))
    write(customers, numbers)
    sandbox.set(answer_delay=0.2)
    run_id = airflow.trigger("bulk")
    deadline = time.monotonic() + 60
    while len(sandbox.ledger()) < 200:
        assert time.monotonic() < deadline, airflow.log_text("bulk", run_id)
        time.sleep(0.1)
    [task] = airflow.task_instances("bulk", run_id)
    os.kill(task["pid"], signal.SIGKILL)
    time.sleep(0.5)  # what was under way arrives
    first = {int(row["to"][-3:]) for row in sandbox.ledger()}
    changed = random.Random(7).sample([*numbers[10:], *range(950, 960)], 900)
    write(customers, changed)
    sandbox.set(answer_delay=0)
    ended = finished(airflow, "bulk", run_id)
    log = airflow.log_text("bulk", run_id)
    assert ended["state"] == "success", log
    assert ended["tasks"]["text"]["try_number"] == 2
    assert 200 <= len(first) < 900
    assert Counter(int(row["to"][-3:]) for row in sandbox.ledger()) == Counter(first | set(changed))
    result = airflow.xcom("bulk", run_id, "text")
    assert (result["recipients"], result["failed"]) == (900, 0)
    assert "batch_ids" not in result
    with customers.with_name("customers.csv.manifest").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {int(row["key"]) for row in rows} == set(changed)
    assert {row["status"] for row in rows} == {"SENT"}
    assert {row["batch_id"] for row in rows} <= {row["batch_id"] for row in sandbox.ledger()} | {""}
    assert "Customer 50" not in log
