"""
Which searches find many of the awaited messages with few calls.

Whether searches filter by metadata, or at all, how they order, how long their pages are: the documents leave that
open, and nothing here relies on it. A message that a search shows is read; one that it does not show, for whatever
reason, is read by its id. So a search can be worth its calls or not, and never wrong. It goes on as long as a page
shows several of the messages, or the pages that are left are fewer than the messages that it has not shown yet.
"""

from __future__ import annotations

import datetime as dt
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from airflow_provider_smsworks.api.requests.lookups import MAX_LIMIT
from airflow_provider_smsworks.deliveries.member import ALONE, MARKED, PLAIN, Member
from airflow_provider_smsworks.deliveries.reading import created

LADDER = (60.0, 900.0, 3 * 3600.0, 24 * 3600.0, 3 * 86400.0)
"""
Seconds. Messages of about the same age are searched for together: the old ones are rarely due.

Of one whose age is not known, each step is tried: how long before its wait it was sent. The last is as long as
networks try.
"""

FEWEST = 3
"""Fewer are read one by one."""

_FEWEST_OF_ANY_AGE = 10
_MARGIN = 2.0
"""Seconds. The gateway's dates may be whole seconds."""

_POOR_FOR = 60.0
_MOST_PAGES = 100


class Window(NamedTuple):
    """
    From when to when messages were sent.

    :param since: by the gateway's clock, in seconds since 1970
    :param until: None: there is no end
    """

    since: float
    until: float | None

    @property
    def length(self) -> float:
        """Seconds."""
        return max(0.0, (self.until or time.time()) - self.since)

    def query(self) -> dict[str, dt.datetime]:
        """Return it as arguments of a search."""
        ends = {"since": self.since, "until": self.until}
        return {name: dt.datetime.fromtimestamp(end, dt.UTC) for name, end in ends.items() if end is not None}


class Group(NamedTuple):
    """Messages that one search may show."""

    level: int
    found_by: int
    members: list[Member]

    @property
    def window(self) -> Window:
        """When all of them were sent."""
        known = [member.created for member in self.members if member.created is not None]
        joined = [member.joined for member in self.members if member.created is None]
        since = [moment - _MARGIN for moment in known] + [moment - LADDER[self.level] for moment in joined]
        until = [moment + _MARGIN for moment in known]
        if joined:
            if self.level == 0:
                return Window(min(since), None)
            until += [moment - LADDER[self.level - 1] + _MARGIN for moment in joined]
        return Window(min(since), max(until))


def level_of(member: Member) -> int:
    """Return which step of the ladder a message is on; one beyond the last is older."""
    return member.level if member.created is None else bisect_left(LADDER, time.time() - member.created)


class Worth:
    """What is known about searches on a connection: where they were not worth their calls, how long their pages are."""

    def __init__(self) -> None:
        self._poor: dict[tuple[int, int], tuple[float, int]] = {}
        self._longest = 0
        self._broken_until = 0.0

    def broken(self) -> None:
        """Do without searches for a while: they fail."""
        self._broken_until = time.monotonic() + _POOR_FOR

    def mended(self) -> None:
        """Try searches again: everything failed, not only they."""
        self._broken_until = 0.0

    def is_worth(self, group: Group) -> bool:
        """Tell whether a search may take fewer calls than reading one by one."""
        if time.monotonic() < self._broken_until:
            return False
        fewest = FEWEST
        if group.level > 0 and all(member.created is None for member in group.members):
            fewest = _FEWEST_OF_ANY_AGE
        until, as_many = self._poor.get((group.level, group.found_by), (0.0, 0))
        if time.monotonic() < until:
            fewest = max(fewest, 2 * as_many)
        return len(group.members) >= fewest

    def poor(self, group: Group) -> None:
        """Do not repeat a search for so few for a while."""
        self._poor[group.level, group.found_by] = (time.monotonic() + _POOR_FOR, len(group.members))

    def is_last(self, page: Sequence[Any]) -> bool:
        """Tell whether there is no page after this one: pages are as long as the longest, but for the last one."""
        longest, self._longest = self._longest, max(self._longest, len(page))
        return len(page) < longest or not page


class Search:
    """
    One search, page by page.

    :ivar skip: how many messages to leave out at the next page
    :ivar is_complete: whether it has shown all that it can show
    """

    def __init__(self, worth: Worth, group: Group) -> None:
        self.skip = 0
        self.is_complete = False
        self.query = {**group.window.query(), "limit": MAX_LIMIT}
        self._worth = worth
        self._group = group
        self._pages = 0
        self._first: Any = None
        self._missing = len(group.members)

    def goes_on(self, page: Sequence[Any], missing: int) -> bool:
        """
        Take a page, and tell whether the next one is worth its call.

        :param missing: how many of the group no page has shown so far
        """
        self._pages += 1
        self.skip += len(page)
        is_last = self._worth.is_last(page)
        # The same page again: the gateway ignores what to skip.
        self.is_complete = is_last or page[0] == self._first
        if self.is_complete or not missing:
            return False
        self._first = page[0]
        shown, self._missing = self._missing - missing, missing
        if shown > 1 or self._pages_left(page) <= missing:
            return self._pages < _MOST_PAGES
        self._worth.poor(self._group)
        return False

    def _pages_left(self, page: Sequence[Any]) -> float:
        """Estimate how many more there are: as many messages a second as on this page, all the time."""
        first, last = created(page[0]), created(page[-1])
        if first is None or last is None or first == last:
            return 1.0
        return max(1.0, self._group.window.length / abs(last - first) - self._pages)


def not_shown(found_by: int, missing: Sequence[Member], search_lag: float, postpone: Callable[[Member], None]) -> None:
    """
    Draw the conclusions for those that a complete search should have shown, and has not.

    :param search_lag: seconds that a new message may stay invisible
    :param postpone: lets one wait for the next look
    """
    for member in missing:
        if member.wait.waited <= search_lag:
            postpone(member)
        elif member.created is None:
            member.level += 1
            if member.level == len(LADDER):
                member.found_by = ALONE
        else:
            member.found_by = PLAIN if found_by == MARKED else ALONE
