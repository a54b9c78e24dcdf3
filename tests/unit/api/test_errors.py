from __future__ import annotations

import copy
import pickle

import pytest

from airflow_provider_smsworks import exceptions
from airflow_provider_smsworks.api import errors
from tests.unit.api.secrecy import assert_survives_pickling

FAMILY = [
    # class, its parent, transient, nothing_sent
    (errors.SmsWorksConfigError, errors.SmsWorksError, False, True),
    (errors.SmsWorksRejectedError, errors.SmsWorksError, False, True),
    (errors.SmsWorksAuthError, errors.SmsWorksRejectedError, False, True),
    (errors.SmsWorksCreditError, errors.SmsWorksRejectedError, False, True),
    (errors.SmsWorksAccountError, errors.SmsWorksRejectedError, False, True),
    (errors.SmsWorksNotFoundError, errors.SmsWorksRejectedError, False, True),
    (errors.SmsWorksRateLimitError, errors.SmsWorksError, True, True),
    (errors.SmsWorksUnavailableError, errors.SmsWorksError, True, False),
    (errors.SmsWorksUnreadableError, errors.SmsWorksError, True, False),
    (errors.SmsWorksOutcomeUnknownError, errors.SmsWorksError, True, False),
    (errors.SmsWorksUndeliveredError, errors.SmsWorksError, False, False),
]


@pytest.mark.parametrize(("kind", "parent", "transient", "nothing_sent"), FAMILY)
def test_each_error_says_whether_it_may_pass_and_whether_a_text_left(kind, parent, transient, nothing_sent):
    error = kind("What was wrong.")
    assert kind.__bases__ == (parent,)
    assert (error.transient, error.nothing_sent) == (transient, nothing_sent)
    assert str(error) == "What was wrong."
    assert (error.code, error.http_status, error.retry_after) == (None, None, None)


@pytest.mark.parametrize("kind", [row[0] for row in FAMILY])
@pytest.mark.parametrize("no_effect", [True, False, None])
@pytest.mark.parametrize("transient", [True, False, None])
def test_an_error_crosses_processes_whole(kind, no_effect, transient):
    error = kind("Wrong.", code=5001, http_status=503, retry_after=2.5, no_effect=no_effect, transient=transient)
    assert_survives_pickling(error)
    again = copy.copy(error)
    assert (again.code, again.http_status, again.retry_after) == (5001, 503, 2.5)
    assert again.no_effect is again.nothing_sent is (kind.no_effect if no_effect is None else no_effect)
    assert again.transient is (kind.transient if transient is None else transient)


@pytest.mark.parametrize("no_effect", [True, False])
def test_a_call_that_does_not_send_certainly_sent_nothing(no_effect):
    error = errors.SmsWorksUnavailableError("Wrong.", no_effect=no_effect, sends=False)
    assert (error.no_effect, error.nothing_sent) == (no_effect, True)


def test_one_errors_answer_is_not_its_classs():
    errors.SmsWorksUnavailableError("It never left.", no_effect=True, transient=False)
    another = errors.SmsWorksUnavailableError("It broke.")
    assert (another.transient, another.nothing_sent) == (True, False)


def test_a_refused_request_names_all_its_problems_and_is_a_value_error():
    error = errors.SmsWorksValidationError(["`to` is empty", "`content` is empty"])
    assert isinstance(error, ValueError)
    assert isinstance(error, errors.SmsWorksError)
    assert str(error) == "This call was not made: `to` is empty; `content` is empty."
    assert (error.transient, error.nothing_sent) == (False, True)
    again = pickle.loads(pickle.dumps(error))
    assert again.problems == ["`to` is empty", "`content` is empty"]
    assert_survives_pickling(error)


def test_dags_find_every_error_under_one_name():
    family = {name for name, value in vars(errors).items() if isinstance(value, type) and name.startswith("SmsWorks")}
    assert set(exceptions.__all__) == family
    assert all(getattr(exceptions, name) is getattr(errors, name) for name in family)


def test_a_thousand_problems_are_kept_and_twenty_shown():
    problems = [f"`to[{row}]` is empty" for row in range(1000)]
    error = errors.SmsWorksValidationError(problems)
    assert error.problems == problems
    assert "`to[19]` is empty; and 980 more, all of them in `problems`" in str(error)
    assert "to[20]" not in str(error)
