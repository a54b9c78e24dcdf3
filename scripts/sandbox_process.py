"""The sandbox gateway as a process of its own."""

from __future__ import annotations

import os
import re
import sys
import time
from types import TracebackType
from typing import Any, Self

import httpx

from scripts.processes import Family, StackError, last_lines

READY = re.compile(r"ready on (http://\S+)")


class SandboxProcess:
    """Runs the sandbox on a free port of this machine while the `with` block lasts."""

    def __init__(self) -> None:
        self._family: Family | None = None
        self.url = ""

    def __enter__(self) -> Self:
        try:
            self._family = Family("smsworks-sandbox")
            self._start(self._family)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End it and forget its data."""
        if self._family:
            self._family.end()

    def check(self) -> None:
        """Raise if it has ended by itself."""
        if self._family:
            self._family.check()

    def ledger(self) -> list[dict[str, Any]]:
        """Return every text that the gateway has truly accepted."""
        return list(httpx.get(f"{self.url}/sandbox/ledger", trust_env=False, timeout=10).raise_for_status().json())

    def _start(self, family: Family, timeout: float = 30) -> None:
        command = [sys.executable, "-m", "airflow_provider_smsworks.sandbox", "--port", "0"]
        member = family.spawn("sandbox", command, {**os.environ, "PYTHONUNBUFFERED": "1"})
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            family.check()
            if ready := READY.search(member.log.read_text(errors="replace")):
                self.url = ready[1]
                return
            time.sleep(0.05)
        raise StackError(f"The sandbox did not start within {timeout:.0f} s:\n{last_lines(member.log)}")
