"""The rows of the table: what can happen to a send. Each draws what happens to one story."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.chaos import kinds
from tests.chaos.kinds import FOUND_AGAIN, KINDS, SCHEDULES, TO_ONE, WAITING
from tests.chaos.story import Story, Try

REFUSALS = (402, 429, 401)
DOUBTS = (500, 503, 408)
CLEARS = ("clear", "clear", "backfill")
KILLS = [
    *("before the intent", "after the intent", "during the call", "after the call", "before the record"),
    *("after the record", "before a look", "after a look", "before the refusal is noted", "after the refusal is noted"),
    *("at the end", "at a random moment", "before the cancel", "after the cancel"),
]
Draw = Callable[[Story, random.Random], None]


@dataclass(frozen=True)
class Row:
    """
    A row of the table.

    :param draw: draws what happens to a story
    :param kinds: which kinds of sends it can happen to
    :param store: whether the task's state is kept; None: in two of three stories
    :param weight: how often it is told, among all
    """

    draw: Draw
    kinds: Sequence[str] = tuple(KINDS)
    store: bool | None = None
    weight: int = 2


def fault(story: Story, dice: random.Random, when: str, what: str, **more: Any) -> dict[str, Any]:
    """Draw a fault of the call that sends."""
    struck: dict[str, Any] = {"operation": kinds.sending_call(story.kind), "when": when, "kind": what, "times": 1}
    if what == "status":
        struck["status"] = dice.choice(DOUBTS if when != "before" else (*DOUBTS, *REFUSALS))
    if what == "garbage":
        struck["body"] = dice.choice(["json", "html"])
    if when == "late":
        struck["delay"] = 0.05
    if story.batch_limit and dice.random() < 0.6:  # not always the first of several calls
        struck |= {"probability": 0.5, "seed": dice.randrange(10**6)}
    return struck | more


def any_fault(story: Story, dice: random.Random) -> dict[str, Any]:
    """Draw any fault of the call that sends; a stall takes long, so it is rare here."""
    what = dice.choice(["status", "status", "reset", "reset", "garbage", "garbage", "stall"])
    return fault(story, dice, dice.choice(["before", "after", "after", "late"]), what)


def lost(story: Story, dice: random.Random) -> dict[str, Any]:
    """Draw a fault that leaves open whether the text went out."""
    return fault(story, dice, dice.choice(["before", "after"]), dice.choice(["reset", "garbage"]))


def looks_fail(story: Story, dice: random.Random) -> dict[str, Any]:
    """Draw a gateway that cannot be asked: not even by a client that tries four times."""
    return {
        "operation": kinds.looking_call(story.kind),
        "when": "before",
        "kind": dice.choice(["status", "reset", "garbage"]),
        "times": dice.choice([4, 4, 5, 8]),
    } | ({"status": 503} if dice.random() < 0.5 else {})


def kill_of(dice: random.Random, step: str) -> dict[str, Any]:
    """Draw when exactly a process dies at a step."""
    after = 0.0
    if step == "during the call":
        after = dice.uniform(0.001, 0.03)
    elif step == "at a random moment":
        step, after = "at once", dice.choice([0.03, 0.06, 0.12, 0.3]) * dice.random()
    return {"kill": step, "after": after}


def gateway(when: str, what: str) -> Draw:
    def draw(story: Story, dice: random.Random) -> None:
        story.tries = [Try(faults=[fault(story, dice, when, what)])]
        if dice.random() < 0.3:
            story.tries.append(Try(faults=[any_fault(story, dice)]))
        elif dice.random() < 0.15:
            story.tries.append(Try(**kill_of(dice, dice.choice(KILLS))))

    return draw


def killed(step: str) -> Draw:
    def draw(story: Story, dice: random.Random) -> None:
        first = Try(**kill_of(dice, step))
        if step == "during the call" and dice.random() < 0.4:
            # Held there: accepted or not, the process dies while it waits.
            first.faults = [fault(story, dice, dice.choice(["before", "after"]), "stall")]
        elif "refusal" in step:
            first.faults = [fault(story, dice, "before", "status", status=dice.choice(REFUSALS))]
        elif "a look" in step:
            first = Try(faults=[lost(story, dice)])
            story.tries = [first] * dice.randint(0, 1)
            first = Try(faults=[lost(story, dice)], **kill_of(dice, step))
        story.tries.append(first)
        if dice.random() < 0.25:
            story.tries.append(Try(**kill_of(dice, dice.choice(KILLS))))
        elif dice.random() < 0.25:
            story.tries.append(Try(faults=[any_fault(story, dice)]))

    return draw


def refused_after_a_doubt(story: Story, dice: random.Random) -> None:
    # The doubt hides a text at first: only later looks can find it.
    story.tries = [Try(faults=[fault(story, dice, dice.choice(["after", "late", "before"]), dice.choice(["reset"]))])]
    if dice.random() < 0.5:
        story.tries[0].faults.append(looks_fail(story, dice))
    for _ in range(dice.randint(1, 2)):
        refusal = fault(story, dice, "before", "status", status=dice.choice(REFUSALS), times=4)
        story.tries.append(Try(faults=[refusal]))
    story.ends = ["clear"] * 2
    story.on_unknown = "retry" if dice.random() < 0.8 else "fail"


def not_looked_up(story: Story, dice: random.Random) -> None:
    story.tries = [Try(faults=[lost(story, dice), looks_fail(story, dice)])]
    if dice.random() < 0.5:
        story.tries[0] = Try(**kill_of(dice, dice.choice(["during the call", "after the call"])))
    story.tries.append(Try(faults=[looks_fail(story, dice)]))


def metadata(echo: bool, search: str) -> Draw:
    def draw(story: Story, dice: random.Random) -> None:
        story.reading |= {"metadata_echo": echo, "metadata_search": search}
        if dice.random() < 0.5:
            story.tries = [Try(faults=[lost(story, dice)])]
        else:
            story.tries = [Try(**kill_of(dice, dice.choice(KILLS[1:6])))]
        if story.finds_by_key and (echo or story.has_store):
            story.neighbour = dice.choice(["other words", "run", "map", "task"])

    return draw


def lag(story: Story, dice: random.Random) -> None:
    # More than a process takes to begin: the first look of the next try is too early.
    story.lag = 0.15
    story.tries = [Try(**kill_of(dice, "after the call"))]
    if dice.random() < 0.5:
        story.tries = [Try(faults=[fault(story, dice, "after", dice.choice(["reset", "status", "garbage"]))])]


def cleared(event: str) -> Draw:
    def draw(story: Story, dice: random.Random) -> None:
        may_resend = story.has_store and story.kind != "otp"
        story.resends = may_resend and dice.random() < 0.6
        if story.kind == "otp" and story.has_store:
            story.resends = dice.random() < 0.5
        story.ends = [dice.choice(CLEARS) if event == "done" else event] if event != "up_for_retry" else []
        first = (
            Try(faults=[any_fault(story, dice)]) if dice.random() < 0.5 else Try(**kill_of(dice, dice.choice(KILLS)))
        )
        if event == "failed":
            story.retries, story.ends = 1, ["clear"]
            story.tries = [first, Try(faults=[any_fault(story, dice)])]
        elif event == "up_for_retry":
            first.clear = True
            story.tries = [first]
        else:
            # After the Clear something happens as well.
            again = [Try(), Try(faults=[any_fault(story, dice)]), Try(**kill_of(dice, dice.choice(KILLS)))]
            story.tries = [Try(), dice.choice(again)] if dice.random() < 0.6 else [first, Try(), dice.choice(again)]
        if dice.random() < 0.3:
            story.ends = [*story.ends, dice.choice(CLEARS)]

    return draw


def moved(story: Story, dice: random.Random) -> None:
    story.moves, story.ends = True, [dice.choice(CLEARS)]
    story.tries = [Try(), Try()]
    if dice.random() < 0.5:
        story.tries = [Try(faults=[fault(story, dice, "after", "reset")]), Try()]


def replaced(story: Story, dice: random.Random) -> None:
    story.resends, story.ends = True, [dice.choice(CLEARS)] * dice.randint(1, 2)
    second = Try(**kill_of(dice, dice.choice(["before the cancel", "after the cancel", *KILLS[:6]])))
    if dice.random() < 0.5:
        cancel = fault(
            story, dice, dice.choice(["before", "after", "late"]), dice.choice(["status", "reset", "garbage"])
        )
        second = Try(faults=[cancel | {"operation": kinds.cancelling_call(story.kind)}])
        if cancel["kind"] == "status":
            cancel["status"] = 503
            second.faults[0]["status"] = 503
    story.tries = [Try(), second]


def changed(story: Story, dice: random.Random) -> None:
    story.changes = True
    for _ in range(dice.randint(1, 2)):
        again = (
            Try(faults=[any_fault(story, dice)]) if dice.random() < 0.5 else Try(**kill_of(dice, dice.choice(KILLS)))
        )
        story.tries.append(again)


def beside_a_sibling(story: Story, dice: random.Random) -> None:
    story.reading["metadata_echo"] = True
    story.neighbour = dice.choice(["run", "map", "task", "same words"])
    if story.kind == "otp":
        story.neighbour = dice.choice(["run", "map", "task"])
    story.tries = (
        [Try(faults=[lost(story, dice)])] if dice.random() < 0.6 else [Try(**kill_of(dice, "after the intent"))]
    )


def waiting(step: str) -> Draw:
    def draw(story: Story, dice: random.Random) -> None:
        story.waits = "deferred"
        first = Try()
        if step == "at defer":
            first.kill = step
        elif step == "in the triggerer":
            first.in_trigger = [dice.uniform(0.0, 0.35) for _ in range(dice.randint(1, 2))]
        else:
            first.at_resume = dice.choice(["at resume", "at the end"])
        story.tries = [first]
        if dice.random() < 0.3:
            story.tries.insert(0, Try(faults=[any_fault(story, dice)]))
        if dice.random() < 0.2:
            story.ends = ["clear"]

    return draw


def several(story: Story, dice: random.Random) -> None:
    story.waits = dice.choice(["", "", "worker", "deferred"]) if story.kind in WAITING else ""
    story.resends = story.has_store and dice.random() < 0.35
    story.changes = not story.resends and dice.random() < 0.4
    story.is_long = dice.random() < 0.2 and story.kind not in ("binary", "otp")
    story.retries = 5
    for _ in range(dice.randint(2, 4)):
        one = Try(**kill_of(dice, dice.choice(KILLS))) if dice.random() < 0.4 else Try()
        if dice.random() < 0.5:
            one.faults.append(any_fault(story, dice))
        if dice.random() < 0.15:
            one.faults.append(looks_fail(story, dice))
        if story.resends and story.kind in SCHEDULES and dice.random() < 0.3:
            cancel = {"when": dice.choice(["before", "after"]), "kind": "reset", "times": 1}
            one.faults.append(cancel | {"operation": kinds.cancelling_call(story.kind)})
        one.clear = dice.random() < 0.2
        story.tries.append(one)
    story.ends = [dice.choice(CLEARS) for _ in range(dice.randint(0, 2))]


def long_text(story: Story, dice: random.Random) -> None:
    story.is_long = True
    story.reading["ai_optimiser"] = True
    story.tries = [Try(faults=[any_fault(story, dice)])] if dice.random() < 0.5 else [Try(**kill_of(dice, KILLS[3]))]


def passcode_retry(story: Story, dice: random.Random) -> None:
    story.on_unknown = "retry"
    several(story, dice)


def two_copies(story: Story, dice: random.Random) -> None:
    steps = ["before the call", "after the intent", "after the call", "before the record", "before the intent"]
    story.tries = [Try(stop=dice.choice(steps))]


def beyond(what: str, on_unknown: str) -> Draw:
    def draw(story: Story, dice: random.Random) -> None:
        story.on_unknown, story.neighbour = on_unknown, "other words"
        if what == "late":
            first = Try(faults=[fault(story, dice, "late", dice.choice(["reset", "status", "garbage"]), delay=1.5)])
        else:
            story.lag = 2.0
            first = Try(faults=[fault(story, dice, "after", dice.choice(["reset", "status", "garbage"]))])
            if dice.random() < 0.5:
                first = Try(**kill_of(dice, "after the call"))
        story.tries = [first]
        story.ends = ["clear"] if on_unknown == "fail" else []

    return draw


def resent_without_metadata(story: Story, dice: random.Random) -> None:
    story.reading |= {"metadata_echo": False, "metadata_search": "ignored"}
    story.resends, story.ends = True, ["clear"]
    story.tries = [Try(), Try(**kill_of(dice, dice.choice(KILLS[:6])))]


def other_words_without_metadata(story: Story, dice: random.Random) -> None:
    story.reading |= {"metadata_echo": False, "metadata_search": "ignored"}
    story.changes = True
    story.tries = [Try(faults=[lost(story, dice)]), Try()]


AT_A_STEP = [step for step in KILLS if "cancel" not in step]
TEXTS = (*TO_ONE, *kinds.BULK)
ROWS: dict[str, Row] = {
    **{
        f"{when}: {what}": Row(gateway(when, what))
        for when in ("before", "after", "late")
        for what in ("status", "reset", "stall", "garbage")
    },
    "refused after a doubt": Row(refused_after_a_doubt, FOUND_AGAIN, weight=4),
    "the look-up fails": Row(not_looked_up, FOUND_AGAIN),
    "search lag": Row(lag, TEXTS),
    "metadata search is ignored": Row(metadata(True, "ignored"), FOUND_AGAIN),
    "metadata is not echoed": Row(metadata(False, "filters"), FOUND_AGAIN),
    "metadata is not echoed, its search is ignored": Row(metadata(False, "ignored"), FOUND_AGAIN),
    "the same text of a sibling": Row(beside_a_sibling, (*TO_ONE, *kinds.BULK, "schedule", "otp"), weight=3),
    "other words and lists in each try": Row(changed, FOUND_AGAIN, weight=3),
    "a text that the gateway shortens": Row(long_text, tuple(kind for kind in TEXTS if kind != "binary")),
    **{f"killed {step}": Row(killed(step)) for step in AT_A_STEP if "look" not in step},
    **{f"killed {step}": Row(killed(step), FOUND_AGAIN) for step in AT_A_STEP if "look" in step},
    "killed at defer": Row(waiting("at defer"), WAITING),
    "killed in the triggerer": Row(waiting("in the triggerer"), WAITING),
    "killed at resume": Row(waiting("at resume"), WAITING),
    "killed or cut off while it replaces a schedule": Row(replaced, SCHEDULES, store=True),
    "Clear of a failed task": Row(cleared("failed"), weight=3),
    "Clear of an up_for_retry task": Row(cleared("up_for_retry"), weight=3),
    "Clear of a task that is done": Row(cleared("done"), weight=3),
    "backfill over the same run": Row(cleared("backfill"), weight=3),
    "a text that moved to another map index": Row(moved, FOUND_AGAIN),
    "passcodes, on_unknown=retry": Row(passcode_retry, ("otp",)),
    "several at once": Row(several, weight=10),
    "accepted after the retry delay, on_unknown=fail": Row(beyond("late", "fail")),
    "search lag beyond the configured one, on_unknown=fail": Row(beyond("lag", "fail"), TEXTS),
    "two live copies": Row(two_copies, weight=1),
    "accepted after the retry delay": Row(beyond("late", "retry"), weight=1),
    "search lag beyond the configured one": Row(beyond("lag", "retry"), TEXTS, weight=1),
    "resent words of a moment ago, no metadata": Row(resent_without_metadata, TEXTS, store=True, weight=1),
    "other words, no store, no metadata": Row(other_words_without_metadata, TEXTS, store=False, weight=1),
}
