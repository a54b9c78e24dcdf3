"""
What ours is compared with, each run in a process of its own, which prints the seconds that its calls took.

    python -m benchmarks.bulk_baselines bare URL FILE AT_ONCE
    python -m benchmarks.bulk_baselines one_by_one URL COUNT
"""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

import httpx

from benchmarks.bulk_tables import phone


def bare(url: str, path: str, at_once: str) -> float:
    """Post bodies that lie ready in a file, a line each."""
    headers = {"Authorization": "JWT bench", "Content-Type": "application/json"}
    with (
        httpx.Client(base_url=f"{url}/v1", headers=headers, trust_env=False, timeout=60) as client,
        Path(path).open("rb") as bodies,
        ThreadPoolExecutor(int(at_once)) as pool,
    ):

        def post(body: bytes) -> None:
            while (answer := client.post("/batch/any", content=body)).status_code == 429:
                time.sleep(float(answer.headers.get("Retry-After", 1)))
            answer.raise_for_status()

        began = time.perf_counter()
        running: set[Future[None]] = set()
        for body in bodies:
            running.add(pool.submit(post, body))
            if len(running) > int(at_once):
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for each in done:
                    each.result()
        for each in running:
            each.result()
        return time.perf_counter() - began


def one_by_one(url: str, count: str) -> float:
    """Post a text each with the HTTP provider's hook."""
    os.environ["AIRFLOW_CONN_BENCH"] = json.dumps({"conn_type": "http", "host": url, "password": "bench"})
    from airflow.providers.http.hooks.http import HttpHook

    hook = HttpHook(method="POST", http_conn_id="bench")
    began = time.perf_counter()
    for number in range(int(count)):
        body = {
            "destination": "44" + phone(number)[1:],
            "content": f"Hello Customer {number}, your parcel {number} comes on Monday between 9 and 12.",
            "sender": "Depot",
        }
        hook.run("v1/message/send", json=body, headers={"Authorization": "JWT bench"})
    return time.perf_counter() - began


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    print(bare(*arguments) if what == "bare" else one_by_one(*arguments))
