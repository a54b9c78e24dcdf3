"""Start a Dag when a text comes in."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator, Hashable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.triggers import BaseEventTrigger
from airflow.triggers.base import TriggerEvent

from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.masking import mask_number
from airflow_provider_smsworks.hooks.smsworks import DEFAULT_CONN_ID
from airflow_provider_smsworks.inbox.shared import Inbox
from airflow_provider_smsworks.inbox.stream import rounds
from airflow_provider_smsworks.inbox.watch import Store, Watch, name_of
from airflow_provider_smsworks.subjects.arrived import Arrived, fingerprint
from airflow_provider_smsworks.subjects.incoming import IncomingText

if TYPE_CHECKING:
    from airflow.triggers.shared_stream import SharedStreamProducer


class SmsWorksInboxTrigger(BaseEventTrigger):
    """
    Tell every text that comes in and fits everything that is given, for an ``AssetWatcher`` (Airflow 3.0 and newer).

    .. code-block:: python

        orders = Asset(
            "orders_by_text",
            watchers=[AssetWatcher(name="orders", trigger=SmsWorksInboxTrigger(keyword="order"))],
        )


        @dag(schedule=[orders])
        def on_order(): ...

    One event for each text: ``message_id``, ``from`` and ``to`` (both masked) and ``received``. The first task of the
    Dag should be :class:`~.operators.inbox.SmsWorksEachTextOperator`: one run may stand for several events, and the
    same event may come twice.

    Looking does not mark texts as read. A watcher tells what comes from its beginning on. From Airflow 3.3 on where it
    is is written down with its asset, after its events are safe: a triggerer that dies, or starts late, loses nothing,
    and tells again at most what it told in its last seconds. All watchers of a connection share one poll, and share it
    with all waits for texts. Airflow 3.0 to 3.2 keep nothing of a watcher: whenever the triggerer starts, the texts of
    the last hour are told again, and what came while it was away for longer is lost.

    A text is found that becomes visible up to an hour late. A new watcher may tell a text of before its beginning that
    nobody had seen by then, and pass over one that comes before its first look while the gateway's clock is behind.
    While the gateway cannot be reached, or the connection is wrong, the watcher goes on trying.

    A task can defer with it as well, and is resumed by the first text that comes from then on and fits.

    The arguments stand in the serialized Dag as they stand in its file, a number in ``from_number`` too.

    :param smsworks_conn_id: the connection
    :param from_number: the phone, in any spelling
    :param to_number: the account's own number that it is sent to
    :param keyword: the gateway's keyword, or the first word of the text; capitals do not matter
    :param pattern: a regular expression that is found in the text (``re.search``). It runs on the triggerer's event
        loop: one that backtracks for ever stops all of its triggers
    :param poll_interval: seconds between two looks; of all who share a poll the shortest counts
    :raises SmsWorksValidationError: naming the arguments that are wrong
    """

    def __init__(
        self,
        *,
        smsworks_conn_id: str = DEFAULT_CONN_ID,
        from_number: str | None = None,
        to_number: str | None = None,
        keyword: str | None = None,
        pattern: str | None = None,
        poll_interval: float = 5.0,
    ) -> None:
        super().__init__()
        _check(from_number=from_number, to_number=to_number, keyword=keyword, pattern=pattern)
        self.smsworks_conn_id = smsworks_conn_id
        self.from_number = from_number
        self.to_number = to_number
        self.keyword = keyword
        self.pattern = pattern
        self.poll_interval = poll_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what the triggerer needs."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {
            "smsworks_conn_id": self.smsworks_conn_id,
            "from_number": self.from_number,
            "to_number": self.to_number,
            "keyword": self.keyword,
            "pattern": self.pattern,
            "poll_interval": self.poll_interval,
        }

    def __repr__(self) -> str:
        """Name the trigger without its arguments: they may name a phone."""
        return f"<{type(self).__qualname__} at {self.smsworks_conn_id}>"

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Tell every text; before Airflow 3.3, which has no shared streams."""
        inbox = Inbox.of(self.smsworks_conn_id)
        async with aclosing(rounds(inbox, self.poll_interval)) as all_rounds:
            async for event in self.filter_shared_stream(all_rounds):
                yield event

    def shared_stream_key(self) -> Hashable:
        """Return what all watchers of a connection have in common."""
        return ("smsworks_inbox", self.smsworks_conn_id)

    @classmethod
    def create_shared_stream_producer(cls, kwargs: dict[str, Any]) -> SharedStreamProducer:
        """Return what lets all watchers of a connection look, and knows when their events are safe."""
        # Deferred: Airflow before 3.3 has none, and does not ask.
        from airflow_provider_smsworks.inbox.stream import InboxStream

        return InboxStream(kwargs["smsworks_conn_id"])

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Any]) -> AsyncIterator[TriggerEvent]:
        """Tell every text that fits, round by round."""
        watch = self._watch()
        Inbox.of(self.smsworks_conn_id).nudge()
        try:
            async for round_ in shared_stream:
                texts = await watch.texts()
                for text in texts:
                    yield _event(text)
                if texts:
                    # There may be more; and the next round writes down at once that these are safe.
                    round_.again()
        finally:
            watch.leave()

    def _watch(self) -> Watch:
        _, arguments = self.serialize()
        del arguments["poll_interval"]
        inbox = Inbox.of(self.smsworks_conn_id)
        # A task of yours may defer with this trigger, too: then it begins now.
        is_watcher = self.task_instance is None
        has_store = hasattr(self, "asset_state_store")
        return Watch(
            inbox,
            self._filters,
            self._stores(),
            name_of(arguments),
            self.poll_interval,
            self.log,
            may_have_begun=is_watcher and not has_store,
        )

    def _filters(self, inbox: Inbox) -> IncomingText:
        from airflow_provider_smsworks.api.requests.checks import Check

        [*_, settings] = inbox.known.values()
        check = Check(settings)
        from_number = check.number_of_search("from_number", self.from_number)
        to_number = check.number_of_search("to_number", self.to_number)
        check.done()
        return IncomingText(
            since=dt.datetime.min.replace(year=1970, tzinfo=dt.UTC).isoformat(),
            sender=from_number and fingerprint(settings, from_number),
            to_number=to_number,
            keyword=self.keyword,
            pattern=self.pattern,
        )

    def _stores(self) -> Sequence[Store]:
        accessors = getattr(self, "asset_state_store", None)
        if accessors is None:
            return []
        # One watcher of several assets: Airflow offers no public way to ask which.
        return [*accessors._by_name.values(), *accessors._by_uri.values()]


def _event(text: Arrived) -> TriggerEvent:
    return TriggerEvent(
        {
            "message_id": text.message_id,
            "from": mask_number(text.from_number),
            "to": mask_number(text.to_number),
            "received": text.moment and text.moment.isoformat(),
        }
    )


def _check(**given: str | None) -> None:
    """Raise if an argument is wrong; whether a number is one depends on the connection, which is read later."""
    problems = [f"`{name}` is empty, and would let any text through" for name, value in given.items() if value == ""]
    if given["keyword"] and not re.fullmatch(r"\w+", given["keyword"]):
        problems.append("`keyword` must be one word: give a `pattern` for anything else")
    try:
        re.compile(given["pattern"] or "")
    except re.error as error:
        problems.append(f"`pattern` is no regular expression: {error}")
    if problems:
        raise SmsWorksValidationError(problems)
