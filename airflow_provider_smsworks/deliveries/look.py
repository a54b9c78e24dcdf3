"""One look for everybody who is due: batch by batch, page by page, and what is left one by one."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

from airflow_provider_smsworks.api.errors import (
    SmsWorksAuthError,
    SmsWorksConfigError,
    SmsWorksError,
    SmsWorksRateLimitError,
    SmsWorksUnavailableError,
)
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.deliveries.connection import Connection
from airflow_provider_smsworks.deliveries.member import MARKED, PLAIN, Member
from airflow_provider_smsworks.deliveries.reading import Breath, id_of
from airflow_provider_smsworks.deliveries.search import FEWEST, LADDER, Group, Search, Worth, level_of, not_shown
from airflow_provider_smsworks.sending.identity import MARK_PAIR, mark_of
from airflow_provider_smsworks.subjects.subject import Call

_MOST_READS = 50
_ABREAST = 5
"""So many reads at a time: one that stalls does not hold up all others."""

_IN_A_ROW = 3
"""So many failures and nothing else: it is the gateway, and not one message."""

_SECONDS_A_PAGE = 0.25
_SECONDS_A_READ = 0.1

_Question: TypeAlias = tuple[str, str]


class GatewayIll(Exception):
    """Whoever is asked, nobody would get an answer now; ``error`` says why."""

    def __init__(self, error: SmsWorksError) -> None:
        super().__init__(str(error))
        self.error = error


class Look:
    """
    One look.

    :param by_id: all who wait for a message, by its id
    :param settings: of the connection
    :ivar seconds: how long to leave the gateway alone after it, for what it was asked
    """

    def __init__(
        self, connection: Connection, worth: Worth, by_id: Mapping[str, Sequence[Member]], settings: Settings
    ) -> None:
        self.seconds = 0.0
        self._connection = connection
        self._worth = worth
        self._by_id = by_id
        self._settings = settings
        self._has_answers = False

    async def look(self, due: Sequence[Member]) -> None:
        """
        Ask for those who are due. Who cannot be served this time stays due.

        :raises GatewayIll: this look is of no use
        """
        now = time.monotonic()
        for member in due:
            member.wants = not member.is_over
        last = [member for member in due if member.is_last(now)]
        # The last word on a message is the gateway's own on it, unless that is too much to ask.
        alone = set(last) if len(last) <= _MOST_READS else set()
        messages = [member for member in due if member.message_id is not None and member not in alone]
        await self._by_batch(messages)
        await self._by_search(messages)
        await self._one_by_one(sorted(_wanting(due), key=lambda member: (not member.is_last(now), member.due)))

    async def _by_batch(self, members: Iterable[Member]) -> None:
        batches: dict[str, list[Member]] = defaultdict(list)
        for member in _wanting(members):
            if member.batch_id is not None:
                batches[member.batch_id].append(member)
        for batch_id, those in batches.items():
            if len(those) >= FEWEST:
                self.seconds += _SECONDS_A_READ
                try:
                    await self._take_page(await self._connection.batch(batch_id))
                except SmsWorksRateLimitError as error:
                    raise GatewayIll(error) from None
                except SmsWorksError:
                    continue  # reading them one by one says what is wrong

    async def _by_search(self, members: Sequence[Member]) -> None:
        places: dict[tuple[int, int], list[Member]] = defaultdict(list)
        breath = Breath()
        for member in _wanting(members):
            places[member.found_by, level_of(member)].append(member)
            await breath.take()
        try:
            for found_by in (MARKED, PLAIN):
                for level in range(len(LADDER) + 1):
                    group = Group(level, found_by, _wanting(places[found_by, level]))
                    if self._worth.is_worth(group):
                        await self._search(group)
                        for member in _wanting(group.members):
                            # It may have moved on to a place that comes later.
                            places[member.found_by, level_of(member)].append(member)
        except SmsWorksRateLimitError as error:
            raise GatewayIll(error) from None
        except SmsWorksError:
            self._worth.broken()  # reading one by one says whether the gateway is

    async def _search(self, group: Group) -> None:
        search = Search(self._worth, group)
        if group.found_by == MARKED:
            search.query["metadata"] = {MARK_PAIR: mark_of(self._connection.conn_id)}
        missing, goes_on = group.members, True
        while goes_on:
            self.seconds += _SECONDS_A_PAGE
            page = await self._connection.search(**search.query, skip=search.skip or None)
            await self._take_page(page)
            missing = _wanting(missing)
            goes_on = search.goes_on(page, len(missing))
        if search.is_complete:
            now = time.monotonic()
            not_shown(group.found_by, missing, self._settings.search_lag, lambda member: member.postpone(now))

    async def _take_page(self, page: Sequence[Any]) -> None:
        """Tell everybody what a list says, also those who are not due."""
        self._has_answers = True
        now, breath = time.monotonic(), Breath()
        for message in page:
            for member in self._by_id.get(id_of(message) or "", ()):
                if not member.is_over:
                    member.take_listed(message, self._settings, now)
            await breath.take()

    async def _one_by_one(self, members: Iterable[Member]) -> None:
        asked: dict[_Question, list[Member]] = defaultdict(list)
        now, breath = time.monotonic(), Breath()
        for member in members:
            member.ask(self._settings, now)
            if member.asks is not None:
                asked[_question(member.asks)].append(member)
            await breath.take()
        for _ in range(0, _MOST_READS, _ABREAST):
            questions = list(islice(asked, _ABREAST))
            if not questions:
                break
            answers = await asyncio.gather(*(self._read(question) for question in questions))
            self._check(answers, is_all=len(questions) == len(asked))
            for question, answer in zip(questions, answers, strict=True):
                for member in asked.pop(question):
                    await self._tell(member, answer)
                    if member.asks is not None and not member.is_over:
                        asked[_question(member.asks)].append(member)

    async def _read(self, question: _Question) -> Any:
        self.seconds += _SECONDS_A_READ
        method, name = question
        try:
            if method == "get_batch":
                return await self._connection.batch(name)
            return await self._connection.message(name)
        except SmsWorksError as error:
            return error
        except Exception as error:  # as the trigger of one wait would meet it, and the others not
            return SmsWorksUnavailableError(f"it cannot be read now ({type(error).__name__})")

    def _check(self, answers: Sequence[Any], *, is_all: bool) -> None:
        """
        Give up if the errors are not those of single messages.

        :param is_all: whether nobody is left to be asked for
        """
        errors = [answer for answer in answers if isinstance(answer, SmsWorksError)]
        for error in errors:
            if isinstance(error, SmsWorksRateLimitError):
                raise GatewayIll(error)
        ill = [
            error for error in errors if error.transient or isinstance(error, SmsWorksAuthError | SmsWorksConfigError)
        ]
        if len(ill) < len(answers):
            self._has_answers = True
        elif len(ill) >= _IN_A_ROW or (is_all and not self._has_answers):
            raise GatewayIll(ill[0])

    async def _tell(self, member: Member, answer: Any) -> None:
        now = time.monotonic()
        if member.is_over or member.asks is None:
            return
        if isinstance(answer, SmsWorksError):
            member.failed(answer, self._settings, now)
        elif isinstance(answer, list):
            await member.take_batch(answer, self._settings, now)
        else:
            member.take(answer, self._settings, now)


def _wanting(members: Iterable[Member]) -> list[Member]:
    return [member for member in members if member.wants]


def _question(call: Call) -> _Question:
    [name] = call.arguments.values()
    return call.method, str(name)
