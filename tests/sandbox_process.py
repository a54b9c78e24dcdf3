"""The sandbox as a process of its own, for the tests that talk to it over HTTP.

    with running_sandbox("--token", "secret") as sandbox:
        sandbox.set(delivery_delay=0)
        httpx.post(f"{sandbox.url}/v1/message/send", ...)
        assert sandbox.ledger() == [...]

The process ends with the block, also when the test fails.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
READY = "SMS Works sandbox ready on "
START_TIMEOUT = 30.0
STOP_TIMEOUT = 10.0


class RunningSandbox:
    """A sandbox process.

    ``url`` is its address without ``/v1``, ``process`` the process, and ``client`` an HTTP client for it
    that knows no token.
    """

    def __init__(self, *args: str) -> None:
        self._args = args
        self._port = "0"
        self._output = tempfile.TemporaryFile("w+")  # noqa: SIM115 - open as long as the object lives
        self.start()

    def start(self) -> None:
        """Start the process and wait until it is ready; a second time on the same port."""
        self._output.seek(0)
        self._output.truncate()
        command = [sys.executable, "-m", "airflow_provider_smsworks.sandbox", "--port", self._port, *self._args]
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        environment = {**os.environ, "PYTHONPATH": path}
        self.process = subprocess.Popen(command, stdout=self._output, stderr=subprocess.STDOUT, env=environment)
        self.url = self._wait_until_ready()
        self._port = self.url.rsplit(":", 1)[1]
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=10)

    def stop(self) -> int:
        """End the process as a user would, with SIGTERM; returns its exit code."""
        self.client.close()
        self.process.terminate()
        return self.process.wait(STOP_TIMEOUT)

    def kill(self) -> None:
        """End the process at once and without its doing, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(STOP_TIMEOUT)

    def close(self) -> None:
        """End the process and forget what it printed."""
        if "COVERAGE_PROCESS_CONFIG" in os.environ:  # then it writes down at its end what ran
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_TIMEOUT)
        self.kill()
        self.client.close()
        self._output.close()

    def restart(self) -> None:
        """Stop the process if it runs, and start it again with the same arguments on the same port."""
        if self.process.poll() is None:
            self.stop()
        self.client.close()
        self.start()

    def printed(self) -> str:
        """Everything that the process has printed since its start, on stdout and stderr."""
        self._output.seek(0)
        return self._output.read()

    def ledger(self) -> list[dict[str, Any]]:
        """Every message that was truly accepted, in order."""
        return self._ask("GET", "/sandbox/ledger")

    def summary(self) -> dict[str, int]:
        """The ledger counted: ``messages``, ``recipients``, ``most_to_one`` of them, and ``distinct_keys`` of sends."""
        return self._ask("GET", "/sandbox/ledger/summary")

    def crowd(self, count: int, hours: float = 24) -> None:
        """Have other systems of the account sent so many texts in the last hours."""
        self._ask("POST", "/sandbox/crowd", {"count": count, "hours": hours})

    def schedules(self) -> list[dict[str, Any]]:
        """Everything that was scheduled, in order, with what became of it."""
        return self._ask("GET", "/sandbox/schedules")

    def requests(self) -> dict[str, int]:
        """How many calls each operation received, such as ``{"POST /message/send": 3}``."""
        return self._ask("GET", "/sandbox/requests")

    def settings(self) -> dict[str, Any]:
        """All settings."""
        return self._ask("GET", "/sandbox/settings")

    def set(self, **settings: Any) -> dict[str, Any]:
        """Change these settings; returns all."""
        return self._ask("POST", "/sandbox/settings", settings)

    def faults(self, faults: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Replace the list of faults; returns the new one with all fields."""
        return self._ask("POST", "/sandbox/faults", faults)

    def faults_left(self) -> list[dict[str, Any]]:
        """The faults that can still strike."""
        return self._ask("GET", "/sandbox/faults")

    def inbound(self, phone: str, to: str, content: str, **more: Any) -> str:
        """Let a phone send a text to a number of the account; returns its message id.

        ``more``: ``hidden`` (seconds) and ``copies``, of which the id is the first one's.
        """
        answer = self._ask("POST", "/sandbox/inbound", {"from": phone, "to": to, "content": content, **more})
        return str(answer["messageid"])

    def inbound_many(self, texts: list[dict[str, Any]]) -> list[str]:
        """Let phones send texts at once, each with ``from``, ``to`` and ``content``; returns their message ids."""
        return list(self._ask("POST", "/sandbox/inbound", texts)["messageids"])

    def replies(self, scripts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Replace the list of what phones answer; returns the new one with all fields."""
        return self._ask("POST", "/sandbox/replies", scripts)

    def replies_left(self) -> list[dict[str, Any]]:
        """What phones are still to answer."""
        return self._ask("GET", "/sandbox/replies")

    def reset(self) -> None:
        """Make it forget everything; settings, faults and what phones answer included."""
        self._ask("POST", "/sandbox/reset")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.client.request(method, path, json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def _wait_until_ready(self) -> str:
        deadline = time.monotonic() + START_TIMEOUT
        while True:
            printed = self.printed()
            if printed.startswith(READY) and printed.endswith("\n"):
                return printed.splitlines()[0].removeprefix(READY)
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"The sandbox did not start: {self.process.returncode}\n{printed}")
            time.sleep(0.01)


@contextmanager
def running_sandbox(*args: str) -> Iterator[RunningSandbox]:
    """Run a sandbox with these arguments, on a free port."""
    sandbox = RunningSandbox(*args)
    try:
        yield sandbox
    finally:
        sandbox.close()
