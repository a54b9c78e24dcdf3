"""What texts will cost, told before they go out, and refused if that is too much."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Self

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

    country: str
    parts: int
    least: int
    most: int


def cost_of_text(to: str, content: str) -> Cost:
    """Return what a text will cost."""
    found = estimate(content)
    return Cost(country_of(to), found.parts, found.least_credits, found.most_credits)


def cost_of_bytes(to: str, hex_pairs: str) -> Cost:
    """Return what a binary message will cost: 140 bytes to a part, or 134 of a longer one (3GPP TS 23.040)."""
    count = len(bytes.fromhex(hex_pairs))
    parts = 1 if count <= _BYTES_SINGLE else -(-count // _BYTES_PART)
    return Cost(country_of(to), parts, -(-count // _BYTES_SINGLE), parts)


@dataclass(frozen=True)
class Bill:
    """
    What many messages will cost.

    :param parts: of all of them
    :param largest: how many parts the longest of them has
    :param by_country: the least and the most of each country, as in :class:`Cost`
    """

    texts: int = 0
    parts: int = 0
    largest: int = 0
    by_country: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, costs: Iterable[Cost]) -> Self:
        """Add up the costs of messages."""
        costs = list(costs)
        by_country: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for cost in costs:
            least, most = by_country[cost.country]
            by_country[cost.country] = least + cost.least, most + cost.most
        parts = [cost.parts for cost in costs]
        return cls(len(costs), sum(parts), max(parts, default=0), dict(by_country))


class Credits(NamedTuple):
    """What a bill comes to, in credits."""

    least: float
    most: float


@dataclass(frozen=True)
class Budget:
    """
    What an author allows.

    :param max_parts: of one text
    :param max_credits: of everything that one task sends
    :param check_balance: whether the account must have the credits before anything goes out; None: of a list that
        takes several calls
    """

    max_parts: int | None = None
    max_credits: float | None = None
    check_balance: bool | None = None

    def check(self, hook: SmsWorksHook, bill: Bill, log: logging.Logger, *, paid: Bill | None = None) -> Credits:
        """
        Log what is about to be spent, and return it.

        :param paid: what has been spent already, in earlier tries
        :raises SmsWorksValidationError: it is more than the author allows, or nobody knows what it costs
        :raises SmsWorksCreditError: it is more than the account has
        """
        if not bill.texts:
            if self.max_parts is not None or self.max_credits is not None or self.check_balance:
                raise SmsWorksValidationError(
                    [
                        "`max_parts`, `max_credits` and `check_balance` need `template`: nobody knows how long the"
                        " gateway's own text is"
                    ]
                )
            return Credits(0, 0)
        if self.max_parts is not None and bill.largest > self.max_parts:
            raise SmsWorksValidationError(
                [f"`content` takes {bill.largest} parts and `max_parts` is {self.max_parts}: shorten it, or allow more"]
            )
        paid = paid or Bill()
        needs_prices = self.max_credits is not None or self.check_balance
        prices = {HOME: 1.0}
        for country in sorted((bill.by_country.keys() | paid.by_country.keys()) - {HOME}):
            prices[country] = _price(hook, country) if needs_prices else 1.0
        credits = _credits(bill, prices)
        log.info(
            "About to send %s text(s) of %s part(s) in all, for %s credit(s)%s.",
            f"{bill.texts:,}",
            f"{bill.parts:,}",
            _written(credits.least) + (f" to {_written(credits.most)}" if credits.least < credits.most else ""),
            "" if needs_prices or set(prices) == {HOME} else ", and more for numbers abroad",
        )
        in_all = credits.most + _credits(paid, prices).most
        if self.max_credits is not None and in_all > self.max_credits:
            raise SmsWorksValidationError(
                [
                    f"this can cost {_written(in_all)} credits and `max_credits` is {_written(self.max_credits)}: send"
                    " less or allow more"
                ]
            )
        if self.check_balance and (balance := hook.get_credits()) < credits.most:
            raise SmsWorksCreditError(
                f"The account has {_written(balance)} credits, and this can cost {_written(credits.most)}: nothing goes"
                " out now; buy credits, then run the task again (an account that may go below 0: check_balance=False)"
            )
        return credits


def _credits(bill: Bill, prices: Mapping[str, float]) -> Credits:
    return Credits(
        sum(least * prices[country] for country, (least, _) in bill.by_country.items()),
        sum(most * prices[country] for country, (_, most) in bill.by_country.items()),
    )


def _written(credits: float) -> str:
    return f"{credits:,.3f}".rstrip("0").rstrip(".")


def _price(hook: SmsWorksHook, country: str) -> float:
    try:
        price: float = hook.get_country_credits(country)["credits"]
    except SmsWorksNotFoundError:
        raise SmsWorksValidationError(
            [
                f"the gateway names no price for {country}: text numbers there without `max_credits`, `check_balance`"
                " and `dry_run`"
            ]
        ) from None
    return price
