"""
Where a send is written down before it goes out.

From Airflow 3.3 on this is the task state store: it is written to the database before the next line runs, and it
survives a killed process, a lost worker, a retry and a Clear. Earlier Airflows have nothing of the kind (XComs are
deleted when a try begins), so there every try but the first looks at the gateway instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Protocol

State = Literal["intent", "sent", "not_sent"]

_PARTS_IN_A_VALUE = 100
"""
A text to a million has thousands of parts: in one value they would be more than Airflow wants there (64 kB), and be
written again and again.
"""


@dataclass(frozen=True)
class Entry:
    """
    What is known of one logical send.

    :param state: ``intent`` (it may have gone out), ``sent``, or ``not_sent`` (it certainly did not)
    :param resend: what the message's key ends with, if a Clear made this a new text
    :param max_tries: of the task instance; a user's Clear changes it, a retry does not
    :param since: ISO 8601, when it was first attempted
    :param attempted: ISO 8601, when the last attempt was over, or will be at the latest
    :param words: fingerprints of the words of all attempts, the last one's last; nobody can read them from these
    :param result: what the send returned, once it is known
    :param earlier: ids of what went out before a Clear that made this a new text
    :param is_told: whether the last try ended with the word that nobody can tell who of a list got theirs
    :param progress: of a text in several calls, how far they have come
    """

    state: State
    resend: str
    max_tries: int
    since: str
    attempted: str
    words: Sequence[str]
    result: dict[str, Any] | None = None
    earlier: Sequence[str] = ()
    is_told: bool = False
    progress: dict[str, Any] | None = None


class Journal(Protocol):
    """Keeps the entry of one logical send."""

    def read(self) -> Entry | None:
        """Return what was written last, or None."""

    def write(self, entry: Entry) -> None:
        """Keep an entry; it is safe when this returns."""

    @property
    def remembers(self) -> bool:
        """Whether what is written outlives this try."""


class TaskStateJournal:
    """The journal in Airflow's task state store."""

    remembers = True

    def __init__(self, store: Any, name: str) -> None:
        self._store = store
        self._name = f"smsworks_send_{name}"
        self._kept_apart: dict[int, list[Any]] = {}

    def read(self) -> Entry | None:
        """Return what was written last, or None."""
        stored = self._store.get(self._name)
        if not stored:
            return None
        if apart := (stored.get("progress") or {}).get("apart"):
            self._kept_apart = {number: self._store.get(self._name_of(number)) or [] for number in range(apart)}
            parts = [part for parts in self._kept_apart.values() for part in parts]
            stored["progress"]["parts"] = [*parts, *stored["progress"]["parts"]]
            del stored["progress"]["apart"]
        # A newer version of this package may have written more.
        known = {field.name for field in fields(Entry)}
        return Entry(**{name: value for name, value in stored.items() if name in known})

    def write(self, entry: Entry) -> None:
        """
        Keep an entry; the database has it when this returns.

        If the process dies in the middle, parts of two moments stand side by side: what does not fit together is looked
        up.
        """
        kept = {name: value for name, value in asdict(entry).items() if value is not None and value != ()}
        if entry.progress and (apart := len(entry.progress["parts"]) // _PARTS_IN_A_VALUE):
            parts = entry.progress["parts"]
            for number in range(apart):
                self._write_apart(number, parts[number * _PARTS_IN_A_VALUE : (number + 1) * _PARTS_IN_A_VALUE])
            kept["progress"] = {**entry.progress, "parts": parts[apart * _PARTS_IN_A_VALUE :], "apart": apart}
        self._set(self._name, kept)

    def _write_apart(self, number: int, parts: list[Any]) -> None:
        if self._kept_apart.get(number) != parts:
            self._set(self._name_of(number), parts)
            self._kept_apart[number] = parts

    def _name_of(self, number: int) -> str:
        return f"{self._name}_{number}"

    def _set(self, name: str, value: Any) -> None:
        from airflow.sdk import NEVER_EXPIRE  # type: ignore[attr-defined]

        # By default the store forgets after 30 days, and a Clear after that would text again.
        self._store.set(name, value, retention=NEVER_EXPIRE)


class NoJournal:
    """Airflow before 3.3: nothing outlives a try."""

    remembers = False

    def read(self) -> Entry | None:
        """Return None: nothing is known."""
        return None

    def write(self, entry: Entry) -> None:
        """Keep nothing."""


def journal_of_task(context: Mapping[str, Any], name: str) -> Journal:
    """Return the journal that this Airflow offers to a task, for the send of this name."""
    store = context.get("task_state_store")
    return NoJournal() if store is None else TaskStateJournal(store, name)
