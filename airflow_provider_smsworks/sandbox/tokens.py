"""Tokens: which the sandbox gives out, and which it takes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets

from airflow_provider_smsworks.sandbox.errors import ERROR_CODES, GatewayError, refused
from airflow_provider_smsworks.sandbox.state import Sandbox

LIFETIME = 788_400_000  # seconds: 25 years, as in the samples that became public


def issue(sandbox: Sandbox, key: str, secret: str) -> str:
    """Give out a token, or raise error 4011.

    Like a real one, the token holds key and secret for everyone to decode: it is as secret as they are.
    """
    settings = sandbox.settings
    wanted = (settings.api_key or key, settings.api_secret or secret)
    if not key or not secret or (key, secret) != wanted:
        raise refused(4011)
    now = int(sandbox.dated(sandbox.now()))
    payload = {"key": key, "secret": secret, "iat": now, "exp": now + LIFETIME, "jti": secrets.token_hex(4)}
    header = {"alg": "HS256", "typ": "JWT"}
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in (header, payload))
    signature = _base64url(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))
    token = f"{signed}.{signature}"
    sandbox.database.insert("tokens", {"token": token})
    return f"JWT {token}" if settings.token_word == "JWT" else token


def check(sandbox: Sandbox, authorization: str) -> None:
    """Take the value of an Authorization header: a token, bare or after ``JWT ``. Raises 401.

    Third parties report the text "Unauthorized" for it; that it comes with code 4011 is a guess.
    """
    token = authorization.strip().removeprefix("JWT ").strip()
    if not token or token == "JWT" or " " in token or not _is_taken(sandbox, token):
        raise GatewayError(401, "Unauthorized", row=ERROR_CODES[4011])


def _is_taken(sandbox: Sandbox, token: str) -> bool:
    if sandbox.token is None or token == sandbox.token.removeprefix("JWT "):
        return True
    return sandbox.database.row("SELECT 1 FROM tokens WHERE token = ?", (token,)) is not None


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
