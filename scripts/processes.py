"""Processes that live and die together: a directory, their logs, and an end that leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.watchdog import MARKER_NAME, kill_members, members

WATCHDOG = Path(__file__).with_name("watchdog.py")


class StackError(Exception):
    """Something of the local stack did not work; the message is meant for people."""


def last_lines(path: Path, count: int = 20) -> str:
    """Return the end of a log file, indented, or a word that there is none."""
    try:
        lines = path.read_text(errors="replace").rstrip().splitlines()[-count:]
    except OSError:
        lines = []
    return "\n".join(f"    {line}" for line in lines) or "    (it has written nothing)"


@dataclass
class Member:
    """One process of a family, started by us."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    started: float = field(default_factory=time.time)
    may_end: bool = False

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def send(self, number: int) -> None:
        """Send a signal to the process and to the group that it leads."""
        # Either means that all of the group is gone; macOS says "not permitted" for zombies.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


class Family:
    """Starts processes in a throwaway directory and ends all of them, with all that they started.

    :param prefix: beginning of the directory's name
    :param keep: leave the directory for a look at it afterwards
    """

    def __init__(self, prefix: str, *, keep: bool = False) -> None:
        self.home = Path(tempfile.mkdtemp(prefix=f"{prefix}-")).resolve()
        self.keep = keep
        self.members: dict[str, Member] = {}
        self._watchdog = subprocess.Popen(
            [sys.executable, str(WATCHDOG), str(os.getpid()), str(self.home), "" if keep else str(self.home)],
            stdin=subprocess.DEVNULL,
            # Its parent's output may be a pipe, whose reader would wait for the watchdog as well.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def spawn(
        self, name: str, command: Sequence[str], env: Mapping[str, str], *, cwd: Path | None = None, **more: Any
    ) -> Member:
        """Start a process in a session of its own; its output goes to `logs/<name>.log`.

        :param cwd: where it starts; default: the home
        :param more: of `subprocess.Popen`, such as `user`
        """
        log = self.home / "logs" / f"{name}.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                env={**env, MARKER_NAME: str(self.home)},
                # Not the project's directory: Python would import the package from there.
                cwd=cwd or self.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **more,
            )
        member = self.members[name] = Member(name, process, log)
        return member

    def check(self) -> None:
        """Raise if a process has ended that should not have."""
        for member in self.members.values():
            if not member.may_end and not member.alive:
                raise StackError(
                    f"The {member.name} ended by itself (exit code {member.process.returncode}). "
                    f"The last lines of its log:\n{last_lines(member.log)}"
                )

    def end_member(self, member: Member, grace: float) -> None:
        """End one process and its group: politely, and after `grace` seconds by force."""
        member.may_end = True
        self._ask([member], grace)
        member.send(signal.SIGKILL)
        member.process.wait(timeout=10)

    def end(self, grace: float = 3.0) -> None:
        """End everything and remove the directory. Ctrl-C while it waits means: no more patience."""
        try:
            self._ask(list(self.members.values()), grace)
        finally:
            left = kill_members(str(self.home))
            for member in self.members.values():
                member.process.poll()
            if not self.keep:
                shutil.rmtree(self.home, ignore_errors=True)
            if not left:  # else it has another try at the end of this process
                self._watchdog.kill()
                self._watchdog.wait(timeout=10)

    def pids(self) -> list[int]:
        """Return the ids of all living processes of the family, also of those that it did not start itself."""
        return [process.pid for process in members(str(self.home))]

    @staticmethod
    def _ask(asked: list[Member], grace: float) -> None:
        """Send SIGTERM to each group and wait for their leaders.

        To the group, because a triggerer alone takes 11 s after SIGTERM and a scheduler waits for its running
        tasks; with their children signalled too, both end within 2 s. The API server has finished after 0.2 s,
        but its interpreter takes another 4 s to leave: nothing is lost if that is cut short.
        """
        for member in asked:
            if member.alive:
                member.send(signal.SIGTERM)
        deadline = time.monotonic() + grace
        while any(member.alive for member in asked) and time.monotonic() < deadline:
            time.sleep(0.05)
