"""A story: watchers at an inbox, what comes in, and everything that happens to the triggerers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

POLL = 0.25
"""Seconds between two looks. Everything in a story is about twenty times as fast as in earnest."""

SYNC = 0.05
"""Seconds between two syncs of the triggerer with its supervisor."""


@dataclass
class Pace:
    """
    What takes minutes in earnest, in seconds of a story; the child sets the package's constants to it.

    :param overlap: how late a text may become visible, or how wrong the gateway's clock may be
    :param margin: how much more a first look takes
    """

    overlap: float = 180.0
    margin: float = 15.0
    short: float = 1.5
    long_every: float = 2.0
    slowest: float = 2.0
    quickest: float = 0.1
    longest_round: float = 0.5


@dataclass
class Watcher:
    """
    One `AssetWatcher`.

    :param asset: its asset
    :param filters: what is given to the trigger
    :param joins: seconds after the story's beginning before which no triggerer runs it
    """

    asset: str
    filters: dict[str, str]
    joins: float = 0.0


@dataclass
class Life:
    """
    One life of a triggerer.

    :param kill: the step at which it is killed; empty: at none
    :param nth: which passage of that step is meant, from 1
    :param after: seconds after its beginning at which it is killed
    :param away: seconds until the next one begins
    """

    kill: str = ""
    nth: int = 1
    after: float | None = None
    away: float = 0.1

    @property
    def is_last(self) -> bool:
        """Whether nobody kills it."""
        return not self.kill and self.after is None


@dataclass
class Act:
    """
    Something that happens at a moment.

    :param at: seconds after the story's beginning
    :param what: texts, settings, faults, stop gateway, start gateway, store, count
    :param given: more about it
    """

    at: float
    what: str
    given: Any = None


@dataclass
class Story:
    """
    One story.

    :param row: of the table: what it is about
    :param settings: of the sandbox, from the beginning
    :param lives: of the triggerer, one after another; the last is not killed
    :param second: of another triggerer that runs beside it
    :param second_begins: seconds after the story's beginning
    :param persist: seconds that it takes to persist an event
    :param patience: seconds that it waits after the last act for a life to come to the step where it dies
    :param settle: seconds that the story waits at most for what is still to be told
    """

    row: str
    watchers: list[Watcher]
    acts: list[Act] = field(default_factory=list)
    lives: list[Life] = field(default_factory=lambda: [Life()])
    second: list[Life] = field(default_factory=list)
    second_begins: float = 0.0
    settings: dict[str, Any] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)
    persist: float = 0.0
    sync: float = SYNC
    poll: float = POLL
    patience: float = 2.0
    settle: float = 20.0
    repeat: str = ""
