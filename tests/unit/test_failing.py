"""Errors that no retry can mend are Airflow's and ours at once."""

from __future__ import annotations

import pickle

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_smsworks import exceptions
from airflow_provider_smsworks.failing import permanent_errors_end_the_task

KINDS = [getattr(exceptions, name) for name in exceptions.__all__]
PERMANENT = [kind for kind in KINDS if not kind.transient]
TRANSIENT = [kind for kind in KINDS if kind.transient]


def made(kind):
    if kind is exceptions.SmsWorksValidationError:
        return kind(["`to` is empty"])
    return kind("what was wrong", code=4011, http_status=401)


def raised(error):
    with pytest.raises(type(error)) as caught, permanent_errors_end_the_task():
        raise error
    return caught.value


@pytest.mark.parametrize("kind", PERMANENT)
def test_a_permanent_error_ends_the_task_and_keeps_its_name_text_and_facts(kind):
    error = made(kind)
    found = raised(error)
    assert isinstance(found, AirflowFailException)
    assert type(found).__name__ == kind.__name__
    assert str(found) == str(error)
    assert vars(found) == vars(error)
    assert found.nothing_sent == error.nothing_sent


@pytest.mark.parametrize("kind", PERMANENT)
def test_it_survives_pickling(kind):
    found = raised(made(kind))
    again = pickle.loads(pickle.dumps(found))
    assert type(again) is type(found)
    assert (str(again), vars(again)) == (str(found), vars(found))


@pytest.mark.parametrize("kind", TRANSIENT)
def test_an_error_that_may_pass_is_left_to_airflows_retries(kind):
    error = made(kind)
    found = raised(error)
    assert found is error
    assert not isinstance(found, AirflowFailException)


def test_going_through_twice_changes_nothing():
    once = raised(made(exceptions.SmsWorksAuthError))
    assert raised(once) is once
