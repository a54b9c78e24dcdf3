"""What became of a story: what the task says, compared with what the gateway truly accepted."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from tests.chaos import kinds, limits
from tests.chaos.play import End, Player
from tests.chaos.story import Story
from tests.chaos.table import UNWINNABLE, Outcome

KNOWN_ENDS = {"SmsWorksError", "AirflowFailException"}


def judge(player: Player) -> Outcome:
    """Return what became of a story that was played."""
    return _Verdict(player).outcome()


def was_too_slow(player: Player) -> str:
    """
    Tell whether this machine broke what the story promises: that searches lag no more than the connection says.

    A call that a busy machine delivers long after it was made is the unwinnable "accepted later"; no fault of the
    client, and not what the story is about.
    """
    story = player.story
    is_promised = story.row not in UNWINNABLE and not story.row.startswith(("search lag beyond", "accepted after"))
    if not is_promised or not player.calls or story.kind == "otp":
        return ""
    if any(fault["when"] == "late" for end in player.ends for fault in end.plan.faults):
        return ""
    # Without a store it is not known when exactly the client began to count.
    margin = 0.02 if story.has_store else 0.07
    for text in player.texts():
        accepted = _seconds(text["at"])
        made = max((call for call in player.calls if call <= accepted), default=None)
        if made is not None and accepted - made + story.lag > story.client_lag - margin:
            return f"a call took {accepted - made:.3f} s to be accepted"
    return ""


def _seconds(moment: str) -> float:
    return dt.datetime.fromisoformat(moment).timestamp()


class _Verdict:
    def __init__(self, player: Player) -> None:
        self.player = player
        self.story: Story = player.story
        self.texts = player.texts()
        self.last = player.ends[-1]
        self.wrong: list[str] = []

    def outcome(self) -> Outcome:
        story, player = self.story, self.player
        adopted = any(end.how == "success" and end.result.get("adopted") for end in player.ends)
        duplicates = self._duplicates()
        self._check_strangers()
        self._check_ends()
        self._check_that_a_lost_answer_is_looked_for()
        losses = self._losses()
        self._check_that_it_ended_well()
        told = [f"{story.repeat}: {story.kind}, {story.row}", str(story), *player.log, str(self.texts)]
        return Outcome(
            row=story.row,
            has_store=story.has_store,
            kind=story.kind,
            texts=len(self.texts),
            faults=player.struck,
            kills=player.kills,
            adopted=int(adopted),
            unknown=int(self.last.is_unknown),
            duplicates=duplicates,
            losses=losses,
            wrong=self.wrong,
            story="\n    ".join(told) if duplicates or losses or self.wrong else told[0],
        )

    def _wanted(self, end: End) -> Counter[str]:
        return Counter(kinds.recipients(self.story.kind, end.plan.numbers))

    def _duplicates(self) -> int:
        """Count the texts beyond those that somebody asked for."""
        story = self.story
        once: Counter[str] = Counter()
        for end in self.player.ends:
            once |= self._wanted(end)
        asked = 1
        if story.resends and not story.is_schedule:
            asked += sum(clear["shown"] for clear in self.player.cleared)
        if limits.another_passcode_may_go_out(story):
            every = limits.every_passcode_is_open(story)
            asked += sum(every or self._was_open(end) for end in self.player.ends[:-1])
        counted = Counter(text["to"] for text in self.texts)
        too_many = sum(max(0, count - asked * once[to]) for to, count in counted.items() if once[to])
        # Also where a Clear allows more: one text of the task never goes out twice.
        keys = Counter((text["to"], text["key"]) for text in self.texts if text["key"])
        return max(too_many, sum(count - 1 for count in keys.values()))

    def _was_open(self, end: End) -> bool:
        """Whether a try left open whether its passcode went out."""
        return end.how == "killed" or end.is_unknown

    def _check_strangers(self) -> None:
        listed = {to for end in self.player.ends for to in self._wanted(end)}
        if strangers := {text["to"] for text in self.texts} - listed:
            self.wrong.append(f"{len(strangers)} phone(s) got a text that were on no list")

    def _check_ends(self) -> None:
        """Every try ends with success, with a clear error, or because it was killed."""
        ids = {text[name] for text in self.texts for name in ("id", "batch")}
        for end in self.player.ends:
            if end.how == "success":
                said = [*(end.result.get("batch_ids") or []), end.result.get("message_id")]
                said = [str(one) for one in said if one is not None]
                is_hidden = end.result.get("adopted") and limits.nobody_knows_the_batch(self.story)
                if not said and not is_hidden:
                    self.wrong.append("success without an id")
                # What it scheduled may have been replaced since.
                if (
                    unknown := set(said)
                    - ids
                    - (set(said) if self.story.is_schedule and end is not self.last else set())
                ):
                    self.wrong.append(f"success with the id of a message that is not this task's: {unknown}")
            elif end.how in ("crash", "hung") or (end.how == "error" and not KNOWN_ENDS & set(end.names)):
                self.wrong.append(f"an end that nobody expects: {end.names} {end.says}")

    def _check_that_a_lost_answer_is_looked_for(self) -> None:
        """The first try's text went out and only the answer was lost: that try finds it, and needs no other."""
        story, first = self.story, self.player.ends[0]
        faults, call = first.plan.faults, kinds.sending_call(story.kind)
        only = all(fault["when"] == "after" and fault["operation"] == call for fault in faults)
        if not faults or not only or first.plan.kill or story.kind == "otp" or story.lag > story.client_lag:
            return
        if first.is_unknown and not limits.may_stay_unknown(story) and "be looked up" not in first.says:
            self.wrong.append("an answer was lost, and the try did not find its text")

    def _losses(self) -> int:
        """Count the phones without their text, where the task says that it sent it."""
        lost = 0
        for number, end in enumerate(self.player.ends):
            # What was scheduled may have been taken back since, and its successor refused: the task says so.
            if end.how != "success" or (self.story.is_schedule and end is not self.last):
                continue
            later = self.player.ends[number + 1].before if number + 1 < len(self.player.ends) else len(self.texts)
            # Of two live copies the one that began first may send last.
            is_in_order = not (self.story.is_schedule or any(one.plan.stop for one in self.player.ends))
            texts = self.texts[:later] if is_in_order else self.texts
            # A list that changed after the send, or after a batch was scheduled, is not this task's any more.
            was_sent = end.was_recorded or any(one.how == "success" for one in self.player.ends[:number])
            if self.story.changes and (was_sent or self.story.kind == "schedule batch"):
                continue
            counted = Counter(text["to"] for text in texts)
            lost = max(lost, sum((self._wanted(end) - counted).values()))
            lost = max(lost, self._not_resent(end, texts))
        return lost

    def _not_resent(self, end: End, texts: list[dict[str, Any]]) -> int:
        """Count the phones that got no new text though a Clear asked for one, and the task says that it sent it."""
        if not self.story.resends or not end.after_clears or self.story.is_schedule:
            return 0
        clear = self.player.cleared[end.after_clears - 1]
        if not (clear["shown"] and clear["sent"]):
            return 0
        counted = Counter(text["to"] for text in texts[clear["texts"] :])
        return sum((self._wanted(end) - counted).values())

    def _check_that_it_ended_well(self) -> None:
        """The last try was left alone: what can be known is known then."""
        story, last = self.story, self.last
        if last.how == "success" or story.row in UNWINNABLE or last.plan.is_disturbed or limits.may_stay_unknown(story):
            return
        if last.how == "killed":
            self.wrong.append("nobody killed the last try, and it was killed")
            return
        if not last.is_unknown:
            self.wrong.append("the last try was left alone, and failed")
            return
        if story.on_unknown == "retry":
            self.wrong.append("the last try was left alone, and does not know what to do")
            return
        # A person decides. But what a look-up finds is known, and what was never in doubt too.
        shown = [clear["texts"] for clear in self.player.cleared if story.resends and clear["shown"] and clear["sent"]]
        there = Counter(text["to"] for text in self.texts[max(shown, default=0) : last.before])
        if self._wanted(last) <= there and story.kind != "otp":
            self.wrong.append("the text is there, and the task did not find it")
        was_in_doubt = len(self.player.ends) > 1 if limits.cannot_know_refusals(story) else self._was_in_doubt()
        if not was_in_doubt:
            self.wrong.append("nothing was in doubt, and the task does not know")

    def _was_in_doubt(self) -> bool:
        return any(self._was_open(end) for end in self.player.ends[:-1])
