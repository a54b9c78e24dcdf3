"""What the Airflow under test can do, and what moved between versions: all of it here, for `make test-matrix`."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from airflow.providers.common.compat.version_compat import (
    AIRFLOW_V_3_0_PLUS,
    AIRFLOW_V_3_1_PLUS,
    AIRFLOW_V_3_3_PLUS,
)

needs_airflow_2 = pytest.mark.skipif(AIRFLOW_V_3_0_PLUS, reason="about what Airflow 2 lacks")
needs_airflow_3 = pytest.mark.skipif(not AIRFLOW_V_3_0_PLUS, reason="asset watchers and links came with Airflow 3.0")
needs_state_store = pytest.mark.skipif(not AIRFLOW_V_3_3_PLUS, reason="the task state store came with Airflow 3.3")
needs_retry_policies = pytest.mark.skipif(not AIRFLOW_V_3_3_PLUS, reason="retry policies came with Airflow 3.3")
needs_approvals = pytest.mark.skipif(not AIRFLOW_V_3_3_PLUS, reason="approvals by text need Airflow 3.3")
needs_shared_streams = pytest.mark.skipif(not AIRFLOW_V_3_3_PLUS, reason="shared streams came with Airflow 3.3")
counts_modules = pytest.mark.skipif(not AIRFLOW_V_3_3_PLUS, reason="what an older Airflow loads is its own")
needs_awaited_notifiers = pytest.mark.skipif(not AIRFLOW_V_3_1_PLUS, reason="notifiers are awaited from Airflow 3.1 on")

__all__ = [
    "AIRFLOW_V_3_0_PLUS",
    "AIRFLOW_V_3_1_PLUS",
    "AIRFLOW_V_3_3_PLUS",
    "attach_storage",
    "counts_modules",
    "hides_by_name",
    "needs_airflow_2",
    "needs_airflow_3",
    "needs_approvals",
    "needs_awaited_notifiers",
    "needs_retry_policies",
    "needs_shared_streams",
    "needs_state_store",
    "rendered_fields",
]


def hides_by_name(name: str) -> bool:
    """Tell whether this Airflow masks what is called so."""
    for module in ("airflow.sdk._shared", "airflow._shared", "airflow.sdk.execution_time", "airflow.utils.log"):
        try:
            masker = importlib.import_module(f"{module}.secrets_masker")
        except ImportError:
            continue
        return bool(masker.should_hide_value_for_key(name))
    raise AssertionError("this Airflow masks nothing")


def attach_storage(protocol: str, storage: Any) -> None:
    """Let paths of a protocol be kept in this storage (of fsspec)."""
    if AIRFLOW_V_3_0_PLUS:
        from airflow.sdk.io import attach
    else:
        from airflow.io.store import attach
    attach(protocol, fs=storage)


def rendered_fields(task: Any) -> dict[str, Any]:
    """Return what this Airflow writes to its database of a task's rendered fields."""
    if AIRFLOW_V_3_0_PLUS:
        from airflow.sdk.execution_time.task_runner import _serialize_rendered_fields

        return dict(_serialize_rendered_fields(task))
    from airflow.models.renderedtifields import get_serialized_template_fields

    return dict(get_serialized_template_fields(task))
