"""Sending once when the journal, the clock or the author do something odd."""

from __future__ import annotations

import datetime as dt

import pytest

from airflow_provider_smsworks.api.errors import (
    SmsWorksCreditError,
    SmsWorksOutcomeUnknownError,
    SmsWorksUnavailableError,
)
from airflow_provider_smsworks.sending.choices import Rules
from airflow_provider_smsworks.sending.ends import TooOld
from tests.unit.sending.world import START, Forgetful, Killed, World

RULES = Rules(search_lag=10.0)
FAIL = Rules(on_unknown="fail", search_lag=10.0)
RESEND = Rules(on_clear="resend", search_lag=10.0)
HOUR = dt.timedelta(hours=1)


def refused(key, words):
    raise SmsWorksCreditError("too little credit")


def killed(key, words):
    raise Killed


def fail_to_write(state, world):
    write = world.store.write

    def fails(entry):
        if entry.state == state:
            raise RuntimeError("the API server is away")
        write(entry)

    world.store.write = fails


def test_a_row_that_was_deleted_is_made_up_for_by_a_look():
    world = World()
    world.send()
    world.store.kept = None
    world.pass_time(3600)
    assert world.send(attempt=world.attempt(2, max_tries=4))["adopted"] is True
    assert len(world.accepted) == 1


@pytest.mark.parametrize("rules", [RULES, FAIL])
def test_of_an_old_run_without_a_row_nothing_can_be_known_and_nothing_is_sent(rules):
    world = World()
    world.pass_time(100 * 24 * 3600)
    with pytest.raises(SmsWorksOutcomeUnknownError, match="on_clear='resend'"):
        world.send(attempt=world.attempt(2), rules=rules)
    assert world.accepted == []
    world.send(attempt=world.attempt(3), rules=RESEND)
    assert len(world.accepted) == 1


def test_a_first_try_of_an_old_run_sends():
    world = World()
    world.pass_time(100 * 24 * 3600)
    world.send()
    assert len(world.accepted) == 1


def test_turning_resend_on_later_does_not_make_a_plain_retry_a_clear():
    world = World()
    with pytest.raises(SmsWorksCreditError):
        world.send(refused)
    world.pass_time(60)
    world.send(attempt=world.attempt(2, max_tries=4))
    world.pass_time(60)
    world.send(attempt=world.attempt(3, max_tries=4), rules=RESEND)
    assert len(world.accepted) == 1


@pytest.mark.parametrize("how", ["kept", "adopted"])
def test_a_clear_counts_once_also_after_the_text_was_kept_or_adopted(how):
    world = World()
    if how == "kept":
        world.send()
    else:
        with pytest.raises(Killed):
            world.send(lambda key, words: (world.accept(key, words), killed(key, words)))
    world.pass_time(60)
    world.send(attempt=world.attempt(2, max_tries=4))
    world.pass_time(60)
    world.send(attempt=world.attempt(3, max_tries=4), rules=RESEND)
    assert len(world.accepted) == 1


def test_after_a_second_attempt_the_lag_is_waited_for_again():
    world = World()
    with pytest.raises(SmsWorksOutcomeUnknownError):
        world.send(world.lost_request)
    world.pass_time(300)

    def accepted_and_killed(key, words):
        world.accept(key, words)
        raise Killed

    with pytest.raises(Killed):
        world.send(accepted_and_killed, attempt=world.attempt(2))
    assert world.send(attempt=world.attempt(3))["adopted"] is True
    assert len(world.accepted) == 1


def test_the_clock_of_another_worker_does_not_decide_how_long_to_wait():
    world = World()
    world.now = START + HOUR
    with pytest.raises(Killed):
        world.send(killed)
    world.now = START
    world.send(attempt=world.attempt(2))
    assert world.slept == [10.0]


def test_an_open_send_that_becomes_too_old_is_an_error_and_no_green_skip():
    world = World()
    rules = Rules(max_age=HOUR, search_lag=10.0)
    with pytest.raises(SmsWorksOutcomeUnknownError):
        world.send(world.lost_request, rules=rules)
    world.pass_time(7200)
    with pytest.raises(SmsWorksOutcomeUnknownError, match="older than max_age, so it is not sent again"):
        world.send(attempt=world.attempt(2), rules=rules)
    assert world.accepted == []


def test_a_refused_send_that_becomes_too_old_is_skipped():
    world = World()
    rules = Rules(max_age=HOUR, search_lag=10.0)
    with pytest.raises(SmsWorksCreditError):
        world.send(refused, rules=rules)
    world.pass_time(7200)
    with pytest.raises(TooOld):
        world.send(attempt=world.attempt(2), rules=rules)


def test_a_refusal_of_the_second_attempt_does_not_settle_the_first_one():
    """The first call was cut off and is accepted after the second try was refused."""
    world = World()
    with pytest.raises(SmsWorksOutcomeUnknownError):
        world.send(world.lost_request)
    world.pass_time(60)
    with pytest.raises(SmsWorksUnavailableError):
        world.send(world.never_left, attempt=world.attempt(2))
    world.accept("key", "words")
    world.pass_time(60)
    assert world.send(attempt=world.attempt(3))["adopted"] is True
    assert len(world.accepted) == 1


def test_a_refusal_of_a_resent_text_is_certain_also_after_a_doubt():
    world = World(search_lag=10_000)
    rules = Rules(on_unknown="fail", on_clear="resend", search_lag=10.0)
    with pytest.raises(SmsWorksOutcomeUnknownError):
        world.send(world.lost_request, rules=rules)
    with pytest.raises(SmsWorksUnavailableError):
        world.send(world.never_left, attempt=world.attempt(2, max_tries=4), rules=rules)
    world.send(attempt=world.attempt(3, max_tries=4), rules=rules)
    assert [message["key"] for message in world.accepted] == ["key-4"]


def test_a_refusal_is_not_hidden_by_a_journal_that_fails(caplog):
    world = World()
    fail_to_write("not_sent", world)
    with pytest.raises(SmsWorksCreditError):
        world.send(refused)
    assert "could not be written down" in caplog.text


def test_what_was_sent_is_in_the_log_if_the_journal_fails(caplog):
    caplog.set_level("INFO")
    world = World()
    fail_to_write("sent", world)
    with pytest.raises(RuntimeError):
        world.send()
    assert "accepted message 1" in caplog.text
    del world.store.write
    assert world.send(attempt=world.attempt(2))["adopted"] is True
    assert len(world.accepted) == 1


def test_a_journal_that_cannot_be_read_or_written_sends_nothing():
    for name in ("read", "write"):
        world = World()

        def away(*args):
            raise RuntimeError("the API server is away")

        setattr(world.store, name, away)
        with pytest.raises(RuntimeError):
            world.send()
        assert world.accepted == []


def test_without_a_journal_the_way_out_of_fail_works():
    world = World(store=Forgetful())
    with pytest.raises(SmsWorksOutcomeUnknownError, match="set on_unknown='retry', and clear the task"):
        world.send(world.lost_request, rules=FAIL)
    world.pass_time(300)
    with pytest.raises(SmsWorksOutcomeUnknownError):
        world.send(attempt=world.attempt(2), rules=FAIL)
    world.send(attempt=world.attempt(3))
    assert len(world.accepted) == 1


def test_a_resent_text_is_not_the_old_one_with_the_same_words():
    """Where messages show no metadata, the words decide: then the search must not reach back to the first text."""
    world = World()
    world.send(rules=RESEND)
    world.pass_time(300)
    with pytest.raises(SmsWorksOutcomeUnknownError):
        world.send(world.lost_request, attempt=world.attempt(2, max_tries=4), rules=RESEND)
    assert dt.datetime.fromisoformat(world.store.kept["since"]) == START + dt.timedelta(seconds=300)


def test_without_a_journal_the_lag_is_waited_for_however_long_ago_the_run_began():
    world = World(store=Forgetful())
    world.pass_time(3600)
    with pytest.raises(Killed):
        world.send(lambda key, words: (world.accept(key, words), killed(key, words)))
    assert world.send(attempt=world.attempt(2))["adopted"] is True
    assert len(world.accepted) == 1


def test_of_a_first_try_nothing_is_looked_for_before_it():
    """Where messages show no metadata, the words decide, and yesterday's run may have had the same."""
    world = World()
    world.pass_time(3600)
    world.send()
    assert dt.datetime.fromisoformat(world.store.kept["since"]) == START + HOUR
