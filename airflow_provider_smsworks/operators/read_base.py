"""What all operators that do not send have in common: what they were asked, and what they may return."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.providers.common.compat.sdk import Context

from airflow_provider_smsworks.api.errors import (
    SmsWorksAccountError,
    SmsWorksAuthError,
    SmsWorksCreditError,
    SmsWorksError,
    SmsWorksNotFoundError,
    SmsWorksValidationError,
)
from airflow_provider_smsworks.operators.base import SmsWorksBaseOperator
from airflow_provider_smsworks.rendered import NOTHING, is_nothing
from airflow_provider_smsworks.showing import shown

if TYPE_CHECKING:
    from airflow_provider_smsworks.api.records.fields import Record

R = TypeVar("R")

CHANGES_COLOR = "#fbe6cf"
"""Of the operators that take something away: a message, a schedule."""


class SmsWorksRequestOperator(SmsWorksBaseOperator):
    """What all operators have in common that ask the gateway for something and do not send."""

    def asked(self, *names: str) -> dict[str, Any]:
        """
        Return the fields of these names as the author gave them, rendered.

        None means that a field was not given. One that was given and rendered to nothing is an error: a search without
        the number that was meant would find everybody's messages.

        :raises SmsWorksValidationError: naming the fields
        """
        values = self.given(*names)
        empty = [
            name
            for name, value in values.items()
            if name in self.rendered_to_nothing or (value is not None and is_nothing(value))
        ]
        if empty:
            raise SmsWorksValidationError([f"`{name}` {NOTHING}" for name in empty])
        return values

    def look(self, read: Callable[[], R], **identifier: Any) -> R:
        """
        Read what may be so new that the gateway does not show it yet: if there is nothing, once more after a moment.

        :param identifier: the field that names it, and its value
        :raises SmsWorksNotFoundError: there is nothing by this id
        """
        try:
            if found := read():
                return found
        except SmsWorksNotFoundError:
            pass
        seconds = self.hook.settings.search_lag
        self.log.info("There is nothing yet; asking again in %g seconds, in case it is new.", seconds)
        time.sleep(seconds)
        try:
            return read()
        except SmsWorksNotFoundError:
            [(name, value)] = identifier.items()
            raise SmsWorksNotFoundError(
                f"The gateway knows nothing by this id: {value} (`{name}`). Check it; messages and reports are deleted"
                " after 3 months."
            ) from None


class SmsWorksReadOperator(SmsWorksRequestOperator):
    """
    What all operators that read messages have in common.

    :param reveal: whether the result has phone numbers in full, and what no document mentions. Results are kept in
        XCom, where whoever may see the Dag can read them. To answer a text nobody needs its number: give
        ``reply_to=<message id>`` to the operator that sends
    :param smsworks_conn_id: the connection (templated)
    """

    def __init__(self, *, reveal: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reveal = reveal

    def one(self, record: Record) -> Record:
        """Return a record as the result, and log what it is."""
        name, identifier = next(((key, value) for key, value in record.items() if key.endswith("_id")), ("", None))
        self.log.info("%s %s: %s.", name.removesuffix("_id").capitalize(), identifier, record["status"])
        return shown(record, self.reveal)

    def many(self, records: Sequence[Record], what: str = "message(s)") -> list[Record]:
        """Return records as the result, and log how many there are of each status."""
        statuses = Counter(record["status"] or "without a status" for record in records)
        counts = ", ".join(f"{count:,} {status}" for status, count in statuses.most_common())
        self.log.info("%s %s%s.", f"{len(records):,}", what, f": {counts}" if counts else "")
        return [shown(record, self.reveal) for record in records]


def is_repeat(context: Context) -> bool:
    """Tell whether an earlier try of this task may have done already what it is about to do."""
    return (context["ti"].try_number or 1) > 1


def says_unknown(error: SmsWorksError) -> bool:
    """
    Tell whether an error may mean that the gateway knows nothing by an id, or that there is nothing left to do.

    The documents have a 400 for it in places, and do not say what is in it.
    """
    others = SmsWorksAuthError | SmsWorksCreditError | SmsWorksAccountError
    return error.http_status in (400, 404) and not isinstance(error, others)
