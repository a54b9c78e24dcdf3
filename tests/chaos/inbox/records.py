"""What outlives a triggerer: the events that were persisted, the assets' state, and what happened when."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Step = Callable[[str], None]


class Records:
    """
    Lines of what happened, which several processes write; each line is whole, whenever its writer dies.

    :param life: whose lines these are
    """

    def __init__(self, folder: Path, life: int) -> None:
        self._life = life
        self._file = os.open(folder / "records", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, what: str, **more: Any) -> None:
        """Keep a line."""
        line = {"what": what, "life": self._life, "at": time.time(), **more}
        os.write(self._file, json.dumps(line).encode() + b"\n")

    @staticmethod
    def read(folder: Path) -> list[dict[str, Any]]:
        """Return all lines, in the order in which they were written."""
        file = folder / "records"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


class StoreError(Exception):
    """The database does not answer."""


class AssetStates:
    """The state of all assets: a file for each value, and writes that are all or nothing, as a database's are."""

    def __init__(self, folder: Path, records: Records, step: Step) -> None:
        self._folder = folder
        self._records = records
        self._step = step

    def get(self, asset: str, key: str) -> Any:
        """Return a value, or None."""
        self._fail()
        file = self._folder / f"state.{asset}.{key}"
        return json.loads(file.read_text()) if file.exists() else None

    def set(self, asset: str, key: str, value: Any) -> None:
        """Keep a value."""
        began = time.time()
        self._step("before a cursor write")
        self._fail()
        file = self._folder / f"state.{asset}.{key}"
        new = file.with_name(f"new.{asset}.{key}.{os.getpid()}")
        new.write_text(json.dumps(value))
        self._step("in a cursor write")
        new.replace(file)
        self._records.write("cursor", watcher=asset, began=began, size=len(json.dumps(value)))
        self._step("after a cursor write")

    def _fail(self) -> None:
        if (self._folder / "no store").exists():
            self._records.write("store failed")
            raise StoreError("The database does not answer.")
