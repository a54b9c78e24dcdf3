"""Wait for passcodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Context

from airflow_provider_smsworks import report
from airflow_provider_smsworks.operators.links import SANDBOX_LINKS
from airflow_provider_smsworks.sensors.base import SmsWorksBaseSensor
from airflow_provider_smsworks.subjects.passcode import Passcode

if TYPE_CHECKING:
    from airflow.triggers.base import BaseTrigger


class SmsWorksOtpSensor(SmsWorksBaseSensor):
    """
    Wait until a one-time passcode is verified, by whatever calls verify: a web page, another task.

    .. code-block:: python

        SmsWorksOtpSensor(task_id="proved", message_id=send.output["message_id"], timeout=600)

    It also ends when the passcode has expired, or its text certainly did not arrive. Whether the gateway says EXPIRED
    before somebody tries the passcode, its documents do not say: let ``timeout`` be no longer than the validity needs.

    :param message_id: the id that sending the passcode returned (templated)
    :param on_unverified: if it is not verified, or not before ``timeout`` (seconds): ``"fail"``, ``"skip"``, or
        ``"return"`` the record with its status
    :return: ``message_id status to created expires modified``; ``to`` is masked, and the passcode is not in it
    :raises AirflowFailException: it was not verified, or there is no such passcode
    :raises AirflowSensorTimeout: it was not verified in time

    The other parameters are those of :class:`SmsWorksBaseSensor`.
    """

    template_fields: Sequence[str] = (*SmsWorksBaseSensor.template_fields, "message_id")
    operator_extra_links = SANDBOX_LINKS
    kind = Passcode
    choice = "on_unverified"

    def __init__(self, *, message_id: str, on_unverified: report.Otherwise = "fail", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.message_id = message_id
        self.on_unverified = on_unverified

    def subject(self, context: Context) -> Passcode:
        """Return the verification of the passcode."""
        return Passcode(self.identifier("message_id"))

    def trigger(self, arguments: Mapping[str, Any]) -> BaseTrigger:
        """Return the trigger that waits for it."""
        from airflow_provider_smsworks.triggers.otp import SmsWorksOtpTrigger

        return SmsWorksOtpTrigger(**arguments)
