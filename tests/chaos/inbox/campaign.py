"""The campaign: workers that tell stories side by side, each with a sandbox of its own."""

from __future__ import annotations

import gc
import json
import logging
import os
import selectors
import shutil
import ssl
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from tenacity.wait import wait_fixed

from airflow_provider_smsworks.api import client
from airflow_provider_smsworks.api.numbers import parse_number
from scripts.processes import Family, StackError
from scripts.watchdog import MARKER_NAME
from tests.chaos.forking import Child, Tell
from tests.chaos.inbox.play import Player, folder_for
from tests.chaos.inbox.stories import story_of
from tests.chaos.inbox.story import Story
from tests.chaos.inbox.verdict import Outcome, judge
from tests.sandbox_process import RunningSandbox


def warm_up() -> None:
    """Do here what each triggerer would do again: they are forked from this process."""
    logging.disable(logging.CRITICAL)
    structlog.configure(processors=[_say_nothing])
    client._backoff = wait_fixed(0.02)  # type: ignore[assignment]
    # 25 ms for each client, and nothing here speaks TLS.
    ssl.create_default_context = cache(ssl.create_default_context)  # type: ignore[assignment]
    parse_number("447700900101", region="GB", allow_test_numbers=True)
    gc.collect()
    gc.freeze()


def _say_nothing(logger: Any, method: str, event: Any) -> Any:
    raise structlog.DropEvent


def tell_story(story: Story, number: int, gateway: RunningSandbox, home: Path) -> Outcome:
    """Play one story, and return what became of it."""
    folder = folder_for(home, number)
    try:
        return judge(Player(story, gateway, folder).play())
    finally:
        if not os.environ.get("SMSWORKS_CHAOS_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


class Campaign:
    """
    Tells stories until all are told.

    :param told: told the number of each story and its outcome, in the order in which they come
    """

    def __init__(self, seed: int, numbers: Sequence[int], told: Callable[[int, Outcome], None]) -> None:
        self.seed = seed
        self.numbers = numbers
        self.told = told

    def run(self, workers: int) -> None:
        """Tell the stories in so many processes."""
        family = Family("smsworks-inbox-chaos")
        workers = min(workers, len(self.numbers))
        children: list[Child] = []
        try:
            warm_up()
            with selectors.DefaultSelector() as selector:
                for place in range(workers):
                    # A sandbox that such a worker starts ends with this process, however that ends.
                    children.append(Child(self._work(place, workers, family.home), {MARKER_NAME: str(family.home)}, 0))
                    selector.register(children[-1], selectors.EVENT_READ, children[-1])
                rests = dict.fromkeys(children, b"")
                while rests:
                    for key, _ in selector.select():
                        child: Child = key.data  # type: ignore[assignment]
                        if not (more := child.read()):
                            selector.unregister(child)
                            del rests[child]
                            continue
                        *lines, rests[child] = (rests[child] + more).split(b"\n")
                        for line in lines:
                            self._take(json.loads(line))
        finally:
            for child in children:
                child.kill()
            family.end()

    def _work(self, place: int, workers: int, home: Path) -> Callable[[Tell], None]:
        def work(tell: Tell) -> None:
            gateway = RunningSandbox("--db", str(home / f"gateway-{place}.db"))
            try:
                for number in self.numbers[place::workers]:
                    outcome = tell_story(story_of(self.seed, number), number, gateway, home)
                    tell({"number": number, "outcome": asdict(outcome)})
            finally:
                gateway.close()

        return work

    def _take(self, line: dict[str, Any]) -> None:
        if "outcome" not in line:
            raise StackError(f"A worker of the campaign failed:\n{line['says']}")
        self.told(line["number"], Outcome(**line["outcome"]))
