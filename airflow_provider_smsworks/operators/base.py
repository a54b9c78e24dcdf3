"""What all operators of this provider have in common: the hook, and rendered fields that tell nothing about anybody."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from airflow.providers.common.compat.sdk import BaseOperator

from airflow_provider_smsworks.api.masking import mask_number
from airflow_provider_smsworks.hooks.smsworks import DEFAULT_CONN_ID, SmsWorksHook


class Personal:
    """
    A rendered value about a person: the task uses it, Airflow's database shows it masked.

    Airflow stores rendered template fields for everybody who may see the task; it stores an object that is neither
    text nor a container as its ``str``.
    """

    def __init__(self, value: Any, shown: str) -> None:
        self.value = value
        self._shown = shown

    def __str__(self) -> str:
        return self._shown

    __repr__ = __str__


def plain(value: Any) -> Any:
    """Return the value itself, whether it was rendered by Airflow or given directly."""
    return value.value if isinstance(value, Personal) else value


def show_number(value: Any) -> str:
    """Show phone numbers masked."""
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(show_number(entry) for entry in value)
    return mask_number(value)


def show_text(value: Any) -> str:
    """Show only how long a text is."""
    return f"({len(value):,} characters)" if isinstance(value, str) else f"({type(value).__name__})"


def show_pairs(value: Any) -> str:
    """Show the names of pairs, not their values."""
    return f"({', '.join(map(str, value))})" if isinstance(value, dict) else f"({type(value).__name__})"


class SmsWorksBaseOperator(BaseOperator):
    """
    What all operators of this provider have in common.

    :param smsworks_conn_id: the connection (templated)
    """

    template_fields: Sequence[str] = ("smsworks_conn_id",)
    personal_fields: dict[str, Any] = {}
    """Template fields that may hold something about a person, and how each is shown instead."""
    ui_color = "#e3f4ea"

    def __init__(self, *, smsworks_conn_id: str = DEFAULT_CONN_ID, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.smsworks_conn_id = smsworks_conn_id

    @cached_property
    def hook(self) -> SmsWorksHook:
        """The hook of this task."""
        return SmsWorksHook(self.smsworks_conn_id)

    def _do_render_template_fields(self, parent: Any, *args: Any, **kwargs: Any) -> None:
        # The one method that rendering goes through for plain and for mapped tasks.
        super()._do_render_template_fields(parent, *args, **kwargs)
        if parent is self:
            for name, show in self.personal_fields.items():
                value = getattr(self, name)
                if value not in (None, "") and not isinstance(value, Personal):
                    setattr(self, name, Personal(value, show(value)))
