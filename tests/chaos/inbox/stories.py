"""The stories: each named situation once, and then random ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.chaos.inbox.story import Act, Life, Pace, Story, Watcher
from tests.chaos.inbox.texts import FILTERS, some, text

STEPS = [
    "at once",
    "before a look",
    "between look and yield",
    "between yield and persist",
    "between persist and confirm",
    "between confirm and cursor write",
    "before a cursor write",
    "in a cursor write",
    "after a cursor write",
]
QUICK = Pace(overlap=8.0, margin=0.7)
"""What is told is forgotten again within the story."""

_BEGUN = 1.0
"""Seconds until the first watchers have begun, on a busy machine."""


def watchers(count: int, **more: Any) -> list[Watcher]:
    """Return watchers, each with another filter; the first takes everything."""
    return [Watcher(f"asset{number}", FILTERS[number % len(FILTERS)], **more) for number in range(count)]


def flow(seconds: float, each: float = 0.1, begins: float = _BEGUN, **more: Any) -> list[Act]:
    """Return texts that come one after another."""
    return [
        Act(begins + number * each, "texts", [text(number, **more)]) for number in range(max(1, int(seconds / each)))
    ]


def _killed(step: str) -> Callable[[random.Random], Story]:
    def make(dice: random.Random) -> Story:
        passages = (1, 1, 1) if step == "at once" else (1, 2, 3, 5, 8)
        lives = [Life(step, nth, away=dice.choice((0.05, 0.6))) for nth in passages]
        return Story(f"killed: {step}", watchers(3), flow(5), [*lives, Life()])

    return make


def _idle(count: int) -> Callable[[random.Random], Story]:
    def make(dice: random.Random) -> Story:
        return Story(f"idle, {count} watcher(s)", watchers(count), [Act(1.5, "count"), Act(5.5, "count")])

    return make


def _killed_while_idle(dice: random.Random) -> Story:
    acts = [*flow(0.5), *flow(0.5, begins=6), *flow(0.5, begins=11)]
    return Story("killed while idle", watchers(3), acts, [Life(after=5.0), Life(after=5.0), Life()])


def _killed_soon(dice: random.Random) -> Story:
    """Nothing comes for a while, so the next round is in no hurry, and takes as long as in earnest."""
    acts = [*flow(0.5), *flow(0.5, begins=6)]
    lives = [Life(after=4.5), Life()]
    return Story("killed some seconds after the last text", watchers(3), acts, lives, pace=Pace(longest_round=10.0))


def _away_for_long(dice: random.Random) -> Story:
    acts = [*flow(1), *flow(3, begins=2.5), *flow(0.5, begins=8.2)]
    return Story("no triggerer for a while", watchers(3), acts, [Life(after=2.2, away=5.5), Life()])


def _restarts_for_ever(dice: random.Random) -> Story:
    lives = [Life(after=0.2 + 0.1 * number, away=0.05) for number in range(12)]
    return Story("killed again and again", watchers(4), flow(6), [*lives, Life()])


def _two(dice: random.Random) -> Story:
    return Story("two triggerers", watchers(3), flow(4), [Life()], second=[Life(after=3.0)], second_begins=1.8)


def _two_take_turns(dice: random.Random) -> Story:
    lives = [Life(after=2.0, away=0.8), Life(after=1.5, away=1.0), Life()]
    return Story(
        "two triggerers, killed in turn",
        watchers(3),
        flow(6),
        lives,
        second=[Life(after=1.5, away=0.5), Life(after=2.0)],
        second_begins=1.5,
    )


def _gateway_errors(dice: random.Random) -> Story:
    faults = [
        {"operation": "POST /messages", "kind": kind, "times": None, "probability": 0.4, "seed": number} | more
        for number, (kind, more) in enumerate(
            [("reset", {}), ("status", {"status": 503}), ("garbage", {}), ("garbage", {"body": "html"})]
        )
    ]
    acts = [*flow(5), Act(1.5, "faults", faults), Act(5.0, "faults", [])]
    return Story("gateway fails now and then", watchers(3), acts, [Life(after=3.0), Life()])


def _gateway_away(dice: random.Random) -> Story:
    all_fail = [{"operation": "*", "kind": "status", "status": 500, "times": None}]
    acts = [*flow(6), Act(1.3, "faults", all_fail), Act(4.5, "faults", [])]
    return Story("gateway away", watchers(3), acts)


def _gateway_away_at_first(dice: random.Random) -> Story:
    all_fail = [{"operation": "*", "kind": "reset", "times": None}]
    acts = [*flow(5), Act(0.0, "faults", all_fail), Act(4.0, "faults", [])]
    return Story("gateway away at the first look", watchers(3), acts, [Life(after=3.5), Life()])


def _gateway_restarts(dice: random.Random) -> Story:
    acts = [*flow(1), Act(2.2, "stop gateway"), Act(4.0, "start gateway"), *flow(2, begins=6.0)]
    return Story("gateway restarted", watchers(2), acts, [Life(after=3.0), Life()])


def _token_refused(dice: random.Random) -> Story:
    refused = [{"operation": "*", "kind": "status", "status": 401, "times": None}]
    acts = [*flow(4), Act(1.5, "faults", refused), Act(3.5, "faults", [])]
    return Story("token refused for a while", watchers(3), acts)


def _store_away(dice: random.Random) -> Story:
    acts = [*flow(5), Act(1.5, "store", False), Act(3.5, "store", True)]
    return Story("no store for a while", watchers(3), acts, [Life(after=4.5), Life()])


def _store_away_at_first(dice: random.Random) -> Story:
    acts = [Act(0.0, "store", False), Act(1.5, "store", True), *flow(4, begins=2.5)]
    return Story("no store at the beginning", watchers(3), acts)


def _skew(name: str, *skews: float) -> Callable[[random.Random], Story]:
    def make(dice: random.Random) -> Story:
        acts = flow(6)
        acts += [Act(2.0 + 1.5 * number, "settings", {"clock_skew": skew}) for number, skew in enumerate(skews[1:])]
        lives = [Life(after=3.1), Life("between persist and confirm", 3), Life()]
        return Story(name, watchers(3), acts, lives, settings={"clock_skew": skews[0]})

    return make


def _hidden(dice: random.Random) -> Story:
    acts = [Act(_BEGUN + 0.1 * number, "texts", some(dice, 1, (0.0, 0.25, 1.0, 2.5, 4.5))) for number in range(40)]
    return Story(
        "texts appear late", watchers(4), acts, [Life(after=2.5), Life("between persist and confirm", 4), Life()]
    )


def _search_lag(dice: random.Random) -> Story:
    lives = [Life(after=3.0), Life()]
    return Story("search lag", watchers(3), flow(4), lives, settings={"search_lag": 1.5, "search_order": "newest"})


def _texts_vanish(dice: random.Random) -> Story:
    """A search may show a text, and the next not: it is answered by another of the gateway's servers."""
    acts = [*flow(2), Act(4.0, "settings", {"search_lag": 4.0}), Act(6.5, "settings", {"search_lag": 0.0})]
    return Story("texts vanish for a while", watchers(3), acts, [Life(after=4.5), Life()])


def _pages(order: str) -> Callable[[random.Random], Story]:
    def make(dice: random.Random) -> Story:
        acts = [Act(_BEGUN + 0.05 * number, "texts", some(dice, 3, (0.0, 0.5))) for number in range(60)]
        settings = {"search_order": order, "search_page": 7}
        return Story(f"small pages, the {order} first", watchers(3), acts, [Life(after=2.0), Life()], settings=settings)

    return make


def _whole_seconds(dice: random.Random) -> Story:
    lives = [Life(after=2.5), Life("between yield and persist", 3), Life()]
    return Story("dates of whole seconds", watchers(3), flow(4), lives, settings={"dates": "javascript"})


def _forgotten(dice: random.Random) -> Story:
    acts = [*flow(14, 0.2), Act(12.0, "texts", some(dice, 5, (3.0, 4.5)))]
    lives = [Life(after=6.0), Life(after=4.0, away=1.0), Life("between persist and confirm", 5), Life()]
    return Story("what is told is forgotten", watchers(3), acts, lives, pace=QUICK)


def _forgotten_with_skew(dice: random.Random) -> Story:
    skews = [Act(at, "settings", {"clock_skew": skew}) for at, skew in ((4, 3.0), (7, -3.0), (11, 0.0))]
    lives = [Life(after=6.0), Life(after=4.0, away=1.0), Life()]
    name = "what is told is forgotten, the clock wrong"
    return Story(name, watchers(3), [*flow(14, 0.2), *skews], lives, pace=QUICK)


def _away_beyond_overlap(dice: random.Random) -> Story:
    acts = [*flow(2), *flow(9, 0.2, begins=4)]
    lives = [Life(after=3.5, away=11.0), Life()]
    return Story("away for longer than texts are late", watchers(3), acts, lives, pace=Pace(overlap=4.0, margin=0.4))


def _joins_later(dice: random.Random) -> Story:
    some_watchers = [*watchers(2), Watcher("later", {}, joins=3.0), Watcher("last", {"keyword": "order"}, joins=4.5)]
    return Story("a watcher is added", some_watchers, flow(6), [Life(after=3.6), Life()])


def _same_filters(dice: random.Random) -> Story:
    alike = [Watcher(f"asset{number}", {"keyword": "order"}) for number in range(3)]
    return Story("the same filter for three assets", alike, flow(4), [Life("between persist and confirm", 4), Life()])


def _joins_while_away(dice: random.Random) -> Story:
    all_fail = [{"operation": "*", "kind": "status", "status": 500, "times": None}]
    acts = [*flow(1), Act(2.2, "faults", all_fail), *flow(1, begins=2.5), Act(6.5, "faults", []), *flow(1, begins=7)]
    return Story("a watcher is added while the gateway is away", [*watchers(2), Watcher("later", {}, joins=5.5)], acts)


def _waits_late_and_early(dice: random.Random) -> Story:
    lives = [Life("between confirm and cursor write", 1, away=4.0), Life("before a look", 1, away=0.05), Life()]
    return Story("restarted late, then early", watchers(3), flow(6), lives)


def _slow_database(dice: random.Random) -> Story:
    acts = [*flow(1), Act(2.5, "texts", [text(number) for number in range(150)])]
    lives = [Life("between persist and confirm", 60), Life("between yield and persist", 30), Life()]
    return Story("a slow database", watchers(3), acts, lives, persist=0.004)


def burst(count: int, watching: int, persist: float, **more: Any) -> Story:
    """Return the story of very many texts that come at once."""
    contents = [text(number) | {"content": f"Order {number:05}", "to": "447860000001"} for number in range(count)]
    own = [Watcher(f"asset{number}", {}) for number in range(watching)]
    return Story(
        f"{count:,} at once, {watching} watcher(s)", own, [Act(_BEGUN, "texts", contents)], persist=persist, **more
    )


def _burst_with_kills(dice: random.Random) -> Story:
    story = burst(5_000, 2, 0.0, settle=90.0, patience=30.0)
    story.row = "5,000 at once, and kills"
    story.lives = [
        Life("between persist and confirm", 250),
        Life("between confirm and cursor write", 4),
        Life("in a cursor write", 5),
        Life(),
    ]
    return story


def _store_away_in_a_burst(dice: random.Random) -> Story:
    story = burst(500, 2, 0.002)
    story.row = "no store while much comes at once"
    story.acts += [Act(1.5, "store", False), Act(4.5, "store", True)]
    return story


NAMED: list[Callable[[random.Random], Story]] = [
    # Those that take long come first.
    _burst_with_kills,
    _forgotten,
    _forgotten_with_skew,
    _away_beyond_overlap,
    _killed_while_idle,
    _store_away_in_a_burst,
    *map(_killed, STEPS),
    _killed_soon,
    _away_for_long,
    _restarts_for_ever,
    _two,
    _two_take_turns,
    _gateway_errors,
    _gateway_away,
    _gateway_away_at_first,
    _gateway_restarts,
    _token_refused,
    _store_away,
    _store_away_at_first,
    _skew("clock ahead", 30.0),
    _skew("clock behind", -30.0),
    _skew("clock goes wrong and right again", 0.0, 30.0, -30.0, 0.0),
    _hidden,
    _search_lag,
    _texts_vanish,
    _pages("oldest"),
    _pages("newest"),
    _whole_seconds,
    _joins_later,
    _same_filters,
    _joins_while_away,
    _waits_late_and_early,
    _slow_database,
    _idle(1),
    _idle(12),
]


def story_of(seed: int, number: int) -> Story:
    """Return a story: each named one once, then random ones."""
    dice = random.Random(f"{seed}/{number}")
    story = NAMED[number](dice) if number < len(NAMED) else drawn(dice)
    story.repeat = f"python -m tests.chaos.inbox --seed {seed} --only {number}"
    return story


def number_of(row: str) -> int:
    """Return the number of a named story."""
    return [make(random.Random(0)).row for make in NAMED].index(row)


def drawn(dice: random.Random) -> Story:
    """Return a random story: several things at once."""
    own = watchers(dice.randint(1, 4))
    dice.shuffle(own)
    for watcher in own[1:]:
        watcher.joins = dice.choice((0.0, 0.0, dice.uniform(0, 4)))
    # A text that is late, by a clock that is wrong, while the gateway is away: all that must fit into the overlap.
    quick = replace(QUICK, overlap=16.0)
    pace = dice.choice((Pace(), quick))
    skews = (0.0, 3.0, -3.0) if pace is quick else (0.0, 30.0, -30.0)
    lasts = dice.uniform(4, 8)
    acts = [
        Act(dice.uniform(0.5, lasts), "texts", some(dice, dice.choice((1, 1, 2, 8)), (0.0, 0.0, 0.3, 1.5, 4.0)))
        for _ in range(dice.randint(10, 40))
    ]
    if dice.random() < 0.4:
        acts += [Act(dice.uniform(0, lasts), "settings", {"clock_skew": dice.choice(skews)}) for _ in range(2)]
    if dice.random() < 0.4:
        kind = dice.choice(({"kind": "status", "status": 500}, {"kind": "reset"}, {"kind": "garbage"}))
        fault = {"operation": "POST /messages", "times": None, "probability": dice.choice((0.5, 1.0)), **kind}
        began = dice.uniform(0, lasts - 1)
        acts += [Act(began, "faults", [fault]), Act(began + dice.uniform(0.5, 2.5), "faults", [])]
    if dice.random() < 0.2:
        began = dice.uniform(0, lasts - 1)
        acts += [Act(began, "store", False), Act(began + dice.uniform(0.3, 1.5), "store", True)]
    settings = {
        "search_order": dice.choice(("oldest", "newest")),
        "search_page": dice.choice((3, 7, 1000)),
        "search_lag": dice.choice((0.0, 0.0, 0.5)),
        "dates": dice.choice(("iso", "javascript")),
        "lists": dice.choice(("bare", "wrapped")),
        "ids": dice.choice(("digits", "uuid", "number")),
    }
    second = _lives(dice)[:-1] if dice.random() < 0.25 else []
    return Story(
        "random, two triggerers" if second else "random",
        own,
        acts,
        _lives(dice),
        second=second,
        second_begins=dice.uniform(0.5, 3),
        settings=settings,
        pace=pace,
        persist=dice.choice((0.0, 0.0, 0.01, 0.05)),
        sync=dice.choice((0.05, 0.2)),
    )


def _lives(dice: random.Random) -> list[Life]:
    lives = []
    for _ in range(dice.randint(0, 3)):
        life = Life(after=dice.uniform(0.1, 3), away=dice.uniform(0, 2))
        if dice.random() < 0.7:
            life.kill, life.nth, life.after = dice.choice(STEPS), dice.choice((1, 2, 3, 5, 9, 20)), 4.0
        lives.append(life)
    return [*lives, Life()]
