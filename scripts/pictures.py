"""Takes the pictures of the documentation to docs/pictures: `python -m scripts.pictures [sandbox-page] [approval-dag]`.

Both show the real thing: a sandbox with phones in the middle of conversations, and Airflow's own UI. Needs Chromium.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from scripts.browser import running_browser
from scripts.local_airflow import LocalAirflow
from scripts.sandbox_process import SandboxProcess

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
SIZE = {"width": 1200, "height": 780}
NUMBER = "60777"


def converse(url: str) -> None:
    """Send texts, let phones reply, schedule some, and prepare a fault."""
    client = httpx.Client(base_url=url, headers={"Authorization": "any-token"}, trust_env=False, timeout=10)

    def post(path: str, body: Any) -> None:
        client.post(path, json=body).raise_for_status()

    def send(to: str, content: str, sender: str = "Parcels", path: str = "/v1/message/send", **more: str) -> None:
        post(path, {"sender": sender, "destination": to, "content": content, **more})

    def reply(phone: str, content: str) -> None:
        post("/sandbox/inbound", {"from": phone, "to": NUMBER, "content": content})

    with client:
        post("/sandbox/settings", {"delivery_delay": 0, "reply_delay": 0})
        send("07700900001", "Your parcel is late. Sorry! We will be with you on Monday.")
        send("07700900123", "Your parcel is late. Sorry! We will be with you on Monday.")
        reply("07700900123", "ORDER 2 boxes of apples")
        send("07700900123", "Thank you! 2 boxes come on Monday.", NUMBER)
        send("07700900005", "May we deliver on Sunday? Reply YES 4F7 or NO 4F7.", NUMBER)
        client.get("/sandbox/ledger").raise_for_status()  # the phone replies before the next text comes
        time.sleep(0.1)
        post("/sandbox/settings", {"delivery_delay": 60, "reply_delay": 60})
        send("07700900005", "Thank you! We deliver on Sunday between 10 and 12.", NUMBER)
        due = datetime.now(UTC) + timedelta(minutes=5)
        send("07700900124", "Your table is booked for 8 pm.", path="/v1/message/schedule", schedule=due.isoformat())
        post("/sandbox/faults", [{"operation": "POST /message/send", "when": "after", "kind": "reset"}])


def sandbox_page(browser: Any, picture: Path) -> None:
    """Take the sandbox's page."""
    with SandboxProcess() as sandbox:
        converse(sandbox.url)
        page = browser.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
        page.goto(sandbox.url)
        page.locator(".text").first.wait_for()
        page.wait_for_timeout(1500)
        page.screenshot(path=picture)


def approval_dag(browser: Any, picture: Path) -> None:
    """Take the graph of the approval's Dag, while its task waits for an answer."""
    dag_id = "example_smsworks_approval"
    with SandboxProcess() as sandbox:
        extra = {"allow_test_numbers": True}
        fields = {"conn_type": "smsworks", "host": sandbox.url, "password": "any", "extra": extra}
        with LocalAirflow(ROOT / "example_dags", {"AIRFLOW_CONN_SMSWORKS_DEFAULT": json.dumps(fields)}) as airflow:
            run_id = airflow.trigger(dag_id)
            deadline = time.monotonic() + 120
            while not any(task["state"] == "deferred" for task in airflow.task_instances(dag_id, run_id)):
                if time.monotonic() > deadline:
                    raise TimeoutError("No task waits for an answer.")
                time.sleep(0.5)
            page = browser.new_page(viewport={"width": 1280, "height": 600}, color_scheme="light")
            page.goto(f"{airflow.url}/dags/{dag_id}/runs/{run_id}")
            page.get_by_role("button", name="Show Graph").click()
            page.get_by_test_id("rf__node-deploy").wait_for()
            page.wait_for_timeout(2000)  # the graph moves into its place
            page.screenshot(path=picture)


TAKEN_BY: dict[str, Callable[[Any, Path], None]] = {"sandbox-page": sandbox_page, "approval-dag": approval_dag}


def main() -> int:
    """Take the pictures that are named, or all."""
    parser = argparse.ArgumentParser(prog="pictures", description=__doc__)
    parser.add_argument("pictures", nargs="*", metavar="picture", help=f"{' or '.join(TAKEN_BY)}; default: all")
    names = parser.parse_args().pictures or list(TAKEN_BY)
    if unknown := set(names) - TAKEN_BY.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with running_browser() as browser:
        for name in names:
            picture = PICTURES / f"{name}.png"
            TAKEN_BY[name](browser, picture)
            print(f"{picture.name}: {picture.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
