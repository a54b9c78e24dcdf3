"""The account's credits."""

from __future__ import annotations

from airflow_provider_smsworks.sandbox.calls import Answer, CurrentSandbox, gateway_router
from airflow_provider_smsworks.sandbox.errors import SHORT_ERRORS

router = gateway_router()


@router.get("/credits/balance", responses=SHORT_ERRORS)
async def get_balance(sandbox: CurrentSandbox) -> Answer:
    """The credits left, refunds of texts that failed in the meantime included."""
    return Answer({"credits": sandbox.balance})
