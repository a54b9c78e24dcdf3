"""Wait for the account."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Context

from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.sensors.base import SmsWorksBaseSensor
from airflow_provider_smsworks.subjects.credits import Credits
from airflow_provider_smsworks.subjects.subject import Event

if TYPE_CHECKING:
    from airflow.triggers.base import BaseTrigger


class SmsWorksCreditsSensor(SmsWorksBaseSensor):
    """
    Wait until the account has so many credits, because somebody tops it up.

    .. code-block:: python

        SmsWorksCreditsSensor(task_id="enough_credit", at_least=500, timeout=6 * 3600)

    :param at_least: credits (templated)
    :return: the balance, a number
    :raises AirflowSensorTimeout: there were not enough before ``timeout`` (seconds)

    The other parameters are those of :class:`SmsWorksBaseSensor`.
    """

    template_fields: Sequence[str] = (*SmsWorksBaseSensor.template_fields, "at_least")
    kind = Credits

    def __init__(self, *, at_least: float | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.at_least = at_least

    def subject(self, context: Context) -> Credits:
        """Return the balance."""
        given = self.given("at_least")["at_least"]
        try:
            at_least = math.nan if isinstance(given, bool) else float(given)
        except (TypeError, ValueError):
            at_least = math.nan
        if not math.isfinite(at_least):
            raise SmsWorksValidationError(["`at_least` must be a number of credits, such as 500"])
        return Credits(at_least)

    def trigger(self, arguments: Mapping[str, Any]) -> BaseTrigger:
        """Return the trigger that waits for it."""
        from airflow_provider_smsworks.triggers.account import SmsWorksCreditsTrigger

        return SmsWorksCreditsTrigger(**arguments)

    def found(self, seen: Event) -> float:
        """Return the balance."""
        credits: float = seen["credits"]
        return credits
