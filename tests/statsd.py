"""A StatsD server that keeps what Airflow's processes tell it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator


class Metrics:
    """What Airflow's processes told, and the settings that make them tell."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._told: list[str] = []
        self.environment = {
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
            "AIRFLOW__METRICS__STATSD_PORT": str(listener.getsockname()[1]),
            "AIRFLOW__METRICS__METRICS_ALLOW_LIST": "smsworks",
        }

    def told(self) -> list[str]:
        """Return the lines until now that this provider's code sent."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self._told += self._listener.recv(65536).decode().splitlines()
        return [line for line in self._told if "smsworks." in line]


@contextlib.contextmanager
def listening() -> Iterator[Metrics]:
    """Take what is sent to a free port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
        listener.setblocking(False)
        yield Metrics(listener)
