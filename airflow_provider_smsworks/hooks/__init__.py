"""Hooks: a connection becomes a client."""

from __future__ import annotations

DEFAULT_CONN_ID = "smsworks_default"
"""Here and not beside the hook: every operator names it, and few Dag files need the hook."""
