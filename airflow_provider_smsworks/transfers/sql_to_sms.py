"""Texts to everybody whom a query finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import (
    AirflowOptionalProviderFeatureException,
    BaseHook,
    Context,
)

from airflow_provider_smsworks.api.errors import SmsWorksConfigError
from airflow_provider_smsworks.operators.base import show_names
from airflow_provider_smsworks.transfers.base import SmsWorksRowsOperator
from airflow_provider_smsworks.transfers.table.statement import show_statement

if TYPE_CHECKING:
    from airflow_provider_smsworks.transfers.table.rows import Table


class SqlToSmsWorksOperator(SmsWorksRowsOperator):
    """
    Text everybody whom a query finds, once each.

    .. code-block:: python

        SqlToSmsWorksOperator(
            task_id="text_late_parcels",
            conn_id="warehouse",
            sql="SELECT order_id, phone, name, eta FROM late_parcels WHERE day = '{{ ds }}'",
            key="order_id",
            to="phone",
            content="Hello {name}, your parcel comes on {eta:%A}.",
            max_failed=0.01,
            manifest="s3://reports/late-parcels/{{ ds }}.csv",
        )

    The query runs in a transaction that is never committed, and its connection is closed before the first text goes
    out. PostgreSQL keeps the rows on the server and hands them out in portions, and MySQL is asked to (which nobody
    has tried yet); a plain cursor would bring all of them at once. With other databases that is up to their driver. Of
    columns whose names differ from the given ones in capitals alone, as some databases write them, the right one is
    taken.

    :param conn_id: the database, of any of Airflow's common SQL hooks (templated)
    :param sql: one SELECT, or the name of a ``.sql`` file (templated). Airflow's pages show it without what stands in
        quotes, and its log not at all
    :param parameters: values for its placeholders, as the database's driver takes them (templated)
    :param hook_params: for the hook's constructor

    The other parameters, what is returned, and what happens with bad rows and if the worker dies, are those of
    :class:`SmsWorksRowsOperator`.
    """

    template_fields: Sequence[str] = (*SmsWorksRowsOperator.template_fields, "conn_id", "sql", "parameters")
    template_ext: Sequence[str] = (".sql",)
    template_fields_renderers = {"sql": "sql"}
    shown_as = {**SmsWorksRowsOperator.shown_as, "conn_id": str, "sql": show_statement, "parameters": show_names}
    must_be = SmsWorksRowsOperator.must_be | {"conn_id", "sql"}
    lists = SmsWorksRowsOperator.lists | {"parameters"}

    def __init__(
        self,
        *,
        conn_id: str,
        sql: str,
        parameters: Sequence[Any] | Mapping[str, Any] | None = None,
        hook_params: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.conn_id = conn_id
        self.sql = sql
        self.parameters = parameters
        self.hook_params = hook_params

    def problems(self, context: Context) -> list[str]:
        """Return what is wrong with the author's choices, before anything is read."""
        given = self.given("sql", "conn_id", "parameters")
        problems = [f"`{name}` must be text" for name in ("sql", "conn_id") if not isinstance(given[name], str)]
        if isinstance(given["parameters"], str):
            problems.append("`parameters` must be a list or a mapping")
        return super().problems(context) + problems

    def table(self) -> AbstractContextManager[Table]:
        """Run the query."""
        from airflow_provider_smsworks.transfers.table.database import query_table

        given = self.given("conn_id", "sql", "parameters")
        return query_table(_hook(given["conn_id"], dict(self.hook_params or {})), given["sql"], given["parameters"])


def _hook(conn_id: str, hook_params: dict[str, Any]) -> Any:
    try:
        from airflow.providers.common.sql.hooks.sql import DbApiHook
    except ImportError:
        raise AirflowOptionalProviderFeatureException(
            "SqlToSmsWorksOperator needs Airflow's common SQL hooks: pip install 'airflow-provider-smsworks[sql]'"
        ) from None
    hook = BaseHook.get_connection(conn_id).get_hook(hook_params=hook_params)
    if not isinstance(hook, DbApiHook):
        raise SmsWorksConfigError(
            f"Connection `{conn_id}` is no database: its hook is {type(hook).__name__}, and a DbApiHook is needed."
        )
    return hook
