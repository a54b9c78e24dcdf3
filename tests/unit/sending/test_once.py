from __future__ import annotations

import datetime as dt
import logging

import pytest

from airflow_provider_smsworks.api.errors import (
    SmsWorksCreditError,
    SmsWorksOutcomeUnknownError,
    SmsWorksUnavailableError,
)
from airflow_provider_smsworks.sending.choices import Rules
from airflow_provider_smsworks.sending.ends import TooOld
from airflow_provider_smsworks.sending.journal import Entry
from tests.unit.sending.world import START, Forgetful, Killed, Store, World

FAIL = Rules(on_unknown="fail", search_lag=10.0)
RESEND = Rules(on_clear="resend", search_lag=10.0)


@pytest.fixture(params=[Store, Forgetful], ids=["journal", "no journal"])
def world(request):
    return World(store=request.param())


def test_the_happy_path_makes_one_call_and_no_search():
    world = World()
    result = world.send()
    assert result == {"message_id": "1", "status": "SENT", "parts": 1, "credits_used": 1, "adopted": False}
    assert len(world.accepted) == 1
    assert world.searches == 0
    assert world.store.kept["state"] == "sent"
    assert world.store.kept["result"] == result


def test_the_intent_is_on_disk_before_the_call():
    world = World()
    seen = []

    def gateway(key, words):
        seen.append(world.store.kept["state"])
        return world.accept(key, words)

    world.send(gateway)
    assert seen == ["intent"]


def test_a_lost_answer_is_looked_up_after_the_lag_and_adopted(world):
    result = world.send(world.lost_answer)
    assert result["adopted"] is True
    assert result["message_id"] == "1"
    assert len(world.accepted) == 1
    assert world.slept == [10.0]
    # Written down: when its report is deleted, no look-up finds it any more.
    assert not world.store.remembers or (world.store.kept["state"], world.store.kept["result"]) == ("sent", result)


def test_a_lost_request_fails_the_try_and_the_next_one_sends(world):
    with pytest.raises(SmsWorksOutcomeUnknownError, match="next try looks again") as caught:
        world.send(world.lost_request)
    assert caught.value.transient
    world.pass_time(300)
    assert world.send(attempt=world.attempt(2))["adopted"] is False
    assert len(world.accepted) == 1


def test_a_message_that_shows_up_after_the_try_is_adopted_by_the_next_one(world):
    world.search_lag = 60
    with pytest.raises(SmsWorksOutcomeUnknownError):
        world.send(world.lost_answer)
    world.pass_time(300)
    assert world.send(attempt=world.attempt(2))["adopted"] is True
    assert len(world.accepted) == 1


def test_with_fail_an_open_outcome_is_never_sent_again(world):
    world.search_lag = 10_000
    for try_number in (1, 2, 3):
        with pytest.raises(SmsWorksOutcomeUnknownError, match="a person decides"):
            world.send(world.lost_answer if try_number == 1 else None, attempt=world.attempt(try_number), rules=FAIL)
        world.pass_time(300)
    assert len(world.accepted) == 1


def test_with_fail_a_retry_after_a_certain_refusal_sends():
    world = World()
    with pytest.raises(SmsWorksUnavailableError):
        world.send(world.never_left, rules=FAIL)
    assert world.store.kept["state"] == "not_sent"
    world.send(attempt=world.attempt(2), rules=FAIL)
    assert len(world.accepted) == 1
    assert world.searches == 0


def test_a_refusal_is_written_down_and_raised_as_it_is():
    world = World()

    def gateway(key, words):
        raise SmsWorksCreditError("too little credit")

    with pytest.raises(SmsWorksCreditError):
        world.send(gateway)
    assert world.store.kept["state"] == "not_sent"


def test_a_look_up_that_fails_leaves_the_outcome_open(world, monkeypatch):
    def broken(*args):
        raise SmsWorksUnavailableError("the gateway is down")

    monkeypatch.setattr(world, "find", broken)
    with pytest.raises(SmsWorksOutcomeUnknownError, match="could not be looked up: the gateway is down"):
        world.send(world.lost_answer)
    with pytest.raises(SmsWorksOutcomeUnknownError):
        world.send(attempt=world.attempt(2))
    assert len(world.accepted) == 1


def _killed_before_intent(world):
    world.store.write = _raise_killed
    with pytest.raises(Killed):
        world.send()
    del world.store.write


def _raise_killed(*args):
    raise Killed


def _killed_after_intent(world):
    with pytest.raises(Killed):
        world.send(_raise_killed)


def _killed_after_acceptance(world):
    def gateway(key, words):
        world.accept(key, words)
        raise Killed

    with pytest.raises(Killed):
        world.send(gateway)


def _killed_before_the_record(world):
    write = world.store.write

    def only_the_intent(entry: Entry):
        if entry.state == "sent":
            raise Killed
        write(entry)

    world.store.write = only_the_intent
    with pytest.raises(Killed):
        world.send()
    del world.store.write


def _killed_after_the_record(world):
    world.send()


@pytest.mark.parametrize(
    "kill",
    [
        _killed_before_intent,
        _killed_after_intent,
        _killed_after_acceptance,
        _killed_before_the_record,
        _killed_after_the_record,
    ],
)
@pytest.mark.parametrize("retry_delay", [0, 300])
@pytest.mark.parametrize("rules", [Rules(search_lag=10.0), FAIL], ids=["retry", "fail"])
def test_killed_at_any_step_the_person_gets_one_text_or_the_task_says_that_it_does_not_know(
    world, kill, retry_delay, rules
):
    kill(world)
    world.pass_time(retry_delay)
    try:
        world.send(attempt=world.attempt(2), rules=rules)
    except SmsWorksOutcomeUnknownError:
        assert rules is FAIL
        assert len(world.accepted) <= 1
    else:
        assert len(world.accepted) == 1


def test_a_retry_with_other_words_sends_nothing_and_says_so(world, caplog):
    caplog.set_level(logging.INFO)
    world.send()
    world.pass_time(300)
    result = world.send(attempt=world.attempt(2), words="other words")
    assert len(world.accepted) == 1
    assert result["message_id"] == "1"
    if world.store.remembers:
        assert "with other words" in caplog.text


def test_adopting_other_words_is_said(caplog):
    world = World()
    _killed_after_acceptance(world)
    world.pass_time(300)
    assert world.send(attempt=world.attempt(2), words="other words")["adopted"]
    assert "other words" in caplog.text


def test_a_clear_of_a_task_that_sent_keeps_the_text(world, caplog):
    caplog.set_level(logging.INFO)
    world.send()
    world.pass_time(300)
    world.send(attempt=world.attempt(2, max_tries=4))
    assert len(world.accepted) == 1
    assert "nothing is sent again" in caplog.text


def test_with_resend_a_clear_texts_again_once():
    world = World()
    world.send(rules=RESEND)
    for try_number in (2, 3):
        world.pass_time(300)
        world.send(attempt=world.attempt(try_number, max_tries=4), rules=RESEND)
    assert [message["key"] for message in world.accepted] == ["key", "key-4"]


def test_with_resend_a_retry_does_not_text_again(world):
    world.send(rules=RESEND)
    world.pass_time(300)
    world.send(attempt=world.attempt(2), rules=RESEND)
    assert len(world.accepted) == 1


def test_with_resend_an_open_doubt_is_looked_up_before_anything_goes_out():
    world = World()
    _killed_after_acceptance(world)
    world.pass_time(300)
    result = world.send(attempt=world.attempt(2, max_tries=4), rules=RESEND)
    assert result["adopted"] is True
    assert len(world.accepted) == 1


def test_after_fail_a_person_may_decide_to_resend():
    world = World(search_lag=10_000)
    with pytest.raises(SmsWorksOutcomeUnknownError):
        world.send(world.lost_request, rules=FAIL)
    world.pass_time(300)
    decided = Rules(on_unknown="fail", on_clear="resend", search_lag=10.0)
    world.send(attempt=world.attempt(2, max_tries=4), rules=decided)
    assert [message["key"] for message in world.accepted] == ["key-4"]


def test_a_second_attempt_still_finds_a_message_of_the_first_one():
    """The first call was cut off and is accepted while the second try is under way."""
    world = World()
    with pytest.raises(SmsWorksOutcomeUnknownError):
        world.send(world.lost_request)
    world.pass_time(60)
    with pytest.raises(SmsWorksOutcomeUnknownError):
        world.send(world.lost_request, attempt=world.attempt(2))
    world.accepted.append({"message_id": "9", "status": "SENT", "key": "key", "words": "words", "at": START})
    world.pass_time(60)
    assert world.send(attempt=world.attempt(3))["message_id"] == "9"
    assert len(world.accepted) == 1


def test_a_run_that_is_too_old_sends_nothing(world):
    world.pass_time(7200)
    with pytest.raises(TooOld, match="max_age"):
        world.send(rules=Rules(max_age=dt.timedelta(hours=1)))
    assert world.accepted == []
    assert world.searches == 0


def test_a_run_that_became_too_old_still_knows_what_it_sent(world):
    rules = Rules(max_age=dt.timedelta(hours=1), search_lag=10.0)
    world.send(rules=rules)
    world.pass_time(7200)
    assert world.send(attempt=world.attempt(2), rules=rules)["message_id"] == "1"
    assert len(world.accepted) == 1


class TestWhenAMessageMustBeVisible:
    """The search lag counts from the end of a call, and a look takes time as well."""

    def test_a_call_that_took_long_is_still_waited_for(self):
        world = World()

        def slow(key, words):
            world.pass_time(30)
            return world.lost_answer(key, words)

        assert world.send(slow)["message_id"] == "1"
        assert world.slept == [10.0]

    def test_a_call_that_took_long_before_the_process_was_killed(self):
        world = World()

        def killed(key, words):
            world.pass_time(30)
            world.accept(key, words)
            raise Killed

        with pytest.raises(Killed):
            world.send(killed)
        world.pass_time(1)
        assert world.send(attempt=world.attempt(2))["message_id"] == "1"
        assert world.slept == [10.0]
        assert len(world.accepted) == 1

    def test_a_look_during_which_the_message_became_visible(self):
        world = World()
        find = world.find

        def slow_find(sought):
            found = find(sought)
            world.pass_time(60)
            return found

        world.find = slow_find
        assert world.send(world.lost_answer)["message_id"] == "1"
        assert world.searches == 2
