"""What became of each row, as a file: for whoever has to know, with keys and without numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from airflow_provider_smsworks.sending.entries import Outcome

COLUMNS = ("key", "status", "batch_id", "reason")


def write_manifest(path: Any, outcomes: Iterable[Outcome]) -> None:
    """
    Write a CSV file, in place of one that an earlier try has written.

    :param path: an ``ObjectStoragePath``
    """
    if path.protocol in ("", "file", "local"):
        # Where folders are real, one for today may not be there yet.
        Path(path.path).parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(outcomes)
