"""A task that texts as many people as it is told, none of whom is in memory; prints the most memory that it took."""

from __future__ import annotations

import csv
import json
import os
import resource
import sys
import tempfile
from pathlib import Path

url, rows = sys.argv[1], int(sys.argv[2])
extra = {"sender": "Parcels"}
os.environ["AIRFLOW_CONN_SMSWORKS_DEFAULT"] = json.dumps(
    {"conn_type": "smsworks", "host": url, "password": "token-of-the-tests", "extra": extra}
)

from airflow_provider_smsworks.transfers.file_to_sms import FileToSmsWorksOperator  # noqa: E402
from tests.task_context import FileStore, task_context  # noqa: E402

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "people.csv"
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "phone", "name"])
        table.writerows((number, f"0740{number:07}", f"Customer {number}") for number in range(rows))
    operator = FileToSmsWorksOperator(
        task_id="t",
        path=str(path),
        key="id",
        to="phone",
        content="Hello {name}, your parcel is late.",
        send_key=str(rows),
    )
    assert operator.execute(task_context(FileStore(Path(folder) / "state")))["recipients"] == rows

kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(kib / (2**20 if sys.platform == "darwin" else 2**10))
