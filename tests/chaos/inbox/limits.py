"""What is documented as not to be known. Each exemption of the campaign is here, and nowhere else."""

from __future__ import annotations

from typing import Protocol

TOLERANCE = 2.0
"""Seconds by which texts may seem earlier than they are: the gateway's dates may be whole seconds."""


class Seen(Protocol):
    """A text as searches show it."""

    before: float
    after: float
    visible: float
    skew: float


def may_be_passed_over(text: Seen, has_looked: float) -> bool:
    """
    A gateway whose clock is behind dates a text before the watcher's beginning.

    Where the text came between that and the watcher's first look, nothing tells it from one that was there before.
    """
    return text.skew < -TOLERANCE and text.before < has_looked


def may_be_told_early(text: Seen, last_look: float) -> bool:
    """
    What came before a watcher began is told if it is new to the watcher.

    A gateway whose clock is ahead dates it so; and what no look had shown, when the watcher passed over what was there
    (the last long one of these looks began at ``last_look``), was not visible yet, or came while the gateway was away.
    """
    return text.skew > 0 or text.visible > last_look
