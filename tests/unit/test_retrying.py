"""The retry policy, with Airflow's own classes: what it decides, and which errors reach it at all."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

pytest.importorskip("airflow.sdk.definitions.retry_policy", reason="retry policies came with Airflow 3.3")

from airflow.providers.common.compat.sdk import AirflowFailException, ChainRetryPolicy
from airflow.sdk import DAG, ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.execution_time.context import set_current_context

from airflow_provider_smsworks import exceptions
from airflow_provider_smsworks.failing import permanent_errors_end_the_task
from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator
from airflow_provider_smsworks.retrying import SmsWorksRetryPolicy

MINUTE = dt.timedelta(minutes=1)
RATE, UNAVAILABLE = exceptions.SmsWorksRateLimitError, exceptions.SmsWorksUnavailableError
CREDIT, UNKNOWN = exceptions.SmsWorksCreditError, exceptions.SmsWorksOutcomeUnknownError
FLOOD = exceptions.SmsWorksUndeliveredError("Too many texts.", code=5020, retry_after=3600)
PERMANENT = [
    getattr(exceptions, name)
    for name in exceptions.__all__
    if not getattr(exceptions, name).transient and name not in ("SmsWorksError", "SmsWorksValidationError")
]


def decision(error, policy=None, retry_delay=5 * MINUTE):
    context = {"task": SimpleNamespace(retry_delay=retry_delay)}
    return (policy or SmsWorksRetryPolicy()).evaluate(error, 1, 5, context)


def after(error, cause):
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("kind", [RATE, UNAVAILABLE, exceptions.SmsWorksUnreadableError])
@pytest.mark.parametrize("seconds", [0.0, 1.5, 90, 86400])
def test_a_wait_that_the_gateway_asks_for_is_kept(kind, seconds):
    found = decision(kind("Later.", retry_after=seconds))
    assert (found.action, found.retry_delay) == (RetryAction.RETRY, dt.timedelta(seconds=seconds))
    assert f"{seconds:g} seconds" in found.reason


@pytest.mark.parametrize("error", [RATE("Later."), UNAVAILABLE("Down."), ValueError("Own."), KeyboardInterrupt()])
def test_the_rest_is_left_to_the_tasks_own_settings(error):
    assert decision(error).action is RetryAction.DEFAULT


@pytest.mark.parametrize("kind", [kind for kind in PERMANENT if kind is not CREDIT])
def test_a_permanent_error_ends_the_task(kind):
    assert decision(kind("No.")).action is RetryAction.FAIL


def test_credit_is_waited_for_as_long_as_the_author_says():
    found = decision(CREDIT("Too poor."))
    assert (found.action, found.retry_delay) == (RetryAction.RETRY, 15 * MINUTE)
    found = decision(CREDIT("Too poor.", retry_after=1), SmsWorksRetryPolicy(wait_for_credit=MINUTE))
    assert found.retry_delay == MINUTE
    assert decision(CREDIT("Too poor."), SmsWorksRetryPolicy(wait_for_credit=None)).action is RetryAction.FAIL


@pytest.mark.parametrize(
    ("cause", "retry_delay", "expected"),
    [
        (None, 5 * MINUTE, None),
        (None, MINUTE, None),
        (None, dt.timedelta(seconds=1), MINUTE),
        (UNAVAILABLE("Down."), dt.timedelta(seconds=1), MINUTE),
        (UNAVAILABLE("Down.", retry_after=5), dt.timedelta(seconds=1), MINUTE),
        (UNAVAILABLE("Down.", retry_after=600), 5 * MINUTE, 10 * MINUTE),
        (UNAVAILABLE("Down.", retry_after=60), 5 * MINUTE, None),
        (FLOOD, 5 * MINUTE, 60 * MINUTE),
        (ValueError("Other."), dt.timedelta(seconds=1), MINUTE),
    ],
)
def test_an_open_outcome_has_time_to_settle(cause, retry_delay, expected):
    found = decision(after(UNKNOWN("Not known."), cause), retry_delay=retry_delay)
    assert (found.action, found.retry_delay) == (
        (RetryAction.DEFAULT, None) if expected is None else (RetryAction.RETRY, expected)
    )


def test_without_a_context_an_open_outcome_settles_too():
    found = SmsWorksRetryPolicy(settle=2 * MINUTE).evaluate(UNKNOWN("Not known."), 1, 5)
    assert found.retry_delay == 2 * MINUTE


@pytest.mark.parametrize("name", ["wait_for_credit", "settle"])
@pytest.mark.parametrize("value", [0, 900, "15m", dt.timedelta(0), -MINUTE])
def test_wrong_arguments_are_named(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be a timedelta above 0"):
        SmsWorksRetryPolicy(**{name: value})
    with pytest.raises(TypeError):
        SmsWorksRetryPolicy(MINUTE)


def raised_in(policy, error):
    """Return what comes out of the place where permanent errors end the task, in a task with this policy."""
    task = SmsWorksSendMessageOperator(task_id="text", to="x", content="y", retry_policy=policy)
    with (
        set_current_context({"task": task}),
        pytest.raises(type(error)) as caught,
        permanent_errors_end_the_task(),
    ):
        raise error
    return caught.value


OWN_RULES = ExceptionRetryPolicy(rules=[RetryRule(exception=CREDIT)])


@pytest.mark.parametrize("policy", [SmsWorksRetryPolicy(), ChainRetryPolicy([OWN_RULES, SmsWorksRetryPolicy()])])
def test_too_little_credit_reaches_the_policy(policy):
    error = CREDIT("Too poor.")
    assert raised_in(policy, error) is error


@pytest.mark.parametrize("policy", [None, SmsWorksRetryPolicy(wait_for_credit=None), OWN_RULES])
def test_without_the_policy_too_little_credit_ends_the_task(policy):
    assert isinstance(raised_in(policy, CREDIT("Too poor.")), AirflowFailException)


def test_outside_a_task_too_little_credit_is_permanent():
    with pytest.raises(CREDIT) as caught, permanent_errors_end_the_task():
        raise CREDIT("Too poor.")
    assert isinstance(caught.value, AirflowFailException)


@pytest.mark.parametrize("kind", [kind for kind in PERMANENT if kind is not CREDIT])
def test_other_permanent_errors_end_the_task_with_the_policy_too(kind):
    assert isinstance(raised_in(SmsWorksRetryPolicy(), kind("No.")), AirflowFailException)


def test_credit_that_ran_out_in_the_middle_is_not_waited_for():
    error = CREDIT("Too poor.", no_effect=False)
    assert isinstance(raised_in(SmsWorksRetryPolicy(), error), AirflowFailException)


def test_mapped_tasks_have_it_too():
    policy = SmsWorksRetryPolicy()
    with DAG("mapped", schedule=None):
        mapped = SmsWorksSendMessageOperator.partial(task_id="text", content="x", retry_policy=policy).expand(to=["y"])
    assert mapped.retry_policy is policy
    assert mapped.unmap({"to": "y"}).retry_policy is policy


def test_a_dag_with_it_is_serialized():
    from airflow.serialization.serialized_objects import DagSerialization

    with DAG("text", schedule=None) as dag:
        SmsWorksSendMessageOperator(task_id="text", to="x", content="y", retry_policy=SmsWorksRetryPolicy())
    assert '"has_retry_policy": true' in json.dumps(DagSerialization.to_dict(dag))


def test_a_dag_file_pays_nothing_for_it():
    script = (
        "import sys, airflow.sdk.definitions.retry_policy\n"
        "before = set(sys.modules)\n"
        "import airflow_provider_smsworks.retrying\n"
        "print(*{name.split('.')[0] for name in set(sys.modules) - before})\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    third_party = {name for name in run.stdout.split() if name not in sys.stdlib_module_names}
    assert third_party <= {"airflow", "airflow_provider_smsworks", "packaging"}
