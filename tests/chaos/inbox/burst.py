"""`python -m tests.chaos.inbox.burst`: how long it takes to tell thousands of texts that come at once, in earnest.

Nothing is faster than it is in a real triggerer: the pace is the package's own, and the triggerer syncs once a second.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.__main__ import _make_airflow_home


def main(argv: Sequence[str] | None = None) -> int:
    """Measure; the exit code is 1 if a text was lost, or told twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.inbox.burst", description=__doc__)
    parser.add_argument("--texts", type=int, default=5_000, help="how many come at once (default 5000)")
    parser.add_argument("--watchers", type=int, default=1, help="how many want each of them (default 1)")
    parser.add_argument("--persist", type=float, default=0.01, help="seconds to persist an event (default 0.01)")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="smsworks-inbox-home-") as home:
        _make_airflow_home(home)
        return _measure(options.texts, options.watchers, options.persist, Path(home))


def _measure(texts: int, watchers: int, persist: float, home: Path) -> int:
    from tests.chaos.inbox.campaign import warm_up
    from tests.chaos.inbox.play import Player, folder_for
    from tests.chaos.inbox.stories import burst
    from tests.chaos.inbox.triggerer import pace_now
    from tests.chaos.inbox.verdict import is_broken, judge
    from tests.sandbox_process import running_sandbox

    pace = pace_now()
    # A story waits for a long look at its end, which changes nothing here.
    story = burst(texts, watchers, persist, pace=pace, poll=5.0, sync=1.0, settle=1_800.0)
    story.acts[0].at = 3.0
    with running_sandbox() as gateway:
        warm_up()
        player = Player(story, gateway, folder_for(home, 0))
        player.quiet = 15.0
        played = player.play()
    outcome = judge(played)
    came = played.texts[0].before
    events = [record["at"] for record in played.records if record["what"] == "event"]
    cursors = [record["at"] for record in played.records if record["what"] == "cursor"]
    print(
        f"{texts:,} texts at once, {watchers} watcher(s), {persist * 1000:g} ms for an event: the first told after"
        f" {min(events) - came:.1f} s, the last after {max(events) - came:.1f} s, written down that all are safe"
        f" {max(cursors) - max(events):.1f} s later; lost {outcome.lost}, told twice {outcome.twice}"
    )
    return int(is_broken(outcome))


if __name__ == "__main__":
    sys.exit(main())
