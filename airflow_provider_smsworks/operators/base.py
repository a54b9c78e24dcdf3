"""What all operators of this provider have in common: the hook, and rendered fields that tell nothing about anybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow.providers.common.compat.sdk import AirflowException, BaseOperator, Context
from jinja2 import UndefinedError

from airflow_provider_smsworks.api.masking import mask_number, mask_numbers
from airflow_provider_smsworks.api.rules import is_blank
from airflow_provider_smsworks.api.unwritten import Unwritten
from airflow_provider_smsworks.hooks import DEFAULT_CONN_ID
from airflow_provider_smsworks.operators.links import batch_anchor, message_anchor

if TYPE_CHECKING:
    from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook


class Personal(Unwritten):
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


def show_number(value: Any) -> str:
    """Show phone numbers masked."""
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(show_number(entry) for entry in value)
    return mask_number(value)


def show_length(value: Any) -> str:
    """Show only how long a text is."""
    return f"({len(value):,} characters)" if isinstance(value, str) else f"({type(value).__name__})"


def show_names(value: Any) -> str:
    """Show the names of pairs, not their values."""
    return f"({', '.join(map(str, value))})" if isinstance(value, dict) else f"({type(value).__name__})"


def show_label(value: Any) -> str:
    """Show a label, but no phone number that somebody uses as one."""
    return mask_numbers(str(value))


def show_host(value: Any) -> str:
    """Show the host of an address, not what else may be a secret in it."""
    return urlsplit(str(value)).hostname or "(no address)"


class SmsWorksBaseOperator(BaseOperator):
    """
    What all operators of this provider have in common.

    A subclass adds its own fields to ``template_fields``; each of them is masked in Airflow's database unless it is
    among ``harmless_fields``, and ``shown_as`` says how. Once rendered, such a field holds a :class:`Personal`:
    read fields with :meth:`given`.

    :param smsworks_conn_id: the connection (templated)
    """

    template_fields: Sequence[str] = ("smsworks_conn_id",)
    harmless_fields: frozenset[str] = frozenset({"smsworks_conn_id", "reference", "sender"})
    shown_as: Mapping[str, Callable[[Any], str]] = {}
    link_anchor: str | None = None
    rendered_to_nothing: frozenset[str] = frozenset()
    """The fields that the author gave, and that rendered to None."""

    ui_color = "#e3f4ea"

    def __init__(self, *, smsworks_conn_id: str = DEFAULT_CONN_ID, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.smsworks_conn_id = smsworks_conn_id

    @cached_property
    def hook(self) -> SmsWorksHook:
        """The hook of this task."""
        # Deferred: a Dag file that only names an operator should not pay for what runs later.
        from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

        return SmsWorksHook(self.smsworks_conn_id)

    def given(self, *names: str) -> dict[str, Any]:
        """Return the fields of these names as the author gave them, rendered."""
        values = {name: getattr(self, name) for name in names}
        return {name: value.value if isinstance(value, Personal) else value for name, value in values.items()}

    def hand_on(self, context: Context, result: Mapping[str, Any]) -> None:
        """Let the next task use the ids of a result: ``task.output["message_id"]``."""
        if not self.do_xcom_push:
            return
        batch_ids = result.get("batch_ids") or []
        ids = {**result, "batch_id": batch_ids[0] if len(batch_ids) == 1 else result.get("batch_id")}
        for name in ("message_id", "batch_ids", "batch_id", "otp_id"):
            if ids.get(name):
                context["ti"].xcom_push(key=name, value=ids[name])

    def link_to(self, result: Mapping[str, Any]) -> None:
        """Say what this task concerns, for its link."""
        if message_id := result.get("message_id"):
            self.link_anchor = message_anchor(message_id)
        elif batch_ids := result.get("batch_ids"):
            self.link_anchor = batch_anchor(batch_ids[0])

    def _do_render_template_fields(
        self, parent: Any, template_fields: Any, context: Any, jinja_env: Any, seen_oids: Any, **more: Any
    ) -> None:
        # The one method that rendering goes through for plain and for mapped tasks.
        if parent is not self:
            super()._do_render_template_fields(parent, template_fields, context, jinja_env, seen_oids, **more)
            return
        given = [name for name in template_fields if getattr(self, name) is not None]
        self._render_and_mask(template_fields, context, jinja_env, seen_oids, **more)
        self.rendered_to_nothing = frozenset(name for name in given if getattr(self, name) is None)

    def _render_and_mask(self, template_fields: Any, context: Any, jinja_env: Any, seen_oids: Any, **more: Any) -> None:
        for name in template_fields:
            value = getattr(self, name)
            if is_blank(value) or isinstance(value, Personal):
                continue
            if name in self.harmless_fields:
                super()._do_render_template_fields(self, [name], context, jinja_env, seen_oids, **more)
                continue
            # Not by Airflow's own method: if it fails, that logs the template, and a mapped value is one.
            try:
                if callable(value):
                    value = value(context=context, jinja_env=jinja_env)
                else:
                    value = self.render_template(value, context, jinja_env, seen_oids)
            except Exception as error:
                # These name variables and tasks; others may quote the value.
                says_more = isinstance(error, UndefinedError | AirflowException)
                why = f"{type(error).__name__}: {mask_numbers(str(error))}" if says_more else type(error).__name__
                raise AirflowException(f"`{name}` cannot be rendered ({why}).") from None
            if not is_blank(value):
                value = Personal(value, self.shown_as.get(name, show_length)(value))
            setattr(self, name, value)
