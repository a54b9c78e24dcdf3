"""Wait in the triggerer until an approval is answered by text, or its time is over."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from airflow.providers.common.compat.sdk import timezone
from airflow.triggers.base import BaseTrigger, TriggerEvent
from asgiref.sync import sync_to_async

from airflow_provider_smsworks.api.errors import SmsWorksError
from airflow_provider_smsworks.api.masking import mask_number
from airflow_provider_smsworks.hooks.smsworks import DEFAULT_CONN_ID
from airflow_provider_smsworks.inbox.shared import Inbox
from airflow_provider_smsworks.questions.answers import Choices, is_stop
from airflow_provider_smsworks.questions.codes import codes_in, without_code
from airflow_provider_smsworks.sending.identity import blind
from airflow_provider_smsworks.subjects.arrived import Arrived
from airflow_provider_smsworks.triggers.base import HOLD

BY_TEXT = "_sms"
"""Under this name the answer in Airflow's database says that it came by text, and from whom (masked)."""

MOST_ATTEMPTS = 10
"""After so many texts of a phone that are no answer, nothing more is taken from it: somebody may be trying codes."""

_LONGEST_PAUSE = 60.0


class SmsWorksApprovalTrigger(BaseTrigger):
    """
    Wait until somebody approves by text, or the time is over.

    An answer in Airflow's UI does not come this way: Airflow itself resumes the task then, and ends this trigger.
    Yields one event: the answer, as Airflow's own trigger has it; or ``unclear``, the id of a text that is no answer,
    for the task to reply to, once for each phone.

    The answer is written to Airflow's database before the event. If the triggerer dies at any step, another one reads
    there whether it was, and else finds the text again.

    :param ti_id: of the task instance, whose answer is waited for
    :param phones: of the phones that may answer, ``subjects.arrived.fingerprint``, and fingerprints of their codes:
        Airflow keeps the arguments of triggers readable
    :param options: what may be answered
    :param defaults: what is answered when the time is over; None: that is an error
    :param deadline: ISO 8601 with offset, when that is; None: never
    :param since: ISO 8601 with offset, when the request went out
    :param passed: ids of texts that were looked at
    :param quiet: phones that were told once how to reply
    :param poll_interval: seconds between two looks at the beginning; it grows with the wait, up to a minute
    :param result: what the task knew when it deferred
    """

    def __init__(
        self,
        *,
        ti_id: str,
        phones: Mapping[str, Sequence[str]],
        options: Sequence[str],
        defaults: Sequence[str] | None,
        deadline: str | None,
        since: str,
        passed: Sequence[str] = (),
        quiet: Sequence[str] = (),
        smsworks_conn_id: str = DEFAULT_CONN_ID,
        poll_interval: float = 5.0,
        result: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.arguments: dict[str, Any] = {
            "ti_id": str(ti_id),
            "phones": {phone: list(codes) for phone, codes in phones.items()},
            "options": list(options),
            "defaults": None if defaults is None else list(defaults),
            "deadline": deadline,
            "since": since,
            "passed": list(passed),
            "quiet": list(quiet),
            "smsworks_conn_id": smsworks_conn_id,
            "poll_interval": poll_interval,
            "result": dict(result or {}),
        }
        self._ti_id: Any = str(ti_id)
        self._phones = phones
        self._choices = Choices(tuple(options))
        self._defaults = defaults
        self._deadline = deadline and dt.datetime.fromisoformat(deadline)
        self._since = dt.datetime.fromisoformat(since)
        self._passed = set(passed)
        self._quiet = frozenset(quiet)
        self._attempts: Counter[str] = Counter()
        self._began = time.monotonic()

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what another triggerer needs to go on with this wait."""
        return f"{type(self).__module__}.{type(self).__qualname__}", self.arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield the one event of this wait."""
        self._began = time.monotonic()
        event = await self._event()
        # Else the scheduler may take the resumed task for a lost one; see HOLD.
        await asyncio.sleep(max(0.0, HOLD - (time.monotonic() - self._began)))
        yield TriggerEvent({**event, "result": self.arguments["result"]})

    async def _event(self) -> dict[str, Any]:
        # It may have been answered before this trigger ran, or by one that died before its event was safe.
        if answered := await self._answered():
            return answered
        inbox = Inbox.of(self.arguments["smsworks_conn_id"])
        member = inbox.join(self._since, self._pause)
        try:
            while self._left > 0:
                try:
                    texts = await member.texts(min(self._left, _LONGEST_PAUSE))
                    marks = {phone.partition(":")[0] for phone in self._phones}
                    for mark in marks:
                        await inbox.settings_with(mark)
                except SmsWorksError:
                    # The inbox says so, and goes on trying; meanwhile somebody may answer in the UI.
                    continue
                if missing := marks - set(inbox.known):
                    self.log.warning(
                        "The token of connection `%s` has changed, and with it what stood for %d of the phones: their"
                        " texts are not taken. Answer in Airflow, or clear the task to ask anew.",
                        inbox.conn_id,
                        sum(phone.partition(":")[0] in missing for phone in self._phones),
                    )
                for text in sorted(texts, key=lambda text: text.order):
                    if event := await self._take(text, inbox):
                        return event
        finally:
            member.leave()
        return await self._time_is_over()

    @property
    def _left(self) -> float:
        if not self._deadline:
            return _LONGEST_PAUSE
        left: float = (self._deadline - timezone.utcnow()).total_seconds()
        return left

    def _pause(self) -> float:
        waited = time.monotonic() - self._began
        pause = max(float(self.arguments["poll_interval"]), min(waited / 10, _LONGEST_PAUSE))
        return min(pause, max(self._left, 0.0))

    async def _take(self, text: Arrived, inbox: Inbox) -> dict[str, Any] | None:
        """Return the event of a text, if it is one that concerns this request."""
        if not text.is_incoming or text.message_id in self._passed or not text.came_since(self._since):
            return None
        phone = next((phone for phone in self._phones if text.comes_from(phone)), None)
        if phone is None or is_stop(text.content):
            return None
        if self._attempts[phone] >= MOST_ATTEMPTS:
            return None
        self._passed.add(str(text.message_id))
        option = self._option(text, phone, inbox)
        if option is not None:
            return await self._answer([option], text)
        self._attempts[phone] += 1
        if self._attempts[phone] == MOST_ATTEMPTS:
            self.log.warning("No more texts of %s are taken: too many were no answer.", mask_number(text.from_number))
        return None if phone in self._quiet else {"unclear": text.message_id}

    def _option(self, text: Arrived, phone: str, inbox: Inbox) -> str | None:
        secret = inbox.known[phone.partition(":")[0]].secrets[-1]
        for code in codes_in(text.content):
            if code_mark(secret, code) in self._phones[phone]:
                return self._choices.read(without_code(text.content, code) or "", exactly=True)
        return None

    async def _answer(self, options: Sequence[str], text: Arrived | None) -> dict[str, Any]:
        """Write the answer down, unless somebody was first; return the one that counts."""
        from airflow.sdk.exceptions import AirflowRuntimeError
        from airflow.sdk.execution_time.hitl import update_hitl_detail_response

        by_text = text and {"from": mask_number(text.from_number), "message_id": text.message_id}
        extra = {BY_TEXT: by_text} if by_text else {}
        try:
            written = await sync_to_async(update_hitl_detail_response)(self._ti_id, list(options), extra)
        except AirflowRuntimeError:
            # Somebody was first.
            answered = await self._answered()
            if answered is None:
                raise
            return answered
        return _payload(written)

    async def _answered(self) -> dict[str, Any] | None:
        from airflow.sdk.execution_time.hitl import get_hitl_detail_content_detail

        detail = await sync_to_async(get_hitl_detail_content_detail)(self._ti_id)
        return _payload(detail) if detail.response_received else None

    async def _time_is_over(self) -> dict[str, Any]:
        if self._defaults is not None:
            return await self._answer(self._defaults, None)
        return await self._answered() or {"error": "Nobody answered in time.", "error_type": "timeout"}


def code_mark(secret: str, code: str) -> str:
    """Return what stands for a code in the arguments of a trigger."""
    return blind(secret, "approval", code)


def _payload(detail: Any) -> dict[str, Any]:
    """Return the event of an answer, in the shape of Airflow's own."""
    given = dict(detail.params_input or {})
    by_text, user = given.get(BY_TEXT), detail.responded_by_user
    return {
        "chosen_options": list(detail.chosen_options or []),
        "params_input": given,
        "responded_at": detail.responded_at,
        "responded_by_user": {"id": user.id, "name": user.name} if user else None,
        "timedout": user is None and by_text is None,
    }
