"""Operators that read about the account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Context

from airflow_provider_smsworks.failing import permanent_errors_end_the_task
from airflow_provider_smsworks.operators.read_base import SmsWorksRequestOperator

if TYPE_CHECKING:
    from airflow_provider_smsworks.api.records.fields import Record


class SmsWorksGetCreditsOperator(SmsWorksRequestOperator):
    """
    Read how many credits are left (the connector's "Get credits").

    To stop a Dag before the account is empty, ``SmsWorksCreditsSensor`` compares it with what is needed. Killed at any
    moment, the next try reads again.

    :return: the credits, a number, also with a fraction; an account with an overdraft may be below 0
    :raises SmsWorksAuthError: the token was refused; ends the task
    :param smsworks_conn_id: the connection (templated)
    """

    def execute(self, context: Context) -> float:
        """Read them."""
        credits = self.hook.get_credits()
        self.log.info("The account has %g credits.", credits)
        return credits


class SmsWorksGetCustomerIdOperator(SmsWorksRequestOperator):
    """
    Read the account's customer id, which proves that the token works (the connector's "Get customer ID").

    Killed at any moment, the next try reads again.

    :return: the id, text
    :raises SmsWorksAuthError: the token was refused; ends the task
    :param smsworks_conn_id: the connection (templated)
    """

    def execute(self, context: Context) -> str:
        """Read it."""
        customer_id = self.hook.get_customer_id()
        self.log.info("The account's customer id is %s.", customer_id)
        return customer_id


class SmsWorksGetMessageVolumeOperator(SmsWorksRequestOperator):
    """
    Count the messages that were sent since last midnight; no document says in which time zone.

    Killed at any moment, the next try counts again.

    :return: how many, an int
    :raises SmsWorksAuthError: the token was refused; ends the task
    :param smsworks_conn_id: the connection (templated)
    """

    def execute(self, context: Context) -> int:
        """Count them."""
        volume = self.hook.get_message_volume()
        self.log.info("%s message(s) were sent since midnight.", f"{volume:,}")
        return volume


class SmsWorksGetCountryCreditsOperator(SmsWorksRequestOperator):
    """
    Read how many credits one part of a text to a country costs.

    Killed at any moment, the next try reads again.

    :param country: its two letters (ISO 3166), such as FR; the United Kingdom is GB (templated)
    :return: ``code country credits``; the gateway may leave out the first two
    :raises SmsWorksValidationError: it is no country; ends the task
    :param smsworks_conn_id: the connection (templated)
    """

    template_fields: Sequence[str] = ("smsworks_conn_id", "country")
    shown_as = {"country": str}

    def __init__(self, *, country: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.country = country

    def execute(self, context: Context) -> Record:
        """Read it."""
        with permanent_errors_end_the_task():
            found = self.hook.get_country_credits(**self.asked("country"))
        self.log.info("One part to %s costs %g credits.", found["country"] or self.country, found["credits"])
        return {name: found[name] for name in ("code", "country", "credits")}
