"""Messages that differ in phone, words and metadata only, such as the rows of a table: a million of them in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from airflow_provider_smsworks.api.numbers import NumberProblem
from airflow_provider_smsworks.api.requests import checks
from airflow_provider_smsworks.api.requests.checks import Check
from airflow_provider_smsworks.api.requests.messages import BatchOptions, any_message
from airflow_provider_smsworks.api.requests.request import without_nothing
from airflow_provider_smsworks.api.settings import Settings


class MessageRows:
    """
    Makes the messages of ``send_collection`` one by one, as :func:`collection` would, at a fraction of its time.

    What all of them share is checked once, here; what a row brings is checked by ``recipient`` and
    ``content_problem``, and put together by ``body``.

    :param settings: of the connection
    :param options: what all messages share, see ``send_message``
    :raises SmsWorksValidationError: naming everything that is wrong with that
    """

    def __init__(self, settings: Settings, **options: Unpack[BatchOptions]) -> None:
        check = Check(settings)
        self._shared = without_nothing(any_message(check, **options))
        check.done()
        self._settings = settings

    def recipient(self, value: object) -> str:
        """
        Return a phone that may be texted, in the gateway's spelling.

        :raises NumberProblem: why it may not; without the number
        """
        number = checks.number_to_text(self._settings, value)
        if problem := checks.unlisted_problem(self._settings, number):
            raise NumberProblem(problem)
        return number

    def content_problem(self, content: object) -> str | None:
        """Return what is wrong with the words of a message, or None."""
        return checks.content_problem(content)

    def body(self, number: str, content: str, pairs: Mapping[str, str]) -> dict[str, Any]:
        """
        Return a message as the gateway wants it; nothing is checked again.

        :param number: as ``recipient`` returned it
        :param content: words that ``content_problem`` found nothing wrong with
        :param pairs: the message's metadata
        """
        body: dict[str, Any] = {"destination": number, "content": content}
        if pairs:
            body["metadata"] = [{"key": key, "value": value} for key, value in pairs.items()]
        body.update(self._shared)
        return body
