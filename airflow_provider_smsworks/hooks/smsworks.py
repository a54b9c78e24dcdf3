"""The hook: an Airflow connection becomes a client, and every operation a method and its async twin."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from airflow.providers.common.compat.connection import get_async_connection, get_async_extra_dejson
from airflow.providers.common.compat.sdk import AirflowNotFoundException, BaseHook, mask_secret

from airflow_provider_smsworks.api import operations
from airflow_provider_smsworks.api.errors import SmsWorksConfigError, SmsWorksError
from airflow_provider_smsworks.api.operations import Operation
from airflow_provider_smsworks.api.settings import Settings, read_settings
from airflow_provider_smsworks.failing import permanent_errors_end_the_task

if TYPE_CHECKING:
    from airflow_provider_smsworks.api.client import AsyncSmsWorksClient, SmsWorksClient

P = ParamSpec("P")
R = TypeVar("R")

DEFAULT_CONN_ID = "smsworks_default"


def _method(operation: Operation[P, R]) -> Callable[Concatenate[SmsWorksHook, P], R]:
    def method(self: SmsWorksHook, *args: P.args, **kwargs: P.kwargs) -> R:
        with permanent_errors_end_the_task():
            return self.get_conn().call(operation.prepare(self.settings, *args, **kwargs))

    return cast("Callable[Concatenate[SmsWorksHook, P], R]", _described(method, operation))


def _twin(operation: Operation[P, R]) -> Callable[Concatenate[SmsWorksHook, P], Awaitable[R]]:
    async def method(self: SmsWorksHook, *args: P.args, **kwargs: P.kwargs) -> R:
        with permanent_errors_end_the_task():
            client = await self.get_async_conn()
            return await client.call(operation.prepare(client.settings, *args, **kwargs))

    return cast("Callable[Concatenate[SmsWorksHook, P], Awaitable[R]]", _described(method, operation))


def _described(method: Any, operation: Operation[..., Any]) -> Any:
    arguments = (operation.build.__doc__ or "").partition("\n")[2].rstrip()
    method.__doc__ = f"{operation.summary} (``{operation.label}``)\n{arguments}\n"
    method.operation = operation
    return method


class SmsWorksHook(BaseHook):
    """
    Talk to The SMS Works.

    Every method is one call of the gateway; the async twin of ``x`` is ``ax``. Results are plain JSON-shaped values
    with phone numbers in full: what a task returns ends up in XCom, so mask or drop them there. The methods that
    send do send whenever they are called; an operator sends once, whatever Airflow repeats.

    Reads are repeated after a failure that may pass, sends only if they certainly never left. Errors are those of
    :mod:`airflow_provider_smsworks.exceptions`; one that no retry can mend ends the task at once.

    :param smsworks_conn_id: the connection (type ``smsworks``)
    """

    conn_name_attr = "smsworks_conn_id"
    default_conn_name = DEFAULT_CONN_ID
    conn_type = "smsworks"
    hook_name = "The SMS Works"

    def __init__(self, smsworks_conn_id: str = DEFAULT_CONN_ID, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.smsworks_conn_id = smsworks_conn_id
        self._async_client: AsyncSmsWorksClient | None = None

    send_message = _method(operations.SEND_MESSAGE)
    asend_message = _twin(operations.SEND_MESSAGE)
    search_messages = _method(operations.SEARCH_MESSAGES)
    asearch_messages = _twin(operations.SEARCH_MESSAGES)
    get_message = _method(operations.GET_MESSAGE)
    aget_message = _twin(operations.GET_MESSAGE)
    get_credits = _method(operations.GET_CREDITS)
    aget_credits = _twin(operations.GET_CREDITS)
    get_customer_id = _method(operations.GET_CUSTOMER_ID)
    aget_customer_id = _twin(operations.GET_CUSTOMER_ID)

    @cached_property
    def settings(self) -> Settings:
        """
        What the connection says, checked.

        :raises SmsWorksConfigError: there is no such connection, or it is wrong
        """
        try:
            connection = self.get_connection(self.smsworks_conn_id)
        except AirflowNotFoundException:
            raise _no_connection(self.smsworks_conn_id) from None
        return _settings_of(self.smsworks_conn_id, connection, connection.extra_dejson)

    def get_conn(self) -> SmsWorksClient:
        """Return the sync client; it is made at the first call."""
        return self._client

    @cached_property
    def _client(self) -> SmsWorksClient:
        # Deferred: a Dag file that only names an operator should not pay for the HTTP client.
        from airflow_provider_smsworks.api.client import SmsWorksClient

        return SmsWorksClient(self.settings, on_token=mask_secret)

    async def get_async_conn(self) -> AsyncSmsWorksClient:
        """Return the async client of this hook; whoever uses the hook on an event loop calls ``aclose`` at the end."""
        if self._async_client is None:
            from airflow_provider_smsworks.api.client import AsyncSmsWorksClient

            try:
                connection = await get_async_connection(self.smsworks_conn_id, hook=self)
            except AirflowNotFoundException:
                raise _no_connection(self.smsworks_conn_id) from None
            extra = await get_async_extra_dejson(connection)
            settings = _settings_of(self.smsworks_conn_id, connection, extra)
            self._async_client = AsyncSmsWorksClient(settings, on_token=_mask_secret_async)
        return self._async_client

    async def aclose(self) -> None:
        """Close the async client."""
        if self._async_client is not None:
            client, self._async_client = self._async_client, None
            await client.close()

    def test_connection(self) -> tuple[bool, str]:
        """Answer with customer id and credits, or say in one sentence what is wrong. Costs nothing."""
        try:
            return True, f"Customer {self.get_customer_id()} with {self.get_credits():g} credits."
        except SmsWorksError as error:
            return False, str(error)


for _name, _value in list(vars(SmsWorksHook).items()):
    if hasattr(_value, "operation"):
        _value.__name__, _value.__qualname__ = _name, f"SmsWorksHook.{_name}"


def _settings_of(conn_id: str, connection: Any, extra: dict[str, Any]) -> Settings:
    return read_settings(
        conn_id,
        host=connection.host,
        port=connection.port,
        schema=connection.schema,
        password=connection.password,
        extra=extra,
    )


def _no_connection(conn_id: str) -> SmsWorksConfigError:
    return SmsWorksConfigError(
        f"There is no connection `{conn_id}`: add one of type `smsworks` in the UI, with `airflow connections add`,"
        f" or as the environment variable AIRFLOW_CONN_{conn_id.upper()}, or name another in `smsworks_conn_id`."
    )


async def _mask_secret_async(token: str) -> None:
    try:
        from airflow.sdk.log import amask_secret
    except ImportError:
        # Before 3.3.2 masking talks to the supervisor synchronously, which must not happen on the event loop.
        await asyncio.to_thread(mask_secret, token)
    else:
        await amask_secret(token)
