"""What became of a story: what was persisted, compared with what the gateway truly received."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field, fields
from typing import Any

from tests.chaos.inbox import limits
from tests.chaos.inbox.play import Lived, Played, Text, begin, must_be_told
from tests.chaos.inbox.story import Watcher
from tests.chaos.inbox.texts import fits

MOST_AGAIN = 100
"""Texts that one death of a triggerer may let a watcher tell again: those of one round."""

SLACK = 2.0
"""Seconds for a busy machine."""

MOST_A_SECOND = 20
"""How often a watcher may ask a store that fails: twice in a look, in a story."""


@dataclass
class Outcome:
    """
    What became of one story.

    :param told: events that were persisted
    :param after_kill: events told again because a triggerer died before it had written down that they were safe
    :param by_two: events told again because two triggerers ran at once
    :param limits: texts that were passed over or told too early, for a documented reason
    :param lost: texts that a watcher should have told, and did not
    :param twice: events told again for no reason
    :param wrong: other broken promises, in words
    :param settled: seconds from the story's beginning until all was told
    """

    row: str
    texts: int = 0
    told: int = 0
    kills: int = 0
    faults: int = 0
    after_kill: int = 0
    by_two: int = 0
    limits: int = 0
    lost: int = 0
    twice: int = 0
    wrong: list[str] = field(default_factory=list)
    settled: float = 0.0
    story: str = ""


COUNTS = [one.name for one in fields(Outcome) if one.type == "int"]


def is_broken(outcome: Outcome) -> bool:
    """Tell whether a promise was broken."""
    return bool(outcome.lost or outcome.twice or outcome.wrong)


def judge(played: Played) -> Outcome:
    """Return what became of a story."""
    return _Verdict(played).outcome()


class _Verdict:
    def __init__(self, played: Played) -> None:
        self.played = played
        self.records = played.records
        self.began = begin(self.records)
        self.texts = {text.message_id: text for text in played.texts}
        self.lives = {life.number: life for life in played.lives}
        self.wrong: list[str] = []
        self.events: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        self.cursors: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
        for record in self.records:
            if record["what"] == "event":
                self.events[record["watcher"], record["id"]].append(record)
            elif record["what"] == "cursor":
                self.cursors[record["watcher"], record["life"]].append(record)
            elif record["what"] == "dies":
                # Its parent may notice later.
                self.lives[record["life"]].ended = record["at"]

    def outcome(self) -> Outcome:
        played = self.played
        *killed, _ = played.lives or [None]
        outcome = Outcome(
            row=played.story.row,
            texts=len(self.texts),
            told=sum(map(len, self.events.values())),
            kills=len(killed) - (bool(played.story.second) and played.story.second[-1].is_last),
            faults=played.faults,
            wrong=self.wrong,
            settled=played.told_after,
        )
        for watcher in played.story.watchers:
            self._look_for_losses(watcher, outcome)
            self._look_at_events(watcher, outcome)
        self._look_for_repeats(outcome)
        self._look_at_calls()
        self._look_at_store()
        self._look_at_beginnings()
        for record in self.records:
            if record["what"] == "failed":
                self.wrong.append(f"the watcher of {record['watcher']} failed: {record['says']}")
        self.wrong += [f"a triggerer crashed: {says}" for says in played.crashes]
        outcome.story = played.story.repeat
        return outcome

    def _look_for_losses(self, watcher: Watcher, outcome: Outcome) -> None:
        if watcher.asset not in self.began:
            self.wrong.append(f"the watcher of {watcher.asset} never began")
        for text in self.texts.values():
            if not must_be_told(watcher, text, self.began) or (watcher.asset, text.message_id) in self.events:
                continue
            if limits.may_be_passed_over(text, self._has_looked(watcher)):
                outcome.limits += 1
            else:
                outcome.lost += 1
                self.wrong.append(f"LOST: {watcher.asset} {self._about(text)}")

    def _look_at_events(self, watcher: Watcher, outcome: Outcome) -> None:
        for (asset, message_id), events in self.events.items():
            if asset != watcher.asset:
                continue
            text = self.texts.get(message_id)
            if text is None:
                self.wrong.append("a text was told that nobody sent")
                continue
            if not fits(watcher.filters, text):
                self.wrong.append(f"a text was told that does not fit {watcher.filters}: {text.content!r}")
            if text.after < self._created(asset) - limits.TOLERANCE:
                if limits.may_be_told_early(text, self._last_look(watcher)):
                    outcome.limits += 1
                else:
                    self.wrong.append(f"EARLY: {asset} began later, and told {self._about(text)}")
            if any(number in json.dumps(event["payload"]) for event in events for number in (text.phone, text.to)):
                self.wrong.append("an event has a number in full")

    def _look_for_repeats(self, outcome: Outcome) -> None:
        by_kill: dict[tuple[str, int, int], int] = defaultdict(int)
        for (asset, message_id), events in self.events.items():
            for place, event in enumerate(events[1:], 1):
                reasons = {self._why(asset, earlier, event) for earlier in events[:place]}
                if "" in reasons:
                    outcome.twice += 1
                    lives = [earlier["life"] for earlier in events]
                    self.wrong.append(f"TWICE: {asset} {self._about(self.texts[message_id])}, by lives {lives}")
                elif "two" in reasons:
                    outcome.by_two += 1
                else:
                    outcome.after_kill += 1
                    by_kill[asset, events[place - 1]["life"], event["life"]] += 1
        for (asset, _, _), count in by_kill.items():
            if count > MOST_AGAIN:
                self.wrong.append(f"{asset} told {count} texts again after one death, more than a round has")

    def _why(self, asset: str, earlier: dict[str, Any], event: dict[str, Any]) -> str:
        """Return why a text may be told again: "two", "kill", or nothing."""
        if earlier["life"] == event["life"]:
            return ""
        first, second = self.lives[earlier["life"]], self.lives[event["life"]]
        if _overlap(first, second) or any(
            _overlap(first, third) for third in self.lives.values() if third is not first
        ):
            return "two"
        written = [one for one in self.cursors[asset, first.number] if one["began"] > earlier["at"]]
        return "kill" if not written and first.ended - earlier["at"] < self._longest_doubt(first) else ""

    def _slack(self, life: Lived) -> float:
        """Return the seconds that a life may be slow: some, and those that this machine did not give it."""
        late = [one["seconds"] for one in self.records if one["what"] == "late" and one["life"] == life.number]
        return SLACK + sum(late)

    def _longest_doubt(self, life: Lived) -> float:
        """Return the seconds that it may take until a cursor says that an event is safe."""
        story = self.played.story
        if self._was_store_away():
            return float("inf")
        return self._slack(life) + 3 * story.sync + MOST_AGAIN * story.persist * len(story.watchers)

    def _was_store_away(self) -> bool:
        return any(act.what == "store" for act in self.played.story.acts)

    def _look_at_beginnings(self) -> None:
        """A watcher writes down at once that it begins: what comes from then on is told, whatever happens."""
        for record in self.records:
            if record["what"] != "created" or self._was_store_away():
                continue
            asset, lived = record["watcher"], self.lives[record["life"]]
            if min(lived.ended, self.began.get(asset, float("inf"))) > record["at"] + self._slack(lived):
                self.wrong.append(f"the watcher of {asset} did not write down at once that it began")

    def _created(self, asset: str) -> float:
        """Return when a triggerer first made a watcher: it says itself when it begins, some time after that."""
        return min(one["at"] for one in self.records if one["what"] == "created" and one["watcher"] == asset)

    def _has_looked(self, watcher: Watcher) -> float:
        """Return when a watcher had written down what was there at its first look."""
        written = [record["at"] for record in self.records if _is_cursor_of(record, watcher.asset)]
        return written[1] if len(written) > 1 else float("inf")

    def _last_look(self, watcher: Watcher) -> float:
        """Return when the last look began that showed a watcher all that had come before it: a long one."""
        looked = self._has_looked(watcher)
        looks = [record["began"] for record in self.records if record["what"] == "look" and record["at"] < looked]
        return max(looks, default=0.0) - self.played.story.pace.long_every

    def _look_at_store(self) -> None:
        """A store that fails is not asked again and again without a pause."""
        failed = [record["at"] for record in self.records if record["what"] == "store failed"]
        most = len(self.played.story.watchers) * len(self.lives)
        for at in failed:
            if (count := sum(at <= other < at + 1 for other in failed)) > MOST_A_SECOND * most:
                self.wrong.append(f"a store that fails was asked {count} times in a second")
                return

    def _look_at_calls(self) -> None:
        """One call in each interval, whatever the number of watchers."""
        for seconds, calls in self.played.counts:
            most = seconds / self.played.story.poll + 1
            if not 0.4 * most - 1 <= calls <= most:
                self.wrong.append(f"{calls} calls in {seconds:.1f} s of quiet, where at most {most:.0f} should be")

    def _about(self, text: Text) -> str:
        at, shown = text.before - self._zero, text.visible - self._zero
        return f"{text.message_id[-6:]} {text.content!r} of {at:.2f} s, visible from {shown:.2f} s, skew {text.skew:g}"

    @property
    def _zero(self) -> float:
        return min((life.began for life in self.played.lives), default=0.0)


def _overlap(first: Lived, second: Lived) -> bool:
    return first.began < second.ended and second.began < first.ended


def _is_cursor_of(record: dict[str, Any], asset: str) -> bool:
    return bool(record["what"] == "cursor" and record["watcher"] == asset)
