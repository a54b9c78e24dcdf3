"""Several gateways at once: a fault is a gateway's own, so scenarios that run at the same time do not meet it."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from scripts.processes import Family, Member, StackError, last_lines

READY = re.compile(r"ready on (http://\S+)")
SENDS = {
    "message": "POST /message/send",
    "flash": "POST /message/flash",
    "schedule": "POST /message/schedule",
    "schedule_batch": "POST /batch/schedule",
    "batch": "POST /batch/any",
    "collection": "POST /batch/any",
    "otp": "POST /otp/send",
}


@dataclass(frozen=True)
class Text:
    """What a gateway accepted for one phone: a message, or one that it will send later."""

    phone: str
    message_id: str
    batch_id: str | None


class Gate:
    """One sandbox process."""

    def __init__(self, name: str, member: Member, timeout: float) -> None:
        self.name = name
        self.timeout = timeout
        self._member = member
        self._client = httpx.Client(trust_env=False, timeout=20)
        self.url = ""

    def wait_until_ready(self, timeout: float = 60) -> None:
        """Wait until it says where it listens."""
        deadline = time.monotonic() + timeout
        while not (ready := READY.search(self._member.log.read_text(errors="replace"))):
            if not self._member.alive or time.monotonic() > deadline:
                raise StackError(f"The gateway {self.name} did not start:\n{last_lines(self._member.log)}")
            time.sleep(0.05)
        self.url = ready[1]

    def connection(self) -> str:
        """Return it as an Airflow connection."""
        extra = {"sender": "Parcels", "allow_test_numbers": True, "search_lag": 1, "timeout": self.timeout}
        return json.dumps({"conn_type": "smsworks", "host": self.url, "password": "token", "extra": extra})

    def fault(self, kinds: list[str], **fault: Any) -> None:
        """Let the first call of each of these kinds of sends suffer a fault."""
        faults = [{"operation": SENDS[kind], "times": 1, **fault} for kind in kinds]
        self._client.post(f"{self.url}/sandbox/faults", json=faults).raise_for_status()

    def set(self, **settings: Any) -> None:
        """Change settings."""
        self._client.post(f"{self.url}/sandbox/settings", json=settings).raise_for_status()

    def texts(self) -> list[Text]:
        """Return all texts that it accepted, in order, and those scheduled that were not taken back."""
        ledger = self._client.get(f"{self.url}/sandbox/ledger").raise_for_status().json()
        texts = [Text(row["to"], str(row["message_id"]), row["batch_id"] and str(row["batch_id"])) for row in ledger]
        for row in self._client.get(f"{self.url}/sandbox/schedules").raise_for_status().json():
            if row["status"] == "SCHEDULED":
                request = row["request"]
                phones = request.get("destinations") or [request["destination"]]
                texts += [Text(phone, str(row["id"]), str(row["id"])) for phone in phones]
        return texts


class Gates:
    """The gateways of a campaign, by name, and a folder `notes`, while the `with` block lasts.

    :param timeouts: the name of each, and how many seconds the provider waits for its answers
    """

    def __init__(self, timeouts: dict[str, float]) -> None:
        self._timeouts = timeouts
        self._family: Family | None = None
        self._gates: dict[str, Gate] = {}
        self.notes = Path()

    def __enter__(self) -> Self:
        self._family = Family("chaos-gates")
        self.notes = self._family.home / "notes"
        self.notes.mkdir()
        try:
            command = [sys.executable, "-m", "airflow_provider_smsworks.sandbox", "--port", "0"]
            for name, timeout in self._timeouts.items():
                member = self._family.spawn(name, command, {**os.environ, "PYTHONUNBUFFERED": "1"})
                self._gates[name] = Gate(name, member, timeout)
            for gate in self._gates.values():
                gate.wait_until_ready()
        except BaseException:
            self._family.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._family:
            self._family.end()

    def __getitem__(self, name: str) -> Gate:
        return self._gates[name]

    def connections(self) -> dict[str, str]:
        """Return the environment variables that make Airflow know them."""
        return {f"AIRFLOW_CONN_{name.upper()}": gate.connection() for name, gate in self._gates.items()}

    def texts_of_phones(self) -> dict[str, list[Text]]:
        """Return all accepted texts by phone, in national spelling."""
        found: dict[str, list[Text]] = defaultdict(list)
        for gate in self._gates.values():
            for text in gate.texts():
                found[national(text.phone)].append(text)
        return found


def national(phone: str) -> str:
    """Return 07700900123 for 447700900123."""
    return f"0{str(phone).removeprefix('44')}"
