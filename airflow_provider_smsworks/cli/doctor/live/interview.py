"""What all questions to the real gateway share: how they text, and how they look for it."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable
from typing import Any

from airflow_provider_smsworks.api.errors import SmsWorksError
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.cli.doctor.line import Line
from airflow_provider_smsworks.cli.doctor.live.plan import Plan
from airflow_provider_smsworks.cli.doctor.live.watching import Watched, watch
from airflow_provider_smsworks.cli.doctor.report import Report, Sent
from airflow_provider_smsworks.sending.identity import KEY_PAIR, pairs_of

_CLOCKS_DIFFER = dt.timedelta(days=1)
"""More than operators allow for, so that a clock that is too wrong for them is seen."""


class Interview:
    """
    One interview of the gateway.

    :ivar lags: seconds after which searches showed each text; infinity: not in time
    """

    def __init__(self, conn_id: str, line: Line, wanted: Plan, report: Report) -> None:
        self.conn_id = conn_id
        self.line = line
        self.plan = wanted
        self.report = report
        self.lags: list[float] = []
        self.is_recognised = True

    def pairs(self) -> dict[str, str]:
        """Return the metadata of a text, as operators send it."""
        return pairs_of(self.conn_id, uuid.uuid4().hex)

    def send(self, what: str, content: str, send: Callable[[], Record]) -> tuple[Record | None, float]:
        """
        Send one text, once.

        :return: the answer, or what a search found if it was lost, or None: it did not go out, or nobody knows; and
            when that was, in seconds since 1970
        """
        began = time.time()
        try:
            answer = send()
        except SmsWorksError as error:
            if error.nothing_sent:
                self.report.went_out(Sent(what, "refused"))
                self.report.add("wrong", "live", f"{what} was not sent: {error}")
                return None, began
            self.report.say(f"\nNo answer to {what}; looking whether it went out ...")
            return self._look_for_lost(what, content, began, error), began
        except KeyboardInterrupt:
            self.report.went_out(Sent(what, "unknown"))
            raise
        heard = self.line.heard
        self.report.went_out(Sent(what, "accepted", answer.get("message_id") or answer.get("batch_id")))
        # Rather too early: a lag that is measured too short would make somebody send again.
        return answer, began if heard is None else heard.began

    def find(self, content: str, **query: Any) -> Record | None:
        """Search for a text of this interview, by its words, which nobody else's has."""
        since = dt.datetime.now(dt.UTC) - _CLOCKS_DIFFER
        for message in self.line.search(to=f"+{self.plan.phone}", since=since, **query):
            if message["status"] != "INCOMING" and code_of(content) in (message["content"] or ""):
                return message
        return None

    def watch(self, content: str, began: float) -> Watched[Record]:
        """Search for a text until it shows."""
        return watch(lambda: self.find(content), began, self.plan.wait)

    def filter_reading(self, content: str, pairs: dict[str, str]) -> str | None:
        """Tell whether a search by metadata filters: ``filters``, ``ignored``, or None: it finds nothing at all."""
        if self.find(content, metadata={KEY_PAIR: uuid.uuid4().hex}) is not None:
            return "ignored"
        return "filters" if self.find(content, metadata={KEY_PAIR: pairs[KEY_PAIR]}) is not None else None

    def _look_for_lost(self, what: str, content: str, began: float, error: SmsWorksError) -> Record | None:
        sent = Sent(what, "unknown")
        try:
            watched = self.watch(content, began)
            if watched.found is not None:
                sent = Sent(what, "found", watched.found["message_id"])
                return watched.found
        except SmsWorksError as failed:
            error = failed
        finally:
            self.report.went_out(sent)
        self.report.add(
            "wrong",
            "live",
            f"whether {what} went out is not known, and searches did not show it within {self.plan.wait:g} seconds; it"
            f" is not sent again, and what would text after it is not asked ({error})",
            "look at the phone and at the account page before you run this again",
        )
        return None


def code_of(content: str) -> str:
    """Return the letters that make a text of this interview unlike any other."""
    return content.partition("(")[2].partition(")")[0]
