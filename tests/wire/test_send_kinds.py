"""Sends of every kind: killed at every step, their answers lost, repeated: the gateway accepted each once."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections import Counter

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from airflow_provider_smsworks.exceptions import SmsWorksError, SmsWorksOutcomeUnknownError
from airflow_provider_smsworks.operators.batch import SmsWorksSendBatchOperator, SmsWorksSendCollectionOperator
from airflow_provider_smsworks.operators.message import (
    SmsWorksSendBinaryMessageOperator,
    SmsWorksSendFlashMessageOperator,
    SmsWorksSendMessageOperator,
)
from airflow_provider_smsworks.operators.otp import SmsWorksSendOtpOperator
from airflow_provider_smsworks.operators.schedule import (
    SmsWorksScheduleBatchOperator,
    SmsWorksScheduleMessageOperator,
)
from tests.readings import pairwise, questions
from tests.task_context import FileStore, task_context

TOMORROW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
PHONE, OTHER, THIRD = "07700900000", "07700900010", "07700900011"
MESSAGES = [{"to": PHONE, "content": "One"}, {"to": OTHER, "content": "Two"}, {"to": OTHER, "content": "Three"}]

KINDS = {
    "message": (SmsWorksSendMessageOperator, {"to": PHONE, "content": "Hello"}),
    "flash": (SmsWorksSendFlashMessageOperator, {"to": PHONE, "content": "Hello"}),
    "binary": (SmsWorksSendBinaryMessageOperator, {"to": PHONE, "content": "65 54"}),
    "schedule": (SmsWorksScheduleMessageOperator, {"to": PHONE, "content": "Later", "schedule": TOMORROW}),
    "schedule batch": (
        SmsWorksScheduleBatchOperator,
        {"to": [PHONE, OTHER], "content": "Later", "schedule": TOMORROW.isoformat()},
    ),
    "batch": (SmsWorksSendBatchOperator, {"to": [PHONE, OTHER], "content": "All"}),
    "collection": (SmsWorksSendCollectionOperator, {"messages": MESSAGES}),
    "otp": (SmsWorksSendOtpOperator, {"to": PHONE, "template": "Code {{passcode}}"}),
}
FOUND_AGAIN = [kind for kind in KINDS if kind != "otp"]
STEPS = ["before intent", "after intent", "after the answer", "before sent", "after sent"]


class Killed(BaseException):
    """The process died here."""


class MortalStore(FileStore):
    step = ""

    def set(self, key, value, **more):
        if self.step == f"before {value['state']}":
            raise Killed
        super().set(key, value, **more)
        if self.step == f"after {value['state']}":
            raise Killed


@pytest.fixture
def attempt(tmp_path):
    """Run one try of a kind of send, which is killed at a step."""

    def attempt(kind, try_number=1, step="never", *, max_tries=2, has_store=True, **more):
        operator_class, arguments = KINDS[kind]
        operator = operator_class(task_id="t", **arguments | more)
        store = MortalStore(tmp_path / "state") if has_store else None
        if store:
            store.step = step
        if step == "after the answer":
            client = operator.hook.get_conn()
            call = client.call

            def call_and_die(prepared):
                answer = call(prepared)
                if prepared.operation.sends:
                    raise Killed
                return answer

            client.call = call_and_die
        context = task_context(store, try_number=try_number, max_tries=max_tries)
        result = operator.execute(context)
        json.dumps(result)
        assert PHONE[1:] not in str(result)
        return result

    return attempt


def accepted(sandbox) -> Counter:
    """Count what the gateway accepted: each message, and each scheduled entry."""
    entries = [row["request"] for row in sandbox.schedules()]
    later = [(str(entry.get("destination") or entry.get("destinations")), entry["content"]) for entry in entries]
    return Counter([*((row["to"], row["content"]) for row in sandbox.ledger()), *later])


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", FOUND_AGAIN)
def test_killed_at_a_step_the_next_try_completes_it(connected, attempt, kind, step):
    with pytest.raises(Killed):
        attempt(kind, 1, step)
    result = attempt(kind, 2)
    assert set(accepted(connected).values()) == {1}
    assert result["adopted"] is (step in ("after the answer", "before sent"))
    assert attempt(kind, 3) == result
    assert set(accepted(connected).values()) == {1}
    if "batch_ids" in result:
        assert len(result["batch_ids"]) == 1
        assert result["recipients"] == len(KINDS[kind][1].get("to") or MESSAGES)
    else:
        assert result["message_id"]


READINGS = pairwise(
    {
        **questions("metadata_echo", "shapes", "optional_fields", "ids", "dates", "destination_type", "lists"),
        **questions("metadata_search", "search_order", "search_page", "status_words", "scheduled_id"),
        "has_store": (True, False),
    }
)


@pytest.mark.parametrize("reading", READINGS, ids=range(len(READINGS)))
@pytest.mark.parametrize("kind", FOUND_AGAIN)
def test_a_lost_answer_and_a_lost_request_under_every_reading(connected, attempt, kind, reading):
    reading = dict(reading)
    has_store = reading.pop("has_store")
    connected.set(**reading, search_lag=0.1)
    path = {"message": "send", "flash": "flash", "schedule": "schedule"}.get(kind)
    operation = f"POST /message/{path}" if path else "*"
    faults = {"when": "before", "kind": "reset", "times": 1, "operation": operation}
    if operation == "*":
        name = {"binary": "binary/send", "schedule batch": "batch/schedule"}.get(kind, "batch/any")
        faults["operation"] = f"POST /{name}"
    connected.faults([faults])
    with pytest.raises(SmsWorksOutcomeUnknownError):
        attempt(kind, has_store=has_store)
    assert not accepted(connected)
    connected.faults([faults | {"when": "after"}])
    result = attempt(kind, 2, has_store=has_store)
    assert result["adopted"] is True
    assert set(accepted(connected).values()) == {1}
    assert attempt(kind, 3, has_store=has_store).get("message_id") == result.get("message_id")
    assert set(accepted(connected).values()) == {1}


def test_a_list_that_changed_after_a_crash_texts_nobody_twice_and_skips_nobody(connected, attempt):
    with pytest.raises(Killed):
        attempt("batch", 1, "after the answer")
    result = attempt("batch", 2, to=[THIRD, OTHER])
    assert accepted(connected) == Counter(
        {("447700900000", "All"): 1, ("447700900010", "All"): 1, ("447700900011", "All"): 1}
    )
    assert len(result["batch_ids"]) == 2
    assert attempt("batch", 3, to=[THIRD, OTHER])["batch_ids"] == result["batch_ids"]
    assert len(connected.ledger()) == 3


class TestAPart:
    """Of many texts only some are found."""

    def test_what_is_not_visible_yet_is_waited_for(self, connected, attempt):
        connected.set(search_lag=0.15)
        with pytest.raises(Killed):
            attempt("batch", 1, "after the answer", to=[PHONE])
        time.sleep(0.3)
        with pytest.raises(Killed):
            attempt("batch", 2, "after the answer", to=[PHONE, OTHER])
        result = attempt("batch", 3, to=[PHONE, OTHER])
        assert set(accepted(connected).values()) == {1}
        assert (result["recipients"], len(result["batch_ids"]), result["adopted"]) == (2, 2, True)

    def test_the_rest_of_a_list_has_the_words_of_the_list(self, connected, attempt, caplog, capsys):
        with pytest.raises(Killed):
            attempt("batch", 1, "after the answer", to=[PHONE])
        result = attempt("batch", 2, to=[PHONE, OTHER])
        assert (result["recipients"], result["parts"]) == (2, None)
        attempt("batch", 3, to=[PHONE, OTHER])
        assert "other words" not in caplog.text + "".join(capsys.readouterr())

    @pytest.mark.parametrize("row_is_lost", [False, True])
    def test_a_rest_that_is_refused_does_not_make_the_whole_go_out_again(
        self, connected, attempt, row_is_lost, tmp_path
    ):
        with pytest.raises(Killed):
            attempt("batch", 1, "after the answer", to=[PHONE])
        if row_is_lost:
            (tmp_path / "state").unlink()
        connected.faults([{"operation": "POST /batch/any", "when": "before", "kind": "status", "status": 402}])
        with pytest.raises(AirflowFailException, match="too little credit"):
            attempt("batch", 2)
        assert attempt("batch", 3)["recipients"] == 2
        assert set(accepted(connected).values()) == {1}

    @pytest.mark.parametrize("row_is_lost", [False, True])
    def test_with_fail_a_person_decides_about_the_rest(self, connected, attempt, row_is_lost, tmp_path):
        with pytest.raises(Killed):
            attempt("batch", 1, "after the answer", to=[PHONE], on_unknown="fail")
        if row_is_lost:
            (tmp_path / "state").unlink()
        # Some of so many come before the first one in the order in which they go out: they may have been in its call.
        many = [PHONE, *(f"0770090060{number}" for number in range(8))]
        with pytest.raises(AirflowFailException, match=r"only a part of it is found.*a person decides"):
            attempt("batch", 2, on_unknown="fail", to=many)
        assert len(connected.ledger()) == 1
        decided = {"max_tries": 3, "on_unknown": "fail", "on_clear": "resend", "to": many}
        with pytest.raises(Killed):
            attempt("batch", 3, "after the answer", **decided)
        assert attempt("batch", 4, **decided)["recipients"] == 9
        assert set(accepted(connected).values()) == {1}

    @pytest.mark.parametrize("has_store", [True, False])
    def test_a_run_that_became_too_old_is_no_green_skip(self, connected, attempt, has_store):
        with pytest.raises(Killed):
            attempt("batch", 1, "after the answer", to=[PHONE], has_store=has_store)
        time.sleep(0.1)
        with pytest.raises(SmsWorksError, match=r"the run is older than max_age|longer ago than max_age"):
            attempt("batch", 2, has_store=has_store, max_age=dt.timedelta(microseconds=1))
        assert len(connected.ledger()) == 1


def test_several_texts_to_a_phone_are_told_apart_by_their_order_alone(connected, attempt):
    with pytest.raises(Killed):
        attempt("collection", 1, "after the answer", messages=MESSAGES[1:2])
    with pytest.raises(SmsWorksOutcomeUnknownError, match="only their order tells apart"):
        attempt("collection", 2)
    assert attempt("collection", 3, max_tries=4, on_clear="resend")["recipients"] == 3
    assert [row["content"] for row in connected.ledger()] == ["Two", "One", "Three"]


@pytest.mark.parametrize("kind", FOUND_AGAIN)
def test_the_same_text_of_another_task_is_not_ours_where_that_can_be_known(connected, attempt, kind, tmp_path):
    attempt(kind, send_key="another")
    before = accepted(connected)
    (tmp_path / "state").unlink()
    with pytest.raises(Killed):
        attempt(kind, 1, "after intent")
    adopted = attempt(kind, 2)["adopted"]
    # Batches that are scheduled have no metadata: whoever made it, they get this text then.
    assert adopted is (kind == "schedule batch")
    assert accepted(connected) == (before if adopted else before + before)


@pytest.mark.parametrize("echo", [True, False])
def test_words_that_changed_after_a_crash_are_not_sent_again(connected, attempt, echo):
    connected.set(metadata_echo=echo)
    with pytest.raises(Killed):
        attempt("batch", 1, "after the answer", to=[PHONE, OTHER])
    if echo:
        assert attempt("batch", 2, to=[PHONE, THIRD], content="Other words")["recipients"] == 2
    else:
        with pytest.raises(SmsWorksOutcomeUnknownError, match="in other words, of an earlier try"):
            attempt("batch", 2, to=[PHONE, THIRD], content="Other words")
    assert [row["content"] for row in connected.ledger() if row["to"].endswith("00")] == ["All"]


@pytest.mark.parametrize("kind", ["message", "batch", "collection"])
@pytest.mark.parametrize("ai", [None, False])
def test_a_text_that_the_gateway_shortened_is_not_sent_again(connected, attempt, kind, ai):
    connected.set(metadata_echo=False, metadata_search="ignored", ai_optimiser=True)
    words = "This text is just a little over the most that goes into one part. " * 3
    assert 160 < len(words[:165]) < 177
    more = {"messages": [{"to": PHONE, "content": words[:165]}]} if kind == "collection" else {"content": words[:165]}
    with pytest.raises(Killed):
        attempt(kind, 1, "after the answer", ai=ai, **more)
    if ai is False:
        assert attempt(kind, 2, ai=ai, **more)["adopted"] is True
    else:
        with pytest.raises(SmsWorksOutcomeUnknownError, match=r"in other words.*AI Optimiser"):
            attempt(kind, 2, **more)
        assert set(accepted(connected).values()) == {1}
        # A person has asked the phone's owner.
        assert attempt(kind, 3, max_tries=4, on_clear="resend", **more)["adopted"] is False
        assert set(accepted(connected).values()) == {2}
        return
    assert set(accepted(connected).values()) == {1}


def test_a_batch_cleared_after_success_is_kept_or_sent_again_as_the_author_says(connected, attempt):
    first = attempt("batch")
    assert attempt("batch", 2, max_tries=3) == first
    second = attempt("batch", 3, max_tries=4, on_clear="resend")
    assert second["batch_ids"] != first["batch_ids"]
    assert set(accepted(connected).values()) == {2}


class TestPasscodes:
    def test_an_open_outcome_ends_the_task_by_default(self, connected, attempt):
        with pytest.raises(Killed):
            attempt("otp", 1, "after the answer")
        with pytest.raises(AirflowFailException, match=r"no look-up for passcodes.*a person decides"):
            attempt("otp", 2)
        assert len(connected.ledger()) == 1

    def test_the_author_may_have_another_one_sent(self, connected, attempt):
        connected.faults([{"operation": "POST /otp/send", "when": "before", "kind": "reset", "times": 1}])
        with pytest.raises(SmsWorksOutcomeUnknownError, match="the next try sends another one"):
            attempt("otp", 1, on_unknown="retry")
        result = attempt("otp", 2, on_unknown="retry")
        assert len(connected.ledger()) == 1
        assert attempt("otp", 3, on_unknown="retry") == result

    def test_a_failure_before_it_left_is_repeated(self, connected, connect, attempt):
        connect("http://127.0.0.1:9")
        with pytest.raises(Exception, match="cannot be reached"):
            attempt("otp", 1)
        connect(connected.url)
        assert attempt("otp", 2)["otp_id"]

    def test_the_passcode_is_in_no_result_and_its_id_comes_back(self, connected, attempt):
        result = attempt("otp", passcode="481200", metadata={"cart": 7}, validity=dt.timedelta(minutes=5))
        assert "481200" not in str(result)
        from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

        verified = SmsWorksHook().verify_otp("481200")
        assert verified["metadata"] == {"cart": 7, "airflow_otp": result["otp_id"]}
        assert verified["validity"] == 300


class TestSchedules:
    @pytest.mark.parametrize("kind", ["schedule", "schedule batch"])
    def test_a_clear_keeps_or_replaces_as_the_author_says_and_there_are_never_two(self, connected, attempt, kind):
        later = TOMORROW + dt.timedelta(hours=1)
        first = attempt(kind)
        assert attempt(kind, 2, max_tries=3, schedule=later) == first
        second = attempt(kind, 3, max_tries=4, schedule=later, replace=True)
        assert second["schedule"] > first["schedule"]
        assert [row["status"] for row in connected.schedules()] == ["CANCELLED", "SCHEDULED"]
        assert attempt(kind, 4, max_tries=4, schedule=later, replace=True) == second
        assert len(connected.schedules()) == 2

    @pytest.mark.parametrize("kind", ["schedule", "schedule batch"])
    @pytest.mark.parametrize("step", STEPS)
    @pytest.mark.parametrize("cancel_again", ["refused", "answered"])
    def test_killed_while_it_replaces_there_are_never_two(self, connected, attempt, kind, step, cancel_again):
        connected.set(cancel_again=cancel_again)
        attempt(kind)
        more = {"max_tries": 3, "content": "Anew", "replace": True}
        with pytest.raises(Killed):
            attempt(kind, 2, step, **more)
        assert [row["status"] for row in connected.schedules()].count("SCHEDULED") <= 1
        attempt(kind, 3, **more)
        left = [row for row in connected.schedules() if row["status"] == "SCHEDULED"]
        assert [row["request"]["content"] for row in left] == ["Anew"]

    @pytest.mark.parametrize("kind", ["schedule", "schedule batch"])
    def test_what_it_took_back_is_not_what_it_makes_anew(self, connected, attempt, kind):
        connected.set(metadata_echo=False)
        attempt(kind)
        with pytest.raises(Killed):
            attempt(kind, 2, "after intent", max_tries=3, replace=True)
        assert attempt(kind, 3, max_tries=3, replace=True)["status"] == "SCHEDULED"
        assert [row["status"] for row in connected.schedules()] == ["CANCELLED", "SCHEDULED"]

    @pytest.mark.parametrize("more", [{"to": [OTHER, THIRD]}, {"schedule": TOMORROW + dt.timedelta(hours=1)}])
    def test_the_same_words_to_others_or_at_another_moment_are_not_ours(self, connected, attempt, more):
        attempt("schedule batch", send_key="another", **more)
        with pytest.raises(Killed):
            attempt("schedule batch", 1, "after intent")
        assert attempt("schedule batch", 2)["adopted"] is False
        assert len(connected.schedules()) == 2

    @pytest.mark.parametrize("cancel_again", ["refused", "answered"])
    def test_what_has_gone_out_is_not_replaced(self, connected, attempt, cancel_again):
        connected.set(cancel_again=cancel_again)
        soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
        first = attempt("schedule", schedule=soon)
        time.sleep(1.2)
        kept = attempt("schedule", 2, max_tries=3, schedule=TOMORROW, replace=True)
        assert kept["message_id"] == first["message_id"]
        assert len(connected.ledger()) == 1
        assert [row["status"] for row in connected.schedules()] == ["PROCESSED"]

    @pytest.mark.parametrize("kind", ["schedule", "schedule batch"])
    @pytest.mark.parametrize(
        "more",
        [
            {"schedule": dt.datetime(2020, 1, 31, tzinfo=dt.UTC)},
            {"max_parts": 1, "content": "x" * 161},
            {"max_age": dt.timedelta(microseconds=1)},
        ],
        ids=["past", "too dear", "too old"],
    )
    def test_what_cannot_be_made_anew_is_not_taken_back(self, connected, attempt, kind, more):
        attempt(kind)
        with pytest.raises((AirflowFailException, AirflowSkipException)):
            attempt(kind, 2, max_tries=3, replace=True, **more)
        assert [row["status"] for row in connected.schedules()] == ["SCHEDULED"]

    def test_what_has_gone_out_is_kept_though_its_moment_has_passed(self, connected, attempt):
        soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
        first = attempt("schedule", schedule=soon)
        time.sleep(1.2)
        assert attempt("schedule", 2, max_tries=3, schedule=soon, replace=True) == first

    def test_what_was_taken_back_for_a_text_whose_moment_then_passed_is_not_kept(self, connected, attempt):
        first = attempt("schedule")
        from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

        SmsWorksHook().cancel_scheduled_message(first["message_id"])
        with pytest.raises(AirflowFailException, match="`schedule` is in the past"):
            attempt("schedule", 2, max_tries=3, schedule=dt.datetime(2020, 1, 31, tzinfo=dt.UTC), replace=True)

    def test_a_batch_to_one_phone_is_no_message(self, connected, attempt):
        connected.set(metadata_echo=False)
        attempt("schedule batch", to=[PHONE])
        with pytest.raises(Killed):
            attempt("schedule", 1, "after intent")
        assert attempt("schedule", 2)["adopted"] is False
        assert len(connected.schedules()) == 2

    def test_a_list_that_changed_after_a_crash_makes_no_second_entry(self, connected, attempt):
        with pytest.raises(Killed):
            attempt("schedule batch", 1, "after the answer")
        later = TOMORROW + dt.timedelta(hours=1)
        result = attempt("schedule batch", 2, to=[PHONE, OTHER, THIRD], content="Other words", schedule=later)
        assert (result["adopted"], result["recipients"]) == (True, 2)
        assert result["schedule"][:19] == TOMORROW.isoformat()[:19]
        assert len(connected.schedules()) == 1

    def test_a_re_run_after_the_moment_has_passed_keeps_what_it_scheduled(self, connected, attempt):
        soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
        first = attempt("schedule", schedule=soon)
        time.sleep(1.2)
        assert attempt("schedule", 2, max_tries=3, schedule=soon) == first

    def test_a_moment_that_has_passed_is_refused_where_nothing_is_scheduled(self, connected, attempt):
        with pytest.raises(AirflowFailException, match="`schedule` is in the past"):
            attempt("schedule", schedule=dt.datetime(2020, 1, 31, tzinfo=dt.UTC))
        assert not accepted(connected)


@pytest.mark.parametrize("kind", ["message", "flash", "binary", "batch", "collection"])
def test_a_text_that_is_sent_again_is_not_mistaken_for_the_first(connected, attempt, kind):
    connected.set(metadata_echo=False, metadata_search="ignored")
    first = attempt(kind, on_clear="resend")
    operation = next(iter(connected.requests()))
    connected.faults([{"operation": operation, "when": "before", "kind": "reset", "times": 1}])
    with pytest.raises(SmsWorksOutcomeUnknownError):
        attempt(kind, 2, max_tries=4, on_clear="resend")
    assert set(accepted(connected).values()) == {1}
    connected.faults([{"operation": operation, "when": "after", "kind": "reset", "times": 1}])
    second = attempt(kind, 3, max_tries=4, on_clear="resend")
    assert second["adopted"] is True
    assert set(accepted(connected).values()) == {2}
    name = "batch_ids" if "batch_ids" in first else "message_id"
    assert first[name] != second[name]


def test_words_of_every_attempt_are_remembered(connected, attempt):
    connected.set(metadata_echo=False, metadata_search="ignored", search_lag=60)
    for number, when in ((1, "after"), (2, "before")):
        connected.faults([{"operation": "POST /message/send", "when": when, "kind": "reset", "times": 1}])
        with pytest.raises(SmsWorksOutcomeUnknownError):
            attempt("message", number, content=f"It is 10:0{number}")
    connected.set(search_lag=0)
    assert attempt("message", 3, content="It is 10:03")["adopted"] is True
    assert set(accepted(connected).values()) == {1}
