"""Authentication. Not in the published specification since 1.8, still in the developer documents."""

from __future__ import annotations

from airflow_provider_smsworks.sandbox import tokens
from airflow_provider_smsworks.sandbox.calls import Answer, CurrentSandbox, JsonObject, gateway_router
from airflow_provider_smsworks.sandbox.schemas import TokenRequest, read_body

router = gateway_router(token=False)


@router.post("/auth/token")
async def create_token(sandbox: CurrentSandbox, body: JsonObject) -> Answer:
    """Exchange key and secret for a token, or answer 401 with code 4011."""
    wanted = read_body(TokenRequest, body)
    return Answer({"token": tokens.issue(sandbox, wanted.key, wanted.secret)})
