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
        self._apart: list[tuple[str, list[Any]]] = []
        """The parts that are kept apart: in which of two values, and what it holds."""

    def read(self) -> Entry | None:
        """Return what was written last, or None."""
        stored = self._store.get(self._name)
        if not stored:
            return None
        progress = stored.get("progress") or {}
        if slots := progress.pop("apart", ""):
            self._apart = [(slot, self._store.get(self._name_of(at, slot)) or []) for at, slot in enumerate(slots)]
            progress["parts"] = [*(part for _, parts in self._apart for part in parts), *progress["parts"]]
        # A newer version of this package may have written more.
        known = {field.name for field in fields(Entry)}
        return Entry(**{name: value for name, value in stored.items() if name in known})

    def write(self, entry: Entry) -> None:
        """
        Keep an entry; the database has it when this returns.

        What is kept apart is never written over while an entry refers to it: if the process dies in the middle, the
        entry before is still there as a whole.
        """
        kept = {name: value for name, value in asdict(entry).items() if value is not None and value != ()}
        apart = self._apart
        if entry.progress is not None:
            parts = entry.progress["parts"]
            count = len(parts) // _PARTS_IN_A_VALUE
            cut = [parts[at * _PARTS_IN_A_VALUE : (at + 1) * _PARTS_IN_A_VALUE] for at in range(count)]
            apart = [self._written_apart(at, some) for at, some in enumerate(cut)]
            kept["progress"] = {**entry.progress, "parts": parts[count * _PARTS_IN_A_VALUE :]}
            if apart:
                kept["progress"]["apart"] = "".join(slot for slot, _ in apart)
        self._set(self._name, kept)
        self._apart = apart

    def _written_apart(self, at: int, parts: list[Any]) -> tuple[str, list[Any]]:
        before = self._apart[at] if at < len(self._apart) else None
        if before and before[1] == parts:
            return before
        slot = "b" if before and before[0] == "a" else "a"
        self._set(self._name_of(at, slot), parts)
        return slot, parts

    def _name_of(self, at: int, slot: str) -> str:
        return f"{self._name}_{at}{slot}"

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
