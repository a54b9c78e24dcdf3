"""
What makes all watchers of a connection look, in rounds; from Airflow 3.3 on as the producer of a shared stream.

A round ends when the events of all watchers are in Airflow's database. So who is in the next round knows that what it
told in the last one is safe, and no watcher ever has more events under way than those of one round.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from airflow_provider_smsworks.api.errors import SmsWorksError
from airflow_provider_smsworks.inbox.shared import Inbox

_LONGEST_ROUND = 10.0
"""Seconds after which a round begins although nothing came: for what could not be written down or read in the last."""


class Round:
    """One round: everybody tells what there is to tell."""

    def __init__(self) -> None:
        self.is_enough = True

    def again(self) -> None:
        """Ask for another round at once."""
        self.is_enough = False


async def rounds(inbox: Inbox, poll_interval: float) -> AsyncGenerator[Round, None]:
    """Yield a round whenever something may have come in."""
    member = inbox.join(None, lambda: poll_interval)
    try:
        while True:
            round_ = Round()
            yield round_
            if round_.is_enough:
                try:
                    await member.texts(_LONGEST_ROUND)
                except SmsWorksError:
                    # The inbox says so, and goes on trying.
                    continue
    finally:
        member.leave()


try:
    from airflow.triggers.shared_stream import AdvanceItem, SharedStreamProducer
except ImportError:  # Airflow before 3.3
    if TYPE_CHECKING:
        raise
else:

    class InboxStream(SharedStreamProducer):
        """The rounds of all watchers of a connection; the next begins when the events of the last are safe."""

        def __init__(self, conn_id: str) -> None:
            self._conn_id = conn_id
            self._is_safe = asyncio.Event()

        async def open_stream(self) -> AsyncIterator[tuple[Round, Any]]:
            """Yield rounds."""
            # The watchers say how often to look; without one nobody has to.
            async with aclosing(rounds(Inbox.of(self._conn_id), float("inf"))) as all_rounds:
                async for round_ in all_rounds:
                    self._is_safe.clear()
                    yield round_, None
                    await self._is_safe.wait()

        async def advance(self, batch: Sequence[AdvanceItem]) -> None:
            """Let the next round begin. Who failed in this one is not in it, and begins again where it was safe."""
            self._is_safe.set()
