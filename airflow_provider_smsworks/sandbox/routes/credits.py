"""The account's credits."""

from __future__ import annotations

from airflow_provider_smsworks.sandbox.accept import CREDITS_PER_PART, CREDITS_PER_PART_ABROAD
from airflow_provider_smsworks.sandbox.calls import Answer, CurrentSandbox, gateway_router
from airflow_provider_smsworks.sandbox.countries import COUNTRIES
from airflow_provider_smsworks.sandbox.errors import SHORT_ERRORS, GatewayError

router = gateway_router()


@router.get("/credits/balance", responses=SHORT_ERRORS)
async def get_balance(sandbox: CurrentSandbox) -> Answer:
    """The credits left, refunds of texts that failed in the meantime included."""
    return Answer({"credits": sandbox.balance})


@router.get("/credits/{countrycode}", responses=SHORT_ERRORS)
async def get_country_credits(countrycode: str) -> Answer:
    """What a text of one part to a country costs here: everything abroad is double."""
    code = countrycode.upper()
    if code not in COUNTRIES:
        raise GatewayError(404, "Country not found")
    price = CREDITS_PER_PART if code == "GB" else CREDITS_PER_PART_ABROAD
    return Answer({"code": code, "country": COUNTRIES[code], "credits": price})
