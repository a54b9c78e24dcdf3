"""A throwaway PostgreSQL for a local Airflow: one more process of its family, behind a socket in the family's home."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from scripts.processes import Family, Member, StackError, last_lines

DRIVERS = {"psycopg2": "psycopg2-binary", "asyncpg": "asyncpg"}
USERS = ("postgres", "nobody")
DEBIAN = Path("/usr/lib/postgresql")
# Nothing here has to outlive a power cut. A crash of a client loses nothing of what was committed.
SETTINGS = {"listen_addresses": "", "fsync": "off", "max_connections": "200", "timezone": "UTC"}


def start_postgres(family: Family, timeout: float = 60) -> str:
    """
    Make a database and start its server as the member ``postgres`` of a family; return its URL for SQLAlchemy.

    It listens to nothing but a socket in the family's home. Its processes end with the first of them, which carries
    the family's marker: PostgreSQL writes over the environment of the others, but they notice when that one is gone.

    :raises StackError: it is not installed, or does not start
    """
    check_drivers()
    binaries = find_binaries()
    folder = family.home / "postgres"
    folder.mkdir(mode=0o700)
    owner = _owner(folder)
    data = folder / "data"
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "airflow", "--auth=trust", "-E", "UTF8", "--no-locale"]
    environment = dict(os.environ)
    member = family.spawn("initdb", [*initdb, "--no-sync"], environment, cwd=folder, **owner)
    member.may_end = True
    _wait_for_end(member, timeout)
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    server = [str(binaries / "postgres"), "-D", str(data), "-k", str(folder), *settings]
    member = family.spawn("postgres", server, environment, cwd=folder, **owner)
    _wait_until_ready(family, member, timeout)
    return f"postgresql+psycopg2://airflow@/postgres?host={quote(str(folder), safe='')}"


def check_drivers() -> None:
    """Raise if Airflow would have no driver for PostgreSQL."""
    if missing := [package for module, package in DRIVERS.items() if find_spec(module) is None]:
        raise StackError(f"Airflow needs drivers for PostgreSQL: pip install {' '.join(missing)}")


def find_binaries() -> Path:
    """Return the folder of PostgreSQL's programs, the newest one if there are several."""
    candidates = []
    for program in ("initdb", "pg_config"):
        if not (found := shutil.which(program)):
            continue
        if program == "initdb":
            # Beside the link there may be only some of the programs.
            candidates.append(Path(found).resolve().parent)
        else:
            printed = subprocess.run([found, "--bindir"], capture_output=True, text=True, check=False).stdout
            candidates.append(Path(printed.strip()))
    versions = [path for path in DEBIAN.glob("*/bin") if path.parent.name.isdigit()]
    candidates += sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
    for folder in candidates:
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    raise StackError(
        "PostgreSQL is not installed: its programs initdb and postgres are neither in PATH nor in "
        f"{DEBIAN}/*/bin. Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql"
    )


def _owner(folder: Path) -> dict[str, Any]:
    """Give the folder to somebody who may run PostgreSQL, which root may not; return how to start it as them."""
    if os.geteuid() != 0:
        return {}
    for name in USERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        # So that they may pass through, and see nothing.
        folder.parent.chmod(0o711)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise StackError(f"PostgreSQL does not run as root, and there is no user {' or '.join(USERS)} to run it as.")


def _wait_for_end(member: Member, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while member.alive and time.monotonic() < deadline:
        time.sleep(0.05)
    if member.process.returncode != 0:
        raise StackError(f"PostgreSQL could not make its database:\n{last_lines(member.log)}")


def _wait_until_ready(family: Family, member: Member, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while "ready to accept connections" not in member.log.read_text(errors="replace"):
        family.check()
        if time.monotonic() > deadline:
            raise StackError(f"PostgreSQL did not start within {timeout:.0f} s:\n{last_lines(member.log)}")
        time.sleep(0.05)
