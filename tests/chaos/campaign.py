"""The campaign: workers that tell stories side by side, each with a sandbox of its own."""

from __future__ import annotations

import json
import os
import re
import selectors
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx

from scripts.processes import Family, StackError, last_lines
from tests.chaos.draw import story_of
from tests.chaos.forking import Child, Tell
from tests.chaos.play import Player, connection
from tests.chaos.table import Outcome
from tests.chaos.verdict import judge, was_too_slow
from tests.chaos.warm import warm_up
from tests.sandbox_process import ROOT, RunningSandbox

AGAIN = 6
"""How often a story is told again, twice as slow each time, where this machine was too slow for what it promises."""

_READY = re.compile(r"ready on (http://\S+)")


class Gateway(RunningSandbox):
    """The sandbox of one worker, which somebody else started."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.Client(base_url=url, trust_env=False, timeout=30)


def tell_story(seed: int, number: int, rows: Sequence[str], gateway: RunningSandbox) -> tuple[Outcome, int]:
    """Play one story, and return what became of it, and how often it was begun anew."""
    why = ""
    for again in range(AGAIN + 1):
        folder = Path(tempfile.mkdtemp(prefix="story-", dir=os.environ["AIRFLOW_HOME"]))
        try:
            story = story_of(seed, number, rows)
            story.client_lag *= 2**again
            player = Player(story, gateway, folder)
            player.play()
            outcome = judge(player)
            why = was_too_slow(player)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if not why:
            return outcome, again
    outcome.wrong.append(f"this machine is too slow for the campaign: {why}; use fewer --workers")
    return outcome, AGAIN


class Campaign:
    """
    Tells stories until all are told, or until somebody has heard enough.

    :param rows: only these rows of the table; empty means all
    :param told: told each outcome, in the order in which they come; False ends the campaign
    """

    def __init__(self, seed: int, numbers: Sequence[int], rows: Sequence[str], told: Callable[[Outcome], bool]) -> None:
        self.seed = seed
        self.numbers = numbers
        self.rows = rows
        self.told = told
        self.begun_anew = 0

    def run(self, workers: int) -> None:
        """Tell the stories in so many processes."""
        workers = min(workers, len(self.numbers))
        with _gateways(workers) as urls, selectors.DefaultSelector() as selector:
            Gateway(urls[0]).set(delivery_delay=0)
            warm_up(connection(urls[0], timeout=10, search_lag=0.1))
            children = [Child(self._work(place, workers, url), {}, longest=0) for place, url in enumerate(urls)]
            rests = dict.fromkeys(children, b"")
            for child in children:
                selector.register(child, selectors.EVENT_READ, child)
            try:
                while rests:
                    for key, _ in selector.select():
                        child = key.data
                        if not (more := child.read()):
                            selector.unregister(child)
                            del rests[child]
                            continue
                        *lines, rests[child] = (rests[child] + more).split(b"\n")
                        if not all(self._take(json.loads(line)) for line in lines):
                            return
            finally:
                for child in children:
                    child.kill()

    def _work(self, place: int, workers: int, url: str) -> Callable[[Tell], None]:
        def work(tell: Tell) -> None:
            main = os.getppid()
            gateway = Gateway(url)
            for number in self.numbers[place::workers]:
                if os.getppid() != main:
                    return
                outcome, again = tell_story(self.seed, number, self.rows, gateway)
                tell({"outcome": asdict(outcome), "again": again, "number": number})

        return work

    def _take(self, line: dict[str, Any]) -> bool:
        if "outcome" not in line:
            raise StackError(f"A worker of the campaign failed:\n{line['says']}")
        self.begun_anew += line["again"]
        return self.told(Outcome(**line["outcome"]))


@contextmanager
def _gateways(count: int) -> Iterator[list[str]]:
    """Run so many sandboxes; they end with this process, however that ends."""
    family = Family("smsworks-chaos")
    try:
        os.environ["AIRFLOW_HOME"] = str(family.home)
        command = [sys.executable, "-m", "airflow_provider_smsworks.sandbox", "--port", "0"]
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
        members = [family.spawn(f"sandbox-{place}", command, environment) for place in range(count)]
        deadline = time.monotonic() + 60
        urls: list[str] = []
        for member in members:
            while not (ready := _READY.search(member.log.read_text(errors="replace"))):
                family.check()
                if time.monotonic() > deadline:
                    raise StackError(f"A sandbox did not start:\n{last_lines(member.log)}")
                time.sleep(0.05)
            urls.append(ready[1])
        yield urls
    finally:
        family.end()
