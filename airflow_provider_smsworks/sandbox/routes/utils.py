"""The utility operations."""

from __future__ import annotations

from airflow_provider_smsworks.sandbox.calls import Answer, CurrentSandbox, gateway_router
from airflow_provider_smsworks.sandbox.errors import ERROR_CODES, SHORT_ERRORS, not_found, refused
from airflow_provider_smsworks.sandbox.state import CUSTOMER_ID

router = gateway_router()


@router.get("/utils/test", responses=SHORT_ERRORS)
async def get_customer_id() -> Answer:
    """The customer id, in ``message``."""
    return Answer({"message": CUSTOMER_ID})


@router.get("/utils/errors/{errorcode}")
async def get_sample_error(sandbox: CurrentSandbox, errorcode: str) -> Answer:
    """What an error looks like.

    The specification lists no status for this operation: the setting ``sample_status`` says whether it is
    the one that the error has when it is real. An unknown code is a 404 here.
    """
    code = int(errorcode) if errorcode.isascii() and errorcode.isdigit() and len(errorcode) < 9 else 0
    if code not in ERROR_CODES:
        raise not_found(f"Error code {errorcode}")
    error = refused(code)
    if sandbox.settings.sample_status == "ok":
        error.status = 200
    raise error
