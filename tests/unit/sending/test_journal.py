from __future__ import annotations

import json
from dataclasses import replace

import pytest
from airflow.sdk import NEVER_EXPIRE

from airflow_provider_smsworks.sending.journal import Entry, NoJournal, TaskStateJournal, journal_of_task
from airflow_provider_smsworks.sending.progress import Progress

ENTRY = Entry("intent", "", 3, since="2026-01-31T09:30:00+00:00", attempted="2026-01-31T09:31:00+00:00", words=["w"])


class TaskStateStore:
    """As strict as Airflow's: JSON only, and never None."""

    def __init__(self):
        self.kept = {}

    def get(self, key, default=None):
        return json.loads(self.kept[key]) if key in self.kept else default

    def set(self, key, value, *, retention=None):
        assert value is not None
        assert retention is NEVER_EXPIRE
        self.kept[key] = json.dumps(value, allow_nan=False)
        assert json.loads(self.kept[key]) == value, "a tuple is refused"


@pytest.mark.parametrize(
    "entry",
    [
        ENTRY,
        replace(ENTRY, max_tries=0),
        replace(ENTRY, earlier=["1"], is_told=True, progress=Progress(batch_ids=("1",)).to_write()),
        replace(ENTRY, state="sent", result={"message_id": "1"}),
    ],
)
def test_what_is_written_comes_back(entry):
    journal = TaskStateJournal(TaskStateStore(), "k1")
    assert journal.read() is None
    journal.write(entry)
    assert journal.read() == entry


def test_what_a_newer_version_wrote_can_be_read():
    store = TaskStateStore()
    TaskStateJournal(store, "k1").write(ENTRY)
    [name] = store.kept
    store.kept[name] = json.dumps(json.loads(store.kept[name]) | {"invented_later": 1})
    assert TaskStateJournal(store, "k1").read() == ENTRY


def test_two_sends_of_one_task_do_not_share_an_entry():
    store = TaskStateStore()
    TaskStateJournal(store, "k1").write(ENTRY)
    assert TaskStateJournal(store, "k2").read() is None


def test_an_entry_is_small():
    store = TaskStateStore()
    TaskStateJournal(store, "k" * 32).write(ENTRY)
    assert sum(map(len, store.kept.values())) < 1000


def test_the_store_is_used_where_airflow_has_one():
    assert isinstance(journal_of_task({"task_state_store": TaskStateStore()}, "k1"), TaskStateJournal)
    assert isinstance(journal_of_task({}, "k1"), NoJournal)
    assert journal_of_task({}, "k1").remembers is False
