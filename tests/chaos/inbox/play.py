"""Plays a story: starts triggerers, kills them, lets texts come in, and spoils the gateway."""

from __future__ import annotations

import json
import os
import select
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.chaos.forking import Child
from tests.chaos.inbox.records import Records
from tests.chaos.inbox.story import Act, Life, Story, Watcher
from tests.chaos.inbox.texts import fits
from tests.chaos.inbox.triggerer import live
from tests.sandbox_process import RunningSandbox

LONGEST_LIFE = 900
LOOK = "POST /messages"


@dataclass
class Text:
    """
    A text that somebody sent to the account.

    :param before: when it was not there yet, and ``after`` when it was, by the clock of this machine
    :param visible: from when on searches find it
    :param skew: seconds by which the gateway dated it wrongly
    """

    message_id: str
    phone: str
    to: str
    content: str
    before: float
    after: float
    visible: float
    skew: float


@dataclass
class Lived:
    """When a triggerer lived, and whether it was the parent or a step that ended it."""

    number: int
    slot: int
    began: float
    ended: float = float("inf")
    was_killed: bool = True


@dataclass
class _Slot:
    """One triggerer through all of its lives."""

    lives: list[Life]
    begins: float
    number: int
    child: Child | None = None
    life: Life | None = None
    lived: Lived | None = None
    rest: bytes = b""

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen to it."""
        return not self.lives and (self.child is None or (self.life is not None and self.life.is_last))


@dataclass
class Played:
    """What happened."""

    story: Story
    texts: list[Text] = field(default_factory=list)
    lives: list[Lived] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    counts: list[tuple[float, int]] = field(default_factory=list)
    faults: int = 0
    crashes: list[str] = field(default_factory=list)
    told_after: float = 0.0


class Player:
    """
    Plays one story in a folder of its own.

    ``quiet``: seconds that it waits for what should not be told any more; 0 is until a long look.
    """

    def __init__(self, story: Story, gateway: RunningSandbox, folder: Path) -> None:
        self.story = story
        self.gateway = gateway
        self.folder = folder
        self.quiet = 0.0
        self.played = Played(story)
        self._settings: dict[str, Any] = {}
        self._counting: tuple[float, int] | None = None
        self._next_life = 0

    def play(self) -> Played:
        """Play it to its end."""
        story = self.story
        self.gateway.reset()
        self._set({"delivery_delay": 0} | story.settings)
        self.began = time.time()
        self._patience = self.began + max((act.at for act in story.acts), default=0.0) + story.patience
        acts = sorted(story.acts, key=lambda act: act.at)
        slots = [_Slot(list(story.lives), self.began, 0)]
        if story.second:
            slots.append(_Slot(list(story.second), self.began + story.second_begins, 1))
        try:
            while True:
                now = time.time()
                while acts and acts[0].at <= now - self.began:
                    self._act(acts.pop(0))
                for slot in slots:
                    self._attend(slot)
                if not acts and all(slot.is_settled for slot in slots):
                    break
                time.sleep(0.01)
            self._settle()
        finally:
            for slot in slots:
                self._end(slot)
        self.played.records = Records.read(self.folder)
        return self.played

    def _attend(self, slot: _Slot) -> None:
        now = time.time()
        if slot.child is None:
            if slot.lives and now >= slot.begins:
                self._start(slot)
            return
        assert slot.life is not None
        if slot.life.after is not None and slot.lived is not None and now >= slot.lived.began + slot.life.after:
            self._end(slot)
        elif slot.life.kill and now > max(self._patience, slot.lived.began + self.story.patience):
            # It passes that step less often than the story thought.
            self._end(slot)
        elif select.select([slot.child], [], [], 0)[0]:
            if more := slot.child.read():
                slot.rest += more
                return
            self._end(slot)

    def _start(self, slot: _Slot) -> None:
        slot.life = slot.lives.pop(0)
        work = partial(live, self.story, slot.life, self._next_life, self.began, self.folder)
        slot.lived = Lived(self._next_life, slot.number, time.time())
        self._next_life += 1
        slot.child = Child(work, _connection(self.gateway.url), LONGEST_LIFE)
        self.played.lives.append(slot.lived)

    def _end(self, slot: _Slot) -> None:
        if slot.child is None or slot.lived is None or slot.life is None:
            return
        slot.child.kill()
        slot.lived.ended = time.time()
        slot.begins = slot.lived.ended + slot.life.away
        if slot.rest:
            self.played.crashes.append(json.loads(slot.rest.splitlines()[-1])["says"])
        slot.child = None

    def _act(self, act: Act) -> None:
        match act.what:
            case "texts":
                self._receive(act.given)
            case "settings":
                self._set(act.given)
            case "faults":
                self.gateway.faults(act.given)
                self.played.faults += 1
            case "stop gateway":
                self.gateway.stop()
                self.played.faults += 1
            case "start gateway":
                self.gateway.start()
            case "store":
                marker = self.folder / "no store"
                marker.unlink() if act.given else marker.touch()
            case "count":
                self._count()
            case _:
                raise ValueError(act.what)

    def _set(self, settings: dict[str, Any]) -> None:
        self._settings = self.gateway.set(**settings)

    def _receive(self, texts: list[dict[str, Any]]) -> None:
        before = time.time()
        ids = self.gateway.inbound_many(texts)
        after = time.time()
        for message_id, text in zip(ids, texts, strict=True):
            visible = after + text.get("hidden", 0.0) + self._settings["search_lag"]
            self.played.texts.append(
                Text(
                    message_id=message_id,
                    phone=text["from"],
                    to=text["to"],
                    content=text["content"],
                    before=before,
                    after=after,
                    visible=visible,
                    skew=self._settings["clock_skew"],
                )
            )

    def _count(self) -> None:
        now, calls = time.time(), self.gateway.requests().get(LOOK, 0)
        if self._counting is None:
            self._counting = now, calls
        else:
            began, before = self._counting
            self.played.counts.append((now - began, calls - before))
            self._counting = None

    def _settle(self) -> None:
        """Wait until all is told, and then for what should not be told any more."""
        visible = max((text.visible for text in self.played.texts), default=0.0)
        deadline = max(time.time(), visible) + self.story.settle
        while time.time() < deadline and self._is_something_left():
            time.sleep(0.05)
        self.played.told_after = time.time() - self.began
        # A long look, and a cursor that is written after it.
        quiet = max(time.time(), visible) + (self.quiet or self.story.pace.long_every + 3 * self.story.poll)
        while time.time() < quiet:
            time.sleep(0.05)

    def _is_something_left(self) -> bool:
        records = Records.read(self.folder)
        told = {(record["watcher"], record["id"]) for record in records if record["what"] == "event"}
        began = begin(records)
        return any(
            (watcher.asset, text.message_id) not in told
            for watcher in self.story.watchers
            for text in self.played.texts
            if must_be_told(watcher, text, began)
        )


def begin(records: list[dict[str, Any]]) -> dict[str, float]:
    """Return when each watcher had written down that it begins."""
    began: dict[str, float] = {}
    for record in records:
        if record["what"] == "cursor":
            began.setdefault(record["watcher"], record["at"])
    return began


def must_be_told(watcher: Watcher, text: Text, began: dict[str, float]) -> bool:
    """Tell whether a text fits a watcher, and came after the watcher had begun."""
    return text.before > began.get(watcher.asset, float("inf")) and fits(watcher.filters, text)


def _connection(url: str) -> dict[str, str]:
    extra = {"allow_test_numbers": True, "timeout": 2, "search_lag": 0.2}
    fields = {"conn_type": "smsworks", "host": url, "password": "token-of-the-stories", "extra": extra}
    return {"AIRFLOW_CONN_SMSWORKS_DEFAULT": json.dumps(fields), "PYTHONUNBUFFERED": "1"}


def folder_for(home: Path, number: int) -> Path:
    """Return an empty folder for a story."""
    folder = home / f"story-{os.getpid()}-{number}"
    folder.mkdir()
    return folder
