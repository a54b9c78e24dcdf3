from __future__ import annotations

import json
from dataclasses import replace

import pytest

from airflow_provider_smsworks.sending.journal import Entry, NoJournal, TaskStateJournal, journal_of_task
from airflow_provider_smsworks.sending.progress import Part, Progress
from tests.versions import needs_state_store

PROGRESS = Progress((Part(7, 5, 35, batch_ids=("1",)), Part(9, 0, None, True)), 1, None, True)
ENTRY = Entry("intent", "", 3, since="2026-01-31T09:30:00+00:00", attempted="2026-01-31T09:31:00+00:00", words=["w"])


class TaskStateStore:
    """As strict as Airflow's: JSON only, and never None."""

    def __init__(self):
        self.kept = {}

    def get(self, key, default=None):
        return json.loads(self.kept[key]) if key in self.kept else default

    def set(self, key, value, *, retention=None):
        assert value is not None
        from airflow.sdk import NEVER_EXPIRE

        assert retention is NEVER_EXPIRE
        self.kept[key] = json.dumps(value, allow_nan=False)
        assert json.loads(self.kept[key]) == value, "a tuple is refused"


@needs_state_store
@pytest.mark.parametrize(
    "entry",
    [
        ENTRY,
        replace(ENTRY, max_tries=0),
        replace(ENTRY, earlier=["1"], is_told=True, progress=PROGRESS.to_write()),
        replace(ENTRY, state="sent", result={"message_id": "1"}),
    ],
)
def test_what_is_written_comes_back(entry):
    journal = TaskStateJournal(TaskStateStore(), "k1")
    assert journal.read() is None
    journal.write(entry)
    assert journal.read() == entry


@needs_state_store
def test_what_a_newer_version_wrote_can_be_read():
    store = TaskStateStore()
    TaskStateJournal(store, "k1").write(ENTRY)
    [name] = store.kept
    store.kept[name] = json.dumps(json.loads(store.kept[name]) | {"invented_later": 1})
    assert TaskStateJournal(store, "k1").read() == ENTRY


@needs_state_store
def test_two_sends_of_one_task_do_not_share_an_entry():
    store = TaskStateStore()
    TaskStateJournal(store, "k1").write(ENTRY)
    assert TaskStateJournal(store, "k2").read() is None


@needs_state_store
def test_a_million_texts_are_kept_in_values_of_a_size_that_airflow_wants():
    store, journal = TaskStateStore(), None
    written = []
    for count in (16, 99, 100, 101, 1000, 2000):
        parts = tuple(
            Part(2**61 + number, 500, 2**70 + number, batch_ids=(f"{number:024}",)) for number in range(count)
        )
        entry = replace(ENTRY, progress=Progress(parts).to_write())
        journal = journal or TaskStateJournal(store, "k1")
        before = dict(store.kept)
        journal.write(entry)
        written.append(sum(store.kept[name] != before.get(name) for name in store.kept))
        assert TaskStateJournal(store, "k1").read() == entry
    assert max(map(len, store.kept.values())) < 10_000
    # Each part once, apart from the last ones.
    assert written == [1, 1, 2, 1, 10, 11]
    assert Progress.read(TaskStateJournal(store, "k1").read().progress) == Progress(parts)


@needs_state_store
def test_an_entry_is_small():
    store = TaskStateStore()
    TaskStateJournal(store, "k" * 32).write(ENTRY)
    assert sum(map(len, store.kept.values())) < 1000


def test_the_store_is_used_where_airflow_has_one():
    assert isinstance(journal_of_task({"task_state_store": TaskStateStore()}, "k1"), TaskStateJournal)
    assert isinstance(journal_of_task({}, "k1"), NoJournal)
    assert journal_of_task({}, "k1").remembers is False
