"""What texts will cost, told before they go out, and refused if that is too much."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from airflow_provider_smsworks.api.errors import SmsWorksCreditError, SmsWorksNotFoundError, SmsWorksValidationError
from airflow_provider_smsworks.api.numbers import country_of
from airflow_provider_smsworks.api.text import estimate

if TYPE_CHECKING:
    from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

HOME = "GB"
_BYTES_SINGLE, _BYTES_PART = 140, 134


class Cost(NamedTuple):
    """
    What one message will cost.

    ``least`` and ``most`` are credits to a phone in the UK; elsewhere they are a factor.
    """

    to: str
    parts: int
    least: int
    most: int


def cost_of_text(to: str, content: str) -> Cost:
    """Return what a text will cost."""
    found = estimate(content)
    return Cost(to, found.parts, found.least_credits, found.most_credits)


def cost_of_bytes(to: str, hex_pairs: str) -> Cost:
    """Return what a binary message will cost: 140 bytes to a part, or 134 of a longer one (3GPP TS 23.040)."""
    count = len(bytes.fromhex(hex_pairs))
    parts = 1 if count <= _BYTES_SINGLE else -(-count // _BYTES_PART)
    return Cost(to, parts, -(-count // _BYTES_SINGLE), parts)


@dataclass(frozen=True)
class Budget:
    """
    What an author allows.

    :param max_parts: of one text
    :param max_credits: of everything that one task sends
    :param check_balance: whether the account must have the credits before anything goes out
    """

    max_parts: int | None = None
    max_credits: float | None = None
    check_balance: bool = False

    def check(
        self, hook: SmsWorksHook, bill: Sequence[Cost], log: logging.Logger, *, paid: Sequence[Cost] = ()
    ) -> None:
        """
        Log what is about to be spent.

        :param paid: what has been spent already, in earlier tries
        :raises SmsWorksValidationError: it is more than the author allows, or nobody knows what it costs
        :raises SmsWorksCreditError: it is more than the account has
        """
        if not bill:
            if self != Budget():
                raise SmsWorksValidationError(
                    [
                        "`max_parts`, `max_credits` and `check_balance` need `template`: nobody knows how long the"
                        " gateway's own text is"
                    ]
                )
            return
        largest = max(cost.parts for cost in bill)
        if self.max_parts is not None and largest > self.max_parts:
            raise SmsWorksValidationError(
                [f"`content` takes {largest} parts and `max_parts` is {self.max_parts}: shorten it, or allow more"]
            )
        needs_prices = self.max_credits is not None or self.check_balance
        countries = {cost.to: country_of(cost.to) for cost in (*bill, *paid)}
        prices = {HOME: 1.0}
        for country in sorted(set(countries.values()) - {HOME}):
            prices[country] = _price(hook, country) if needs_prices else 1.0
        least = sum(cost.least * prices[countries[cost.to]] for cost in bill)
        most = sum(cost.most * prices[countries[cost.to]] for cost in bill)
        log.info(
            "About to send %s text(s) of %s part(s) in all, for %s credits%s.",
            f"{len(bill):,}",
            f"{sum(cost.parts for cost in bill):,}",
            f"{least:g}" if least == most else f"{least:g} to {most:g}",
            "" if needs_prices or set(prices) == {HOME} else ", and more for numbers abroad",
        )
        in_all = most + sum(cost.most * prices[countries[cost.to]] for cost in paid)
        if self.max_credits is not None and in_all > self.max_credits:
            raise SmsWorksValidationError(
                [f"this can cost {in_all:g} credits and `max_credits` is {self.max_credits:g}: send less or allow more"]
            )
        if self.check_balance and (balance := hook.get_credits()) < most:
            raise SmsWorksCreditError(
                f"The account has {balance:g} credits, and this can cost {most:g}: nothing goes out now;"
                " buy credits, then run the task again"
            )


def _price(hook: SmsWorksHook, country: str) -> float:
    try:
        price: float = hook.get_country_credits(country)["credits"]
    except SmsWorksNotFoundError:
        raise SmsWorksValidationError(
            [f"the gateway names no price for {country}: text numbers there without `max_credits` and `check_balance`"]
        ) from None
    return price
