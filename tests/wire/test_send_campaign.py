"""
A small campaign: sends of every kind under random faults, kills, Clears, changed words and lists, and readings.

Each sequence is one task with a gateway of its own, and is made by its seed alone. Where it is over, the ledger must
have each text once to each phone (and once more for each Clear that resent it), or the task must have failed.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest
from airflow.sdk.exceptions import AirflowFailException

from airflow_provider_smsworks.exceptions import SmsWorksError, SmsWorksOutcomeUnknownError
from airflow_provider_smsworks.operators.batch import SmsWorksSendBatchOperator, SmsWorksSendCollectionOperator
from airflow_provider_smsworks.operators.message import SmsWorksSendFlashMessageOperator, SmsWorksSendMessageOperator
from airflow_provider_smsworks.operators.otp import SmsWorksSendOtpOperator
from airflow_provider_smsworks.operators.schedule import (
    SmsWorksScheduleBatchOperator,
    SmsWorksScheduleMessageOperator,
)
from tests.readings import QUESTIONS
from tests.task_context import task_context
from tests.wire.test_send_kinds import Killed, MortalStore

PHONES = [f"077009000{number}" for number in range(10, 18)]
TOMORROW = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).replace(microsecond=0)
KINDS = {
    "message": (SmsWorksSendMessageOperator, "POST /message/send"),
    "flash": (SmsWorksSendFlashMessageOperator, "POST /message/flash"),
    "schedule": (SmsWorksScheduleMessageOperator, "POST /message/schedule"),
    "schedule batch": (SmsWorksScheduleBatchOperator, "POST /batch/schedule"),
    "batch": (SmsWorksSendBatchOperator, "POST /batch/any"),
    "collection": (SmsWorksSendCollectionOperator, "POST /batch/any"),
    "otp": (SmsWorksSendOtpOperator, "POST /otp/send"),
}
STEPS = [
    "before intent",
    "after intent",
    "after the answer",
    "before sent",
    "after sent",
    "before cancel",
    "after cancel",
]
READINGS = [
    *("metadata_echo", "metadata_search", "shapes", "optional_fields", "ids", "dates", "destination_type", "lists"),
    *("search_order", "search_page", "status_words", "scheduled_id", "cancel_again", "batch_partial", "batch_credit"),
    *("new_batch", "error_bodies", "unknown_id", "ai_optimiser"),
]
DECOY = "Somebody else's"
# Just over one part, which the AI Optimiser makes one.
LONG = " and so on and on" * 9
LAG, CLIENT_LAG = 0.06, 0.12
TRIES = 7


@dataclass
class Sequence:
    """What one task goes through."""

    seed: int
    kind: str
    reading: dict
    has_store: bool
    on_unknown: str
    resends: bool
    changes: bool
    max_tries: int = 2
    has_succeeded: bool = False
    story: list = field(default_factory=list)
    tally: Counter = field(default_factory=Counter)

    @classmethod
    def of(cls, seed):
        dice = random.Random(seed)
        has_store = dice.random() < 0.75
        reading = {name: dice.choice(QUESTIONS[name]) for name in READINGS}
        kind = dice.choice(list(KINDS))
        resends = has_store and dice.random() < 0.35
        # Before 3.3 nobody can know what an earlier try would have said, and where messages show no metadata either
        # their words are all that there is.
        knows = has_store or (reading["metadata_echo"] and kind != "schedule batch")
        changes = knows and not resends and dice.random() < 0.5
        if resends and not reading["metadata_echo"]:
            # A text with the same words to the same phone a moment ago: here nobody can tell them apart.
            reading["metadata_echo"] = True
        on_unknown = dice.choice(["retry", "retry", "fail"])
        return cls(seed, kind, reading, has_store, on_unknown, resends, changes)

    def run(self, sandbox, path):
        dice = random.Random(f"{self.seed} tries")
        sandbox.reset()
        sandbox.set(delivery_delay=0.2, search_lag=LAG, **self.reading)
        store = MortalStore(path)
        numbers = dice.sample(PHONES, 3)
        more = LONG if self.seed % 4 == 0 else ""
        words = f"Text {self.seed}{more}"
        self._decoys(sandbox, numbers[0])
        last = None
        for number in range(1, TRIES + 1):
            if self.changes and dice.random() < 0.4:
                words = f"Text {self.seed}.{number}{more}"
                if self.kind in ("batch", "collection", "schedule batch"):
                    numbers = dice.sample(PHONES, dice.randint(1, 4))
            if number > 1 and dice.random() < 0.25:
                self.max_tries += 1
                self.story.append("clear")
            step = dice.choice(STEPS) if dice.random() < 0.4 and number < TRIES - 1 else "never"
            fault = self._fault(dice) if dice.random() < 0.5 and number < TRIES - 1 else None
            sandbox.faults([fault] if fault else [])
            last = self._try(store, number, step, numbers, words)
            sandbox.faults([])
            self.story.append((number, step, fault and (fault["when"], fault["kind"]), repr(last)[:150]))
            self.has_succeeded |= isinstance(last, Killed) and step == "after sent"
            self.tally["kills"] += isinstance(last, Killed)
            self.tally["faults"] += fault is not None
            if isinstance(last, Exception):
                assert isinstance(last, SmsWorksError | AirflowFailException), self
            time.sleep(0.12 if fault and fault["when"] == "late" else dice.choice([0, 0, 0.05]))
            if isinstance(last, dict):
                self._check_success(sandbox, last, numbers)
                if dice.random() < 0.3:
                    break
        self.tally["sequences"] += 1
        self.tally["unknown"] += isinstance(last, SmsWorksOutcomeUnknownError) or "not known" in str(last)
        self.tally["adopted"] += isinstance(last, dict) and last["adopted"]
        self._check_duplicates(sandbox)
        # The last two tries are undisturbed: what can be known is known then.
        can_tell = self.reading["metadata_echo"] or not (self.changes or more)
        if self.on_unknown == "retry" and can_tell:
            assert isinstance(last, dict), ("no end", self)
        return self

    def _decoys(self, sandbox, phone):
        """Another task texts the same phone."""
        from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

        SmsWorksHook().send_message(to=phone, content=DECOY, metadata={"airflow_send": "k", "airflow": "m"})

    def _fault(self, dice):
        when = dice.choice(["before", "after", "after", "late"])
        fault = {"when": when, "kind": dice.choice(["status", "reset", "garbage"]), "times": 1}
        if fault["kind"] == "status":
            fault["status"] = dice.choice([500, 503, 408] if when != "before" else [500, 503, 429, 402])
        if when == "late":
            fault |= {"kind": "reset", "delay": 0.05}
            fault.pop("status", None)
        operation = KINDS[self.kind][1]
        if dice.random() < 0.15:
            operation = "GET /messages/schedule" if "schedule" in self.kind else "POST /messages"
            fault = {"when": "before", "kind": "status", "status": 503, "times": 4}
        elif self.resends and self.kind.startswith("schedule") and dice.random() < 0.3:
            plural = "batches" if "batch" in self.kind else "messages"
            name = "batchid" if "batch" in self.kind else "messageid"
            operation = f"DELETE /{plural}/schedule/{{{name}}}"
        return fault | {"operation": operation}

    def _arguments(self, numbers, words):
        if self.kind == "otp":
            return {"to": numbers[0], "template": words + " {{passcode}}"}
        if self.kind == "collection":
            return {"messages": [{"to": to, "content": f"{words} for {to}"} for to in numbers]}
        arguments = {"to": numbers if "batch" in self.kind else numbers[0], "content": words}
        return arguments | ({"schedule": TOMORROW} if "schedule" in self.kind else {})

    def _try(self, store, number, step, numbers, words):
        more = {"on_unknown": self.on_unknown}
        if self.resends:
            more |= {"replace": True} if "schedule" in self.kind else {"on_clear": "resend"}
        operator = KINDS[self.kind][0](task_id="t", **self._arguments(numbers, words), **more)
        store.step = step
        client = operator.hook.get_conn()
        call = client.call

        def call_and_die(prepared):
            is_cancel = prepared.operation.method == "DELETE"
            if is_cancel and step == "before cancel":
                raise Killed
            answer = call(prepared)
            if (prepared.operation.sends and step == "after the answer") or (is_cancel and step == "after cancel"):
                raise Killed
            return answer

        client.call = call_and_die
        context = task_context(
            store if self.has_store else None, try_number=number, max_tries=self.max_tries, run_id=f"run {self.seed}"
        )
        try:
            return operator.execute(context)
        except (Killed, Exception) as error:
            return error

    def _accepted(self, sandbox):
        rows = [row for row in sandbox.ledger() if row["content"] != DECOY]
        messages = Counter(row["to"] for row in rows)
        for row in sandbox.schedules():
            if row["status"] != "CANCELLED":
                request = row["request"]
                messages.update(request.get("destinations") or [request["destination"]])
        return messages

    def _check_success(self, sandbox, result, numbers):
        accepted = self._accepted(sandbox)
        # A list that changes after the send, or after a batch was scheduled, is not this task's any more.
        if not (self.changes and (self.has_succeeded or self.kind == "schedule batch")):
            wanted = numbers if self.kind in BULK else numbers[:1]
            assert all(accepted[f"44{to[1:]}"] for to in wanted), ("lost", self, accepted)
        self.has_succeeded = True
        ids = result.get("batch_ids") or [result.get("message_id")]
        known = {row[name] for row in sandbox.ledger() for name in ("message_id", "batch_id")}
        known |= {str(row["id"]) for row in sandbox.schedules() if row["status"] != "CANCELLED"}
        known_text = {str(one) for one in known}
        assert {str(one) for one in ids if one is not None} <= known_text, ("no such message", self, ids, known_text)

    def _check_duplicates(self, sandbox):
        accepted = self._accepted(sandbox)
        clears = self.story.count("clear")
        most = 1
        if self.resends and "schedule" not in self.kind:
            most += clears
        if self.kind == "otp" and self.on_unknown == "retry":
            return  # the author's choice: another passcode after an open outcome
        assert all(count <= most for count in accepted.values()), ("twice", self, accepted)
        self.tally["texts"] += sum(accepted.values())


BULK = ("batch", "collection", "schedule batch")


@pytest.mark.parametrize("seed", range(30))
def test_each_text_goes_out_once(connected, connect, tmp_path, seed):
    connect(connected.url, search_lag=CLIENT_LAG)
    Sequence.of(seed).run(connected, tmp_path / "state")
