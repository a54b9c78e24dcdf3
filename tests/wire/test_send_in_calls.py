"""Lists that take several calls: killed in the middle of them, refused, changed; everybody gets the text once."""

from __future__ import annotations

import datetime as dt
import json
import random
import time
from collections import Counter

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_smsworks.exceptions import SmsWorksOutcomeUnknownError
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.operators.batch import SmsWorksSendBatchOperator, SmsWorksSendCollectionOperator
from airflow_provider_smsworks.sending import in_flight
from airflow_provider_smsworks.sending.identity import Attempt
from airflow_provider_smsworks.sending.keys import place_maker
from airflow_provider_smsworks.sending.task import SendingTask
from tests.readings import pairwise, questions
from tests.task_context import FileStore, task_context

PHONES = [f"077009006{number:02}" for number in range(7)]
OTHERS = [f"077009007{number:02}" for number in range(7)]
CALLS = 4  # of two texts each
SEND = "POST /batch/any"


class Killed(BaseException):
    """The process died here."""


class MortalStore(FileStore):
    """Dies before or after the n-th write."""

    def __init__(self, path, dies):
        super().__init__(path)
        self.dies, self.writes = dies, 0

    def set(self, key, value, **more):
        self.writes += 1
        if self.dies == ("before writing", self.writes):
            raise Killed
        super().set(key, value, **more)
        if self.dies == ("after writing", self.writes):
            raise Killed


@pytest.fixture
def gateway(connected, connect):
    connect(connected.url, batch_limit=2)
    return connected


@pytest.fixture(autouse=True)
def each_call_is_written_down(monkeypatch):
    """A step more for a process to die at."""
    monkeypatch.setattr(in_flight, "CALLS_PER_NOTE", 1)


@pytest.fixture
def attempt(gateway, tmp_path):
    """Run one try that texts people, which is killed at a step."""

    def attempt(people, try_number=1, dies=None, *, has_store=True, max_tries=2, content="All", **more):
        chosen = {"calls_at_once": 1, "check_balance": False, **more}
        operator = SmsWorksSendBatchOperator(task_id="t", to=people, content=content, **chosen)
        store = MortalStore(tmp_path / "state", dies) if has_store else None
        client = operator.hook.get_conn()
        call, answers = client.call, Counter()

        def call_and_die(prepared):
            answer = call(prepared)
            answers["sends"] += prepared.operation.sends
            if prepared.operation.sends and dies == ("after the answer", answers["sends"]):
                raise Killed
            return answer

        client.call = call_and_die
        return operator.execute(task_context(store, try_number=try_number, max_tries=max_tries))

    return attempt


def texted(gateway):
    return Counter(f"0{row['to'][2:]}" for row in gateway.ledger())


def test_as_few_calls_as_the_limit_allows(gateway, attempt):
    result = attempt(PHONES)
    assert texted(gateway) == dict.fromkeys(PHONES, 1)
    assert gateway.requests() == {SEND: CALLS}
    assert (len(result["batch_ids"]), result["recipients"], result["parts"]) == (CALLS, len(PHONES), len(PHONES))
    assert attempt(PHONES, 2) == result
    assert gateway.requests() == {SEND: CALLS}


ANSWERS = [("after the answer", number) for number in range(1, CALLS + 1)]
WRITES = [(f"{when} writing", number) for when in ("before", "after") for number in range(1, CALLS + 2)]
STEPS = [(*step, True) for step in ANSWERS + WRITES] + [(*step, False) for step in ANSWERS]
LISTS = {
    "the same": PHONES,
    "in another order": random.Random(1).sample(PHONES, len(PHONES)),
    "with others": [*OTHERS[:3], *PHONES],
    "without some": PHONES[3:],
    "with others, without some, in another order": random.Random(2).sample(OTHERS + PHONES[2:], 12),
}


@pytest.mark.parametrize("people", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize(("where", "number", "has_store"), STEPS)
def test_killed_in_the_middle_the_next_try_texts_the_others(gateway, attempt, where, number, has_store, people):
    dies = where, number
    with pytest.raises(Killed):
        attempt(PHONES, 1, dies, has_store=has_store)
    first = texted(gateway)
    result = attempt(people, 2, has_store=has_store)
    assert texted(gateway) == Counter(first.keys() | people)
    assert set(result["batch_ids"]) <= {row["batch_id"] for row in gateway.ledger()}
    assert attempt(people, 3, has_store=True)["batch_ids"] == result["batch_ids"] if has_store else True
    assert set(texted(gateway).values()) == {1}


def test_only_what_may_have_gone_out_is_looked_for(gateway, attempt):
    with pytest.raises(Killed):
        attempt(PHONES, 1, ("before writing", 3))
    attempt(PHONES, 2)
    assert gateway.requests()["POST /messages"] == 2  # a page, and whether there is another one
    gateway.reset()
    gateway.faults([{"operation": SEND, "when": "before", "kind": "status", "status": 402}])
    with pytest.raises(AirflowFailException):
        attempt(PHONES, 1, send_key="another")
    attempt(PHONES, 2, send_key="another")
    assert gateway.requests() == {SEND: 1 + CALLS}


@pytest.mark.parametrize("people", LISTS.values(), ids=LISTS)
def test_refused_in_the_middle_and_sent_after_a_clear(gateway, attempt, people):
    gateway.set(credits=4)
    with pytest.raises(AirflowFailException, match="too little credit"):
        attempt(PHONES)
    first = texted(gateway)
    assert len(first) == 4
    gateway.set(credits=100)
    # Nothing is in doubt, so nobody has to decide.
    attempt(people, 2, max_tries=4, on_clear="resend", on_unknown="fail")
    assert texted(gateway) == Counter(first.keys() | people)


def test_an_answer_that_was_lost_is_found_and_the_next_call_goes_out(gateway, attempt):
    gateway.faults([{"operation": SEND, "when": "after", "kind": "reset", "times": 2}])
    result = attempt(PHONES)
    assert texted(gateway) == dict.fromkeys(PHONES, 1)
    assert len(result["batch_ids"]) == CALLS


@pytest.mark.parametrize("on_unknown", ["retry", "fail"])
def test_a_call_that_is_lost_ends_the_try(gateway, attempt, on_unknown):
    gateway.faults([{"operation": SEND, "when": "before", "kind": "reset", "times": 1}])
    with pytest.raises(SmsWorksOutcomeUnknownError if on_unknown == "retry" else AirflowFailException):
        attempt(PHONES, on_unknown=on_unknown)
    # The others have theirs.
    assert gateway.requests()[SEND] == CALLS
    assert texted(gateway).total() == len(PHONES) - 2
    if on_unknown == "fail":
        with pytest.raises(AirflowFailException, match="not found"):
            attempt(PHONES, 2, on_unknown=on_unknown)
        return
    attempt(PHONES, 2)
    assert texted(gateway) == dict.fromkeys(PHONES, 1)


READINGS = pairwise(
    {
        **questions("metadata_echo", "metadata_search", "optional_fields", "search_order", "search_page", "new_batch"),
        **questions("destination_type", "lists", "shapes", "batch_partial"),
        "fault": ("killed", "after", "before"),
        "has_store": (True, False),
    }
)


@pytest.mark.parametrize("reading", READINGS)
def test_under_every_reading(gateway, attempt, reading):
    reading = dict(reading)
    fault, has_store = reading.pop("fault"), reading.pop("has_store")
    gateway.set(**reading, search_lag=0.1)
    if fault == "killed":
        with pytest.raises(Killed):
            attempt(PHONES, 1, ("after the answer", 2), has_store=has_store)
    else:
        with pytest.raises(Killed):
            attempt(PHONES, 1, ("after the answer", 1), has_store=has_store)
        gateway.faults([{"operation": SEND, "when": fault, "kind": "reset", "times": 1}])
    for number in (2, 3, 4):
        try:
            result = attempt(random.Random(number).sample(PHONES, 7), number, has_store=has_store)
        except SmsWorksOutcomeUnknownError:
            continue
        break
    assert result["recipients"] == len(PHONES)
    assert texted(gateway) == dict.fromkeys(PHONES, 1)


def test_a_changed_list_is_not_texted_where_the_gateway_shows_too_little(gateway, attempt):
    with pytest.raises(Killed):
        attempt(PHONES, 1, ("before writing", 4))
    gateway.set(search_lag=60)
    for people in (LISTS["with others"], LISTS["without some"]):
        with pytest.raises(SmsWorksOutcomeUnknownError, match="the list has changed since 4 of it were texted"):
            attempt(people, 2)
    gateway.set(search_lag=0)
    attempt(LISTS["with others"], 3)
    assert texted(gateway) == Counter({*PHONES, *OTHERS[:3]})


def test_what_is_kept_does_not_grow_with_the_list(connected, connect, attempt, tmp_path):
    connect(connected.url, batch_limit=100)
    people = [f"07700900{number:03}" for number in range(1000)]
    with pytest.raises(Killed):
        attempt(people, 1, ("after the answer", 9))
    kept = (tmp_path / "state").read_text()
    [entry] = json.loads(kept).values()
    parts = entry["progress"].pop("parts")
    assert len(parts) == 9
    assert len(json.dumps(parts)) < 9 * 80
    assert len(json.dumps(entry)) < 700
    assert "7700900" not in kept
    began = time.monotonic()
    attempt(random.Random(3).sample(people, 1000), 2)
    assert time.monotonic() - began < 20
    assert texted(connected) == dict.fromkeys(people, 1)


class TestAChangedList:
    """People have joined or left, and something else is wrong as well."""

    @pytest.fixture
    def half_sent(self, gateway, attempt):
        """Text four of seven, and return a list that somebody has joined who comes before all of them."""

        def half_sent(**more):
            everybody = sorted(PHONES + OTHERS, key=lambda phone: place(f"44{phone[1:]}"))
            first, people = everybody[0], everybody[1:8]
            gateway.set(credits=4)
            with pytest.raises(AirflowFailException, match="too little credit"):
                attempt(people, **more)
            gateway.set(credits=100)
            return first, people

        def place(name):
            task = SendingTask(SmsWorksHook(), Attempt.of_task(task_context(), dt.datetime.now(dt.UTC)), None)
            return place_maker(task.fingerprint("place"))(name)

        return half_sent

    def test_who_was_texted_stays_texted_when_a_second_try_fails_as_well(self, gateway, attempt, half_sent):
        first, people = half_sent()
        gateway.set(credits=0)
        with pytest.raises(AirflowFailException, match="too little credit"):
            attempt([first, *people], 2)
        gateway.set(credits=100, search_lag=60)
        with pytest.raises(SmsWorksOutcomeUnknownError, match="does not show 2 of these texts"):
            attempt([first, *people], 3, max_tries=4, on_clear="resend")
        gateway.set(search_lag=0)
        attempt([first, *people], 4)
        assert texted(gateway) == Counter([first, *people])

    def test_texts_that_are_gone_stop_it_until_a_person_decides(self, gateway, attempt, half_sent):
        first, people = half_sent()
        [gone, *_] = messages = SmsWorksHook().search_all_messages()
        SmsWorksHook().delete_message(gone["message_id"])
        with pytest.raises(SmsWorksOutcomeUnknownError, match="set on_clear='resend' and clear the task"):
            attempt([first, *people], 2)
        attempt([first, *people], 3, max_tries=4, on_clear="resend")
        assert {phone for phone, count in texted(gateway).items() if count > 1} == {f"0{gone['to'][2:]}"}
        assert len(messages) == 4

    def test_another_text_to_who_has_joined_is_a_question_about_them_alone(self, gateway, attempt, half_sent):
        gateway.set(metadata_echo=False)
        first, people = half_sent()
        SmsWorksHook().send_message(to=first, content="Something else")
        with pytest.raises(SmsWorksOutcomeUnknownError, match="a text that this phone got since then"):
            attempt([first, *people], 2)
        attempt([first, *people], 3, max_tries=4, on_clear="resend")
        assert texted(gateway) == Counter([first, first, *people])

    def test_the_gateways_batches_are_ours_whatever_their_words(self, gateway, attempt, half_sent):
        gateway.set(metadata_echo=False)
        first, people = half_sent(content="It is 10:00")
        attempt([first, *people], 2, content="It is 10:01")
        assert texted(gateway) == Counter([first, *people])

    def test_a_run_that_became_too_old_says_how_far_it_came(self, gateway, attempt, half_sent):
        _, people = half_sent()
        with pytest.raises(AirflowFailException, match=r"4 text\(s\) of this task have gone out; 3 are left"):
            attempt(people, 2, max_age=dt.timedelta(microseconds=1))

    def test_what_was_paid_before_counts(self, gateway, attempt, half_sent):
        first, people = half_sent(max_credits=7)
        with pytest.raises(AirflowFailException, match="this can cost 8 credits and `max_credits` is 7"):
            attempt([first, *people], 2, max_credits=7)
        attempt(people, 2, max_credits=7)
        assert texted(gateway) == Counter(people)


def test_of_two_texts_to_a_phone_the_one_that_went_out_is_not_the_other(gateway, tmp_path, connect):
    connect(gateway.url, batch_limit=1)
    gateway.set(metadata_echo=False, metadata_search="ignored")
    messages = [{"to": PHONES[0], "content": words} for words in ("One", "Two", "Three")]

    def attempt(number, dies=None):
        operator = SmsWorksSendCollectionOperator(task_id="t", messages=messages)
        return operator.execute(task_context(MortalStore(tmp_path / "state", dies), try_number=number))

    for number in (1, 2):
        with pytest.raises(Killed):
            attempt(number, ("after writing", 2))
    attempt(3)
    assert Counter(row["content"] for row in gateway.ledger()) == Counter(["One", "Two", "Three"])


def test_batches_whose_id_is_not_shown_are_not_waited_for(gateway, attempt):
    gateway.set(optional_fields=False)
    with pytest.raises(Killed):
        attempt(PHONES, 1, ("after the answer", 2))
    with pytest.raises(AirflowFailException, match="does not say which batch they are"):
        attempt(PHONES, 2, wait_for_delivery=True)
    assert texted(gateway) == Counter(PHONES)


def test_words_of_two_attempts_are_both_remembered(gateway, attempt):
    gateway.set(metadata_echo=False, search_lag=60)
    for number, when in ((1, "after"), (2, "before")):
        gateway.faults([{"operation": SEND, "when": when, "kind": "reset", "times": 1}])
        with pytest.raises(SmsWorksOutcomeUnknownError):
            attempt(PHONES[:1], number, content=f"It is 10:0{number}")
    gateway.set(search_lag=0)
    with pytest.raises(SmsWorksOutcomeUnknownError, match="in other words"):
        attempt(PHONES[:1], 3, content="It is 10:03")
    assert texted(gateway) == Counter(PHONES[:1])


def test_numbers_of_two_countries_that_end_alike_are_two_phones(gateway, attempt):
    gateway.set(metadata_echo=False)
    people = ["+447700900800", "+46700900800"]
    with pytest.raises(Killed):
        attempt(people[:1], 1, ("after the answer", 1), has_store=False)
    attempt(people, 2, has_store=False)
    assert Counter(row["to"] for row in gateway.ledger()) == Counter(["447700900800", "46700900800"])
