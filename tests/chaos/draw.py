"""A story is made by the campaign's seed and its number alone, so that any of them can be told again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

from tests.chaos import limits
from tests.chaos.kinds import BULK, PHONES, TO_MANY
from tests.chaos.rows import ROWS
from tests.chaos.story import Story
from tests.chaos.table import UNWINNABLE
from tests.readings import QUESTIONS

CHUNKS = True
"""Whether batches and collections longer than the connection's `batch_limit` are sent in several calls."""

READINGS = [
    *("metadata_echo", "metadata_search", "shapes", "optional_fields", "ids", "dates", "destination_type", "lists"),
    *("search_order", "search_page", "status_words", "scheduled_id", "cancel_again", "batch_partial", "batch_credit"),
    *("new_batch", "error_bodies", "unknown_id", "ai_optimiser"),
]
LAGS = (0.0, 0.0, 0.02, 0.05)


@cache
def cycle(names: tuple[str, ...] = tuple(ROWS)) -> list[str]:
    """Return these rows in the order of the stories: each as often as it weighs, well mixed."""
    told = [name for name in names for _ in range(ROWS[name].weight)]
    random.Random("rows").shuffle(told)
    return told


def story_of(seed: int, number: int, rows: Sequence[str] = ()) -> Story:
    """Make the story of this number."""
    told = cycle(tuple(rows) or tuple(ROWS))
    name = told[number % len(told)]
    row = ROWS[name]
    dice = random.Random(f"{seed}/{number}")
    kind = dice.choice(row.kinds)
    has_store = dice.random() < 0.67 if row.store is None else row.store
    reading = {question: dice.choice(QUESTIONS[question]) for question in READINGS}
    story = Story(seed, number, name, kind, has_store, reading, dice.choice(LAGS), among=tuple(rows))
    story.on_unknown = dice.choice(["retry", "retry", "fail"]) if kind != "otp" else dice.choice(["fail", "retry"])
    if kind in BULK and story.dice("chunks").random() < 0.5 and CHUNKS:
        story.batch_limit = story.dice("chunks").randint(1, 3)
    story.numbers = story.list_of(dice) if kind in TO_MANY else [dice.choice(PHONES)]
    if dice.random() < 0.15 and kind not in ("binary", "otp"):
        story.is_long = True
    if dice.random() < 0.3:
        story.ends = ["clear"]
    row.draw(story, dice)
    if story.is_schedule:
        story.neighbour = {"same words": "run"}.get(story.neighbour, story.neighbour)
    _keep_to_what_can_be_known(story)
    _fill_tries(story, dice)
    return story


def _keep_to_what_can_be_known(story: Story) -> None:
    """What nobody can know has rows of its own; elsewhere the gateway shows what is needed."""
    if (story.waits and limits.nobody_knows_the_batch(story)) or limits.is_taken_for_the_first(story):
        story.reading |= {"shapes": "spec", "optional_fields": True}
    if story.row in UNWINNABLE:
        return
    if story.changes and limits.words_are_all(story):
        story.reading["metadata_echo"] = True
    if story.changes and limits.words_are_all(story):
        story.changes = False  # a batch that is scheduled never shows metadata


def _fill_tries(story: Story, dice: random.Random) -> None:
    late_rows = story.row.startswith("accepted after")
    for index, one in enumerate(story.tries):
        is_changed = story.changes and index and (dice.random() < 0.6 or story.row in UNWINNABLE)
        one.words = index if is_changed else story.tries[index - 1].words if index else 0
        one.numbers = story.numbers if not index else story.tries[index - 1].numbers
        if is_changed and story.kind in TO_MANY:
            one.numbers = story.list_of(dice)
        is_late = any(fault["when"] == "late" for fault in one.faults)
        one.settle = is_late and not late_rows
        one.pause = dice.choice([0.0, 0.0, 0.05])
