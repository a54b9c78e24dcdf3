"""
Thousands of invented lives of a list: each try sees other people, calls meet any fate, the process dies anywhere.

The gateway here is a list of what it accepted, and shows all of it at once. Whatever happens, nobody gets a text twice;
a try that nothing disturbs ends, with a text for everybody whom no refusal left out; and what is reported is true.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import random
from collections import Counter
from contextlib import nullcontext, suppress
from dataclasses import replace
from types import SimpleNamespace

import pytest

from airflow_provider_smsworks.api import errors
from airflow_provider_smsworks.api.errors import SmsWorksError
from airflow_provider_smsworks.api.settings import read_settings
from airflow_provider_smsworks.sending import in_flight, journal
from airflow_provider_smsworks.sending.choices import Rules
from airflow_provider_smsworks.sending.cost import Budget
from airflow_provider_smsworks.sending.entries import Entry
from airflow_provider_smsworks.sending.identity import KEY_PAIR
from airflow_provider_smsworks.sending.many import many_text
from airflow_provider_smsworks.sending.task import send_from_task
from tests.task_context import task_context
from tests.versions import AIRFLOW_V_3_3_PLUS

LOG = logging.getLogger("stories")
EVERYBODY = [f"447700900{number:03}" for number in range(30)]
FATES = [*["answered"] * 12, "later", "no credit", "refused", "lost", "accepted, lost", "in part, lost"]
FATES += ["killed before", "killed after"]
EXTRA = {"sender": "Depot", "allow_test_numbers": True}
AT_ONCE = 250


class Killed(BaseException):
    """The process died here."""


class Store:
    """A task state store whose process dies instead of the n-th write."""

    def __init__(self):
        self.kept, self.dies = {}, 0

    def get(self, key):
        return json.loads(self.kept[key]) if key in self.kept else None

    def set(self, key, value, **_):
        self.dies -= 1
        if self.dies == 0:
            raise Killed
        self.kept[key] = json.dumps(value)


class Story:
    """One list, try by try; the gateway has accepted batch and body of each message."""

    def __init__(self, seed):
        self.dice = dice = random.Random(seed)
        self.store = Store() if dice.random() < 0.8 and AIRFLOW_V_3_3_PLUS else None
        self.shows_metadata = dice.random() < 0.8
        self.resends = self.store is not None and dice.random() < 0.2
        self.has_keys = self.shows_metadata and dice.random() < 0.3
        self.max_failed = dice.choice([0, 0, 2, 100])
        self.people = dice.sample(EVERYBODY, dice.randint(1, 14))
        self.token, self.max_tries = "token-1", 3
        self.accepted, self.results, self.batches, self.fates = [], [], 0, iter(())

    def tell(self):
        tries = self.dice.randint(1, 6)
        for number in range(1, tries + 1):
            self.fates = iter([self.dice.choice(FATES) for _ in range(40)])
            if self.store:
                self.store.dies = self.dice.choice([0, 0, *range(1, 12)])
            with suppress(SmsWorksError, Killed):
                self.attempt(number)
            self.check_nobody_twice()
            self.change()
        self.fates = iter(["answered"] * 40)
        if self.store:
            self.store.dies = 0
        # Where messages show no metadata, some doubts are a person's to end.
        with nullcontext() if self.shows_metadata else suppress(SmsWorksError):
            self.attempt(tries + 1)
        self.check_nobody_twice()

    def change(self):
        """Let people leave, join and come back; now and then somebody clears the task, or makes a new token."""
        dice, kind = self.dice, self.dice.random()
        if kind < 0.3:
            self.people = dice.sample(self.people, dice.randint(0, len(self.people)))
        elif kind < 0.6:
            others = [person for person in EVERYBODY if person not in self.people]
            self.people += dice.sample(others, min(len(others), dice.randint(0, 4)))
        elif kind < 0.65:
            self.people = dice.sample(EVERYBODY, dice.randint(0, 14))
        dice.shuffle(self.people)
        if dice.random() < 0.1:
            self.token = f"token-{dice.random()}"
        if dice.random() < 0.3:
            self.max_tries += 1

    def attempt(self, number):
        settings = read_settings("c", host="localhost", password=self.token, extra=EXTRA)
        settings = replace(settings, batch_limit=self.dice.randint(1, 3))
        client = SimpleNamespace(call=self.gateway)
        hook = SimpleNamespace(
            smsworks_conn_id="c", settings=settings, search_each_page=self.search, get_conn=lambda: client
        )
        told, result = [], None
        on_clear = "resend" if self.resends else "keep"
        try:
            result = send_from_task(
                task_context(self.store, try_number=number, max_tries=self.max_tries),
                hook,
                lambda task: many_text(task, self.entries, {}, max_failed=self.max_failed, outcomes=told.extend),
                rules=Rules(on_clear=on_clear, search_lag=0, longest_call=0, calls_at_once=1),
                budget=Budget(max_credits=1e6, check_balance=False),
                own_name=None,
                now=lambda: dt.datetime.now(dt.UTC),
                log=LOG,
            )
        finally:
            self.check_told(told, result)

    def entries(self, rows):
        for person in self.people:
            # With keys, two people share each phone.
            phone = str(int(person) // 2 * 2) if self.has_keys else person
            yield Entry(f"key/{person}" if self.has_keys else person, person, phone, "Hello")

    def gateway(self, call):
        fate = next(self.fates)
        if fate == "later":
            raise errors.SmsWorksRateLimitError("429", retry_after=0.0001)
        if fate == "no credit":
            raise errors.SmsWorksCreditError("402", http_status=402)
        if fate == "refused":
            raise errors.SmsWorksRejectedError("400", http_status=400)
        if fate not in ("lost", "killed before"):
            self.batches += 1
            upto = len(call.body) // 2 if fate == "in part, lost" else None
            batch_id = f"b{self.batches}"
            self.accepted += [(batch_id, body) for body in call.body[:upto]]
        if "lost" in fate:
            raise errors.SmsWorksUnavailableError("the exchange broke")
        if "killed" in fate:
            raise Killed
        return {"batch_id": batch_id}

    def search(self, take, since):
        about = {"status": "SENT", "created": dt.datetime.now(dt.UTC).isoformat()}
        for batch_id, body in self.accepted:
            pairs = {pair["key"]: pair["value"] for pair in body["metadata"]} if self.shows_metadata else {}
            said = {"to": body["destination"], "sender": body["sender"], "content": body["content"]}
            take([{"message_id": "", "batch_id": batch_id, "metadata": pairs, **about, **said}])

    def check_nobody_twice(self):
        pairs = [pair for _, body in self.accepted for pair in body["metadata"]]
        assert set(Counter(pair["value"] for pair in pairs if pair["key"] == KEY_PAIR).values()) <= {1}
        if not self.resends:
            texts = Counter(body["destination"] for _, body in self.accepted)
            assert set(texts.values()) <= ({1, 2} if self.has_keys else {1})

    def check_told(self, told, result):
        if self.has_keys or self.resends:
            return
        texted = {body["destination"] for _, body in self.accepted}
        assert {one.label for one in told if one.status == "SENT"} <= texted
        if result is None:
            return
        assert not [one for one in told if one.status != "SENT" and one.label in texted]
        if result not in self.results:  # a Clear keeps what was sent, and its result
            self.results.append(result)
            sent = texted.intersection(self.people)
            assert {one.label for one in told} == set(self.people)
            assert "NOT_SENT" not in {one.status for one in told}
            assert (result["recipients"], result["failed"]) == (len(sent), len(self.people) - len(sent))
            assert set(result["batch_ids"]) <= {batch_id for batch_id, _ in self.accepted}


@pytest.mark.parametrize("first", range(0, 1500, AT_ONCE))
def test_nobody_twice_nobody_left_out_and_nothing_false(first, monkeypatch):
    monkeypatch.setattr(in_flight, "CALLS_PER_NOTE", 2)
    monkeypatch.setattr(journal, "_PARTS_IN_A_VALUE", 3)
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)
    for seed in range(first, first + AT_ONCE):
        try:
            Story(seed).tell()
        except BaseException as error:
            error.add_note(f"It is story {seed}.")
            raise
