"""The hook: an Airflow connection becomes a client, and every operation a method and its async twin."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from airflow.providers.common.compat.connection import get_async_connection, get_async_extra_dejson
from airflow.providers.common.compat.sdk import AirflowNotFoundException, BaseHook, mask_secret

from airflow_provider_smsworks.answering import answering, incoming_text, texts_before
from airflow_provider_smsworks.api import operations
from airflow_provider_smsworks.api.errors import SmsWorksConfigError, SmsWorksError
from airflow_provider_smsworks.api.operations import Operation
from airflow_provider_smsworks.api.paging import pages, read_pages
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.api.requests.lookups import MAX_LIMIT
from airflow_provider_smsworks.api.settings import Settings, read_settings
from airflow_provider_smsworks.failing import permanent_errors_end_the_task
from airflow_provider_smsworks.hooks import DEFAULT_CONN_ID

if TYPE_CHECKING:
    from airflow_provider_smsworks.api.client import AsyncSmsWorksClient, SmsWorksClient

P = ParamSpec("P")
R = TypeVar("R")

__all__ = ["DEFAULT_CONN_ID", "SmsWorksHook"]


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
    build, read = inspect.signature(operation.build), inspect.signature(operation.read)
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    method.__signature__ = build.replace(
        parameters=[own, *list(build.parameters.values())[1:]], return_annotation=read.return_annotation
    )
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

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what was read of the connection: a copy in another process reads it again."""
        kept = {name: value for name, value in vars(self).items() if name not in ("settings", "_client")}
        return {**kept, "_async_client": None}

    send_message = _method(operations.SEND_MESSAGE)
    asend_message = _twin(operations.SEND_MESSAGE)
    send_flash_message = _method(operations.SEND_FLASH_MESSAGE)
    asend_flash_message = _twin(operations.SEND_FLASH_MESSAGE)
    send_binary_message = _method(operations.SEND_BINARY_MESSAGE)
    asend_binary_message = _twin(operations.SEND_BINARY_MESSAGE)
    schedule_message = _method(operations.SCHEDULE_MESSAGE)
    aschedule_message = _twin(operations.SCHEDULE_MESSAGE)
    cancel_scheduled_message = _method(operations.CANCEL_SCHEDULED_MESSAGE)
    acancel_scheduled_message = _twin(operations.CANCEL_SCHEDULED_MESSAGE)
    search_messages = _method(operations.SEARCH_MESSAGES)
    asearch_messages = _twin(operations.SEARCH_MESSAGES)
    get_unread_messages = _method(operations.GET_UNREAD_MESSAGES)
    aget_unread_messages = _twin(operations.GET_UNREAD_MESSAGES)
    get_failed_messages = _method(operations.GET_FAILED_MESSAGES)
    aget_failed_messages = _twin(operations.GET_FAILED_MESSAGES)
    get_scheduled_messages = _method(operations.GET_SCHEDULED_MESSAGES)
    aget_scheduled_messages = _twin(operations.GET_SCHEDULED_MESSAGES)
    get_message = _method(operations.GET_MESSAGE)
    aget_message = _twin(operations.GET_MESSAGE)
    delete_message = _method(operations.DELETE_MESSAGE)
    adelete_message = _twin(operations.DELETE_MESSAGE)
    get_message_volume = _method(operations.GET_MESSAGE_VOLUME)
    aget_message_volume = _twin(operations.GET_MESSAGE_VOLUME)
    send_batch = _method(operations.SEND_BATCH)
    asend_batch = _twin(operations.SEND_BATCH)
    send_collection = _method(operations.SEND_COLLECTION)
    asend_collection = _twin(operations.SEND_COLLECTION)
    schedule_batch = _method(operations.SCHEDULE_BATCH)
    aschedule_batch = _twin(operations.SCHEDULE_BATCH)
    cancel_scheduled_batch = _method(operations.CANCEL_SCHEDULED_BATCH)
    acancel_scheduled_batch = _twin(operations.CANCEL_SCHEDULED_BATCH)
    get_batch = _method(operations.GET_BATCH)
    aget_batch = _twin(operations.GET_BATCH)
    send_otp = _method(operations.SEND_OTP)
    asend_otp = _twin(operations.SEND_OTP)
    verify_otp = _method(operations.VERIFY_OTP)
    averify_otp = _twin(operations.VERIFY_OTP)
    get_otp = _method(operations.GET_OTP)
    aget_otp = _twin(operations.GET_OTP)
    get_credits = _method(operations.GET_CREDITS)
    aget_credits = _twin(operations.GET_CREDITS)
    get_country_credits = _method(operations.GET_COUNTRY_CREDITS)
    aget_country_credits = _twin(operations.GET_COUNTRY_CREDITS)
    get_customer_id = _method(operations.GET_CUSTOMER_ID)
    aget_customer_id = _twin(operations.GET_CUSTOMER_ID)
    get_sample_error = _method(operations.GET_SAMPLE_ERROR)
    aget_sample_error = _twin(operations.GET_SAMPLE_ERROR)

    @cached_property
    def settings(self) -> Settings:
        """
        What the connection says, checked.

        :raises SmsWorksConfigError: there is no such connection, or it is wrong
        """
        connection = self._connection()
        return _settings_of(self.smsworks_conn_id, connection, connection.extra_dejson)

    def _connection(self) -> Any:
        try:
            return self.get_connection(self.smsworks_conn_id)
        except AirflowNotFoundException:
            raise SmsWorksConfigError(
                f"There is no connection `{self.smsworks_conn_id}`: add one of type `smsworks` in the UI, with"
                f" `airflow connections add`, or as the environment variable"
                f" AIRFLOW_CONN_{self.smsworks_conn_id.upper()}, or name another in `smsworks_conn_id`."
            ) from None
        except Exception as error:
            # Of Airflow 3.3, which tells other processes than tasks nothing of its database's connections.
            if type(error).__name__ != "AirflowSecretsBackendAccessDenied":
                raise
            raise SmsWorksConfigError(
                f"Airflow does not show its connection `{self.smsworks_conn_id}` to this process: define it as the"
                f" environment variable AIRFLOW_CONN_{self.smsworks_conn_id.upper()}, or in a secrets backend."
            ) from None

    def get_conn(self) -> SmsWorksClient:
        """Return the sync client; it is made at the first call."""
        return self._client

    @cached_property
    def _client(self) -> SmsWorksClient:
        # Deferred: a Dag file that only names an operator should not pay for the HTTP client.
        from airflow_provider_smsworks.api.client import SmsWorksClient

        return SmsWorksClient(self.settings, on_token=mask_secret)

    def answer_within(self, seconds: float) -> None:
        """Give up sooner: wait so long for an answer, at most, or for a gateway that asks to wait."""
        from airflow_provider_smsworks.api.client import SmsWorksClient

        self.settings = replace(self.settings, timeout=min(self.settings.timeout, seconds))
        self._client = SmsWorksClient(self.settings, on_token=mask_secret, longest_wait=seconds)

    def close(self) -> None:
        """Close the sync client; the next call makes another one."""
        if client := self.__dict__.pop("_client", None):
            client.close()

    async def get_async_conn(self) -> AsyncSmsWorksClient:
        """Return the async client of this hook; whoever uses the hook on an event loop calls ``aclose`` at the end."""
        if self._async_client is None:
            from airflow_provider_smsworks.api.client import AsyncSmsWorksClient

            try:
                connection = await get_async_connection(self.smsworks_conn_id, hook=self)
            except AirflowNotFoundException:
                # `airflow dags test` (3.3.2) runs triggers where only the sync way leads to the database.
                connection = await asyncio.to_thread(self._connection)
            extra = await get_async_extra_dejson(connection)
            settings = _settings_of(self.smsworks_conn_id, connection, extra)
            self._async_client = AsyncSmsWorksClient(settings, on_token=_mask_secret_async)
        return self._async_client

    async def aread_connection(self) -> None:
        """Read the connection on an event loop, so that a thread of it can call the sync methods."""
        self.settings = (await self.get_async_conn()).settings
        await self.aclose()

    async def aclose(self) -> None:
        """Close the async client."""
        if self._async_client is not None:
            client, self._async_client = self._async_client, None
            await client.close()

    def search_all_messages(self, **query: Any) -> list[Record]:
        """
        Find messages, however many: page by page, and none is lost that is there all the time while others come and go.

        :param query: the parameters of ``search_messages``, but for ``limit`` and ``skip``
        :raises SmsWorksUnavailableError: the list changed too much while it was read
        """
        found: list[Record] = []
        self.search_each_page(found.extend, **query)
        return found

    def search_each_page(self, take: Callable[[list[Record]], None], **query: Any) -> None:
        """
        Find messages as ``search_all_messages`` does, and keep none of them.

        :param take: gets the messages of each page
        """
        read_pages(lambda skip: self.search_messages(**query, limit=MAX_LIMIT, skip=skip), take)

    async def asearch_all_messages(self, **query: Any) -> list[Record]:
        """Find messages, however many; see ``search_all_messages``."""
        found: list[Record] = []
        reading = pages(found.extend)
        skip = next(reading)
        while True:
            page = await self.asearch_messages(**query, limit=MAX_LIMIT, skip=skip)
            try:
                skip = reading.send(page)
            except StopIteration:
                return found

    def get_incoming_text(self, message_id: str) -> Record:
        """
        Return a text that came in, and the text of ours that it answers, where that can be known.

        :param message_id: of the text, as an event of the inbox trigger has it
        :return: ``message_id from to content keyword received answers``; ``answers`` is None, or ``message_id content
            tag metadata sent is_certain`` of the newest text that went from ``to`` to ``from`` in the 7 days before,
            or of the one whose code the text repeats. ``is_certain`` says whether it can be no other
        :raises SmsWorksNotFoundError: there is no such message; the gateway deletes them after 3 months
        :raises SmsWorksValidationError: it is the id of a message that was sent
        """
        text = incoming_text(self.get_message(message_id))
        return answering(text, self.search_all_messages(**texts_before(text)))

    async def aget_incoming_text(self, message_id: str) -> Record:
        """Return a text that came in, and what it answers; see ``get_incoming_text``."""
        text = incoming_text(await self.aget_message(message_id))
        return answering(text, await self.asearch_all_messages(**texts_before(text)))

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


async def _mask_secret_async(token: str) -> None:
    try:
        from airflow.sdk.log import amask_secret
    except ImportError:
        # Before 3.3.2 masking talks to the supervisor synchronously, which must not happen on the event loop.
        await asyncio.to_thread(mask_secret, token)
    else:
        await amask_secret(token)
