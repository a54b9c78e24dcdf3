"""The settings of a throwaway Airflow, as environment variables."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from collections.abc import Mapping
from pathlib import Path


def reserve_port() -> tuple[socket.socket, int]:
    """Choose a free port of 127.0.0.1 and hold it until a server listens there.

    On Linux two sockets with SO_REUSEADDR may share a port as long as only one listens: nobody else is given
    the port during the seconds that a server needs to start. Elsewhere the port is chosen and let go.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    port = holder.getsockname()[1]
    if sys.platform != "linux":
        holder.close()
    return holder, port


def sqlite_url(home: Path) -> str:
    """Return the URL of a database in a file. Who finds it locked waits, instead of giving up after 5 s."""
    return f"sqlite:///{home}/airflow.db?timeout=60"


def airflow_environment(
    home: Path, dags_folder: Path, port: int, extra: Mapping[str, str], database_url: str | None = None
) -> dict[str, str]:
    """Return the whole environment of the processes: the caller's, without its Airflow settings, and ours."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}
    local = ",".join(filter(None, [os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), "127.0.0.1,localhost"]))
    url = f"http://127.0.0.1:{port}"
    return {
        **inherited,
        "NO_PROXY": local,
        "no_proxy": local,
        "PYTHONUNBUFFERED": "1",
        # setproctitle would write over the environment, by which we recognise our processes.
        "SPT_NOENV": "1",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags_folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "1",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(48),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(64),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_url or sqlite_url(home),
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
        "AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        # With the default of 5 a worker may notice seconds late that its task has ended. A task that has deferred
        # and is resumed in the meantime is failed by the scheduler; this makes it rarer.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        **extra,
    }
