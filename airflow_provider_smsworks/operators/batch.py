"""Operators that text many phones in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Context

from airflow_provider_smsworks.operators.base import show_number
from airflow_provider_smsworks.operators.batch_delivery_base import WaitsForBatchDelivery
from airflow_provider_smsworks.operators.batch_reads import SmsWorksGetBatchOperator
from airflow_provider_smsworks.operators.many_base import SmsWorksTextToManyOperator
from airflow_provider_smsworks.rendered import (
    LIST_FOR_ONE,
    NOTHING,
    is_list_made_text,
    is_the_word_none,
    with_text,
)

if TYPE_CHECKING:
    from airflow_provider_smsworks.sending.task import SendingTask
    from airflow_provider_smsworks.sending.text import Text

__all__ = ["SmsWorksGetBatchOperator", "SmsWorksSendBatchOperator", "SmsWorksSendCollectionOperator"]


def show_count(value: Any) -> str:
    """Show only how many messages there are."""
    return f"({len(value):,} messages)" if isinstance(value, list | tuple) else f"({type(value).__name__})"


class SmsWorksSendBatchOperator(WaitsForBatchDelivery, SmsWorksTextToManyOperator):
    """
    Send one text to many phones, once to each.

    .. code-block:: python

        SmsWorksSendBatchOperator(
            task_id="text_everybody",
            to=["07700900000", "07700900010"],
            content="The depot is closed on Monday.",
            wait_for_delivery=True,
            at_least=0.9,
        )

    Any number of phones: what happens with many, and if the worker dies, says :class:`SmsWorksTextToManyOperator`.
    Each message carries a key, so the call is the gateway's ``POST /batch/any``, which takes one (``POST /batch/send``
    does not).

    :param to: the phones, each of them once (templated). One template in place of the list makes a list only in a Dag
        with ``render_template_as_native_obj=True``
    :param content: the text, 1 to 1,280 characters (templated)

    The other parameters are those of :class:`SmsWorksTextToManyOperator` (``max_failed calls_at_once``),
    :class:`SmsWorksTextOperator` (``sender tag validity ttl delivery_report_url ai``), :class:`WaitsForBatchDelivery`
    and :class:`SmsWorksSendOperator`.

    :return: ``batch_ids status recipients failed duplicates reference parts credits_used adopted``; after a wait also
        ``delivered failed waiting failures credits_used``. Numbers in it are masked. ``output["batch_ids"]`` and, of
        a single batch, ``output["batch_id"]`` are for the next task.
    :raises AirflowFailException: nothing was sent (every number that is wrong is named, as ``to[3]``), or too few
        arrived, and no retry would change that
    """

    template_fields: Sequence[str] = (*SmsWorksTextToManyOperator.template_fields, "to", "content")
    shown_as = {**SmsWorksTextToManyOperator.shown_as, "to": show_number}
    lists = SmsWorksTextToManyOperator.lists | {"to"}

    def __init__(self, *, to: Sequence[str | int] | str, content: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.to = to
        self.content = content

    def execute(self, context: Context) -> Any:
        """Send, and wait if that is wanted."""
        arguments = {**self.arguments(), **with_text(self.given("to", "content"))}

        def text_of(task: SendingTask) -> Text:
            from airflow_provider_smsworks.sending.lists import batch_text

            return batch_text(task, arguments, max_failed=self.max_failed)

        return self.finish(self.send_once(context, text_of))


class SmsWorksSendCollectionOperator(WaitsForBatchDelivery, SmsWorksTextToManyOperator):
    """
    Send many texts, each with words of its own, once each.

    .. code-block:: python

        SmsWorksSendCollectionOperator(
            task_id="text_each",
            messages=[
                {"to": "07700900000", "content": "Hello Ann"},
                {"to": "07700900010", "content": "Hello Bob", "sender": "Depot"},
            ],
        )

    What happens if the worker dies says :class:`SmsWorksTextToManyOperator`. Of several texts to one phone the
    first of the list is the first in every try: keep their order.

    :param messages: mappings with ``to`` and ``content``, and any of ``sender tag metadata validity ttl
        delivery_report_url response_emails ai`` (templated)

    The other parameters are those of :class:`SmsWorksTextToManyOperator`, for messages that do not say otherwise,
    :class:`WaitsForBatchDelivery` and :class:`SmsWorksSendOperator`.

    :return: as :class:`SmsWorksSendBatchOperator`
    :raises AirflowFailException: nothing was sent (every message that is wrong is named, as ``messages[3].to``), or
        too few arrived, and no retry would change that
    """

    template_fields: Sequence[str] = (*SmsWorksTextToManyOperator.template_fields, "messages")
    shown_as = {**SmsWorksTextToManyOperator.shown_as, "messages": show_count}
    lists = SmsWorksTextToManyOperator.lists | {"messages"}

    def __init__(self, *, messages: Iterable[Mapping[str, Any]] | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.messages = messages

    def problems(self, context: Context) -> list[str]:
        """Return what is wrong with the author's choices, before anything goes out."""
        problems = super().problems(context)
        messages = self.given("messages")["messages"]
        for row, message in enumerate(messages if isinstance(messages, list | tuple) else ()):
            for name, value in message.items() if isinstance(message, Mapping) else ():
                if is_the_word_none(value):
                    problems.append(f"`messages[{row}].{name}` {NOTHING}")
                elif name == "content" and is_list_made_text(value):
                    problems.append(f"`messages[{row}].{name}` {LIST_FOR_ONE}")
        return problems

    def execute(self, context: Context) -> Any:
        """Send, and wait if that is wanted."""
        common = {name: value for name, value in self.arguments().items() if value not in (None, "")}
        messages = self.given("messages")["messages"]
        if isinstance(messages, list | tuple):
            messages = [with_text(row) if isinstance(row, Mapping) else row for row in messages]

        def text_of(task: SendingTask) -> Text:
            from airflow_provider_smsworks.sending.lists import collection_text

            return collection_text(task, messages, common, max_failed=self.max_failed)

        return self.finish(self.send_once(context, text_of))
