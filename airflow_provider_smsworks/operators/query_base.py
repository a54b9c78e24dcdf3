"""What the operators have in common that look for messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_smsworks.api.masking import mask_numbers
from airflow_provider_smsworks.api.statuses import is_known
from airflow_provider_smsworks.operators.base import SmsWorksBaseOperator, show_label, show_names, show_number
from airflow_provider_smsworks.operators.read_base import SmsWorksReadOperator

if TYPE_CHECKING:
    from airflow_provider_smsworks.api.records.fields import Record

_QUERY = ("status", "credits", "to", "sender", "keyword", "since", "until", "limit", "skip", "unread", "metadata")


class SmsWorksQueryOperator(SmsWorksReadOperator):
    """
    What the operators have in common that look for messages.

    The parameters are described at ``SmsWorksSearchMessagesOperator``.
    """

    template_fields: Sequence[str] = ("smsworks_conn_id", *_QUERY)
    # An incoming message's sender is somebody's phone.
    harmless_fields = SmsWorksBaseOperator.harmless_fields - {"sender"}
    shown_as = {
        "status": str,
        "credits": str,
        "to": show_number,
        "sender": show_label,
        "keyword": show_label,
        "since": str,
        "until": str,
        "limit": str,
        "skip": str,
        "unread": str,
        "metadata": show_names,
    }

    def __init__(
        self,
        *,
        status: str | None = None,
        credits: float | str | None = None,
        to: str | int | None = None,
        sender: str | int | None = None,
        keyword: str | None = None,
        since: dt.datetime | str | None = None,
        until: dt.datetime | str | None = None,
        limit: int | str | None = None,
        skip: int | str | None = None,
        unread: bool | str | None = None,
        metadata: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.status = status
        self.credits = credits
        self.to = to
        self.sender = sender
        self.keyword = keyword
        self.since = since
        self.until = until
        self.limit = limit
        self.skip = skip
        self.unread = unread
        self.metadata = metadata

    def query(self) -> dict[str, Any]:
        """Return what to look for."""
        given = self.asked(*_QUERY)
        status = given["status"]
        if isinstance(status, str) and not is_known(status):
            self.log.warning(
                "No document of the gateway mentions the `status` %s: it may find nothing.", mask_numbers(status)
            )
        return {name: _typed(name, value) for name, value in given.items() if value is not None}

    def read_all(self, read: Callable[..., list[Record]]) -> list[Record]:
        """
        Read all pages of what is looked for, or the one that was asked for.

        :param read: the hook's method
        """
        # Deferred: a Dag file that only names an operator should not pay for what runs later.
        from airflow_provider_smsworks.api.paging import read_pages
        from airflow_provider_smsworks.api.requests.lookups import MAX_LIMIT

        query = self.query()
        if "limit" in query or "skip" in query:
            return read(**query)
        found: list[Record] = []
        read_pages(lambda skip: read(**query, limit=MAX_LIMIT, skip=skip), found.extend)
        return found


def _typed(name: str, value: Any) -> Any:
    """Return what a template made text of as what it was; what is something else stays, and is refused by its name."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if name in ("limit", "skip") and text.isascii() and text.isdecimal():
        return int(text)
    if name == "unread" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if name == "credits":
        try:
            return float(text)
        except ValueError:
            return value
    return value
