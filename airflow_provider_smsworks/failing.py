"""
Errors that no retry can mend end the task at once, on every Airflow.

The api package knows no Airflow. Where its errors reach a task, permanent ones become Airflow's
``AirflowFailException`` as well: left alone they end the task without retries, and ``except SmsWorksAuthError``
still catches them by name.

The one exception is an error that the task's own retry policy waits out (see ``retrying``). Airflow shows a policy no
``AirflowFailException``, so the policy has to be asked before an error becomes one. Which task runs is known from
Airflow's current context; where there is none (a trigger, a test), or no policy of ours, permanent stays permanent.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_smsworks.api.errors import SmsWorksError


@contextmanager
def permanent_errors_end_the_task() -> Generator[None]:
    """Turn errors that will not pass by themselves into ones that Airflow does not retry; let the others be."""
    try:
        yield
    except AirflowFailException:
        raise
    except SmsWorksError as error:
        if error.transient or _is_waited_out(error):
            raise
        raise _ending(type(error), error.args, vars(error)).with_traceback(error.__traceback__) from None


def _is_waited_out(error: SmsWorksError) -> bool:
    """Tell whether a retry policy of the task that runs here waits until an error is over."""
    # Deferred: on Airflow 2 it brings the Python operators, which a Dag file of ours need not pay for.
    from airflow.providers.common.compat.sdk import get_current_context

    try:
        policy = getattr(get_current_context()["task"], "retry_policy", None)
    except Exception:  # which exception says that no task runs here differs between versions
        return False
    # Of a chain of policies any may be ours.
    policies = [policy, *(getattr(policy, "policies", None) or ())]
    return any(getattr(one, "waits_out", _never)(error) for one in policies)


def _never(error: SmsWorksError) -> bool:
    return False


def _ending(kind: Any, args: tuple[Any, ...], attributes: dict[str, Any]) -> BaseException:
    ending = _ending_kind(kind)
    error = ending.__new__(ending, *args)
    error.__dict__.update(attributes)
    return error


@cache
def _ending_kind(kind: Any) -> type[BaseException]:
    """Return the one class for a kind of error that is Airflow's too."""

    def reduce(self: BaseException) -> tuple[Any, ...]:
        return _ending, (kind, self.args, vars(self))

    namespace = {"__doc__": kind.__doc__, "__module__": kind.__module__, "__reduce__": reduce}
    return type(kind.__name__, (kind, AirflowFailException), namespace)
