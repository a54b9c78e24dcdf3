"""
Reads a list page by page that changes meanwhile, and loses nothing that was in it all the time.

Messages come (and move the others back) and go (reports are deleted, a status no longer matches: the others move up).
So every page but the first begins a little before the end of the one before. If it does not begin with a message
that was read already, others may have moved past unread, and reading goes back. Needs no more of the gateway than
that the order stays; whether newest or oldest come first, and how long its pages are, the documents leave open.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator

from airflow_provider_smsworks.api.errors import SmsWorksUnavailableError
from airflow_provider_smsworks.api.records.fields import Record

_OVERLAP = 50
_MOST_STEPS_BACK = 20


def pages(take: Callable[[list[Record]], None]) -> Generator[int, list[Record]]:
    """
    Yield how many messages to skip, take the page that begins there, until all messages are read.

    :param take: gets the messages of each page that were not in those before
    :raises SmsWorksUnavailableError: the list changed so much that it cannot be said to be read
    """
    # Fingerprints, for there may be a million messages.
    found: set[int] = set()
    skip = longest = steps_back = repeats = 0
    before: set[int] = set()
    while True:
        page = {hash(_key(message)): message for message in (yield skip)}
        keys = list(page)
        # Pages of one message cannot overlap.
        if skip and longest > 1 and (not keys or keys[0] not in found):
            steps_back += 1
            if steps_back > _MOST_STEPS_BACK:
                raise SmsWorksUnavailableError(
                    "The messages could not be read: their list changes from page to page. Give `since` and `until`"
                    " a shorter time between them.",
                    no_effect=True,
                )
            skip, before = skip // 2, set()
            continue
        new = [message for key, message in page.items() if key not in found]
        take(new)
        found |= page.keys()
        longest = max(longest, len(keys))
        # The same page again: the gateway ignores `skip`, or as many messages came as reading went on. Not twice.
        repeats = repeats + 1 if page.keys() == before else 0
        # Neither a short page (the gateway may have a smaller limit) nor a full one says by itself that it was last.
        if not keys or (not new and (len(keys) < longest or repeats > 1)):
            return
        before = set(keys)
        skip += len(keys) - min(_OVERLAP, len(keys) // 2)


def read_pages(read: Callable[[int], list[Record]], take: Callable[[list[Record]], None]) -> None:
    """
    Read all messages, for code that may block.

    :param read: reads the page that begins behind so many messages
    """
    reading = pages(take)
    skip = next(reading)
    while True:
        page = read(skip)
        try:
            skip = reading.send(page)
        except StopIteration:
            return


def _key(message: Record) -> str:
    return message["message_id"] or json.dumps(message, sort_keys=True)
