"""Brings the whole sandbox up to the present: scheduled messages are sent, and messages live on."""

from __future__ import annotations

from airflow_provider_smsworks.sandbox import life, schedules
from airflow_provider_smsworks.sandbox.state import Sandbox


def catch_up(sandbox: Sandbox) -> None:
    """Let everything happen whose time has come, in the order of time.

    Whatever looks at messages, schedules, balance or ledger calls this first: no clock runs.
    """
    with sandbox.database.transaction():
        for entry in schedules.due(sandbox, sandbox.now()):
            life.advance(sandbox, entry["due"])  # what is refunded before can be spent then
            schedules.send(sandbox, entry)
        life.advance(sandbox)
