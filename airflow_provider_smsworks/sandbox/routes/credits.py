"""The account's credits."""

from __future__ import annotations

from airflow_provider_smsworks.sandbox.calls import Answer, CurrentSandbox, gateway_router
from airflow_provider_smsworks.sandbox.countries import COUNTRIES, price_of_country
from airflow_provider_smsworks.sandbox.errors import SHORT_ERRORS, GatewayError

router = gateway_router()


@router.get("/credits/balance", responses=SHORT_ERRORS)
async def get_balance(sandbox: CurrentSandbox) -> Answer:
    """The credits left, refunds of texts that failed in the meantime included."""
    return Answer({"credits": sandbox.balance})


@router.get("/credits/{countrycode}", responses=SHORT_ERRORS)
async def get_country_credits(sandbox: CurrentSandbox, countrycode: str) -> Answer:
    """What a text of one part to a country costs here."""
    code = countrycode.upper()
    if code not in COUNTRIES:
        raise GatewayError(404, "Country not found")
    optional = {"code": code, "country": COUNTRIES[code]} if sandbox.settings.optional_fields else {}
    return Answer({**optional, "credits": price_of_country(code)})
