"""Operators that ask by text, and wait for the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_smsworks.operators.ask import SmsWorksAskOperator

if TYPE_CHECKING:
    from airflow_provider_smsworks.operators.approval import SmsWorksApprovalOperator

__all__ = ["SmsWorksApprovalOperator", "SmsWorksAskOperator"]


def __getattr__(name: str) -> Any:
    # Only whoever approves needs Airflow's own human-in-the-loop, which is not in every Airflow.
    if name == "SmsWorksApprovalOperator":
        from airflow_provider_smsworks.operators.approval import SmsWorksApprovalOperator

        return SmsWorksApprovalOperator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
