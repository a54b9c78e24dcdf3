"""
What is documented as not to be known or not to be won. Each exemption of the campaign is here, and nowhere else.
"""

from __future__ import annotations

from tests.chaos.story import Story


def words_are_all(story: Story) -> bool:
    """
    Nothing is written down and no look-up knows a key: what an earlier try sent is found by its words alone.

    So a try that renders other words cannot find it. (README: Airflow before 3.3; `find_by_words`.)
    """
    return not story.has_store and not story.finds_by_key


def may_stay_unknown(story: Story) -> bool:
    """
    No key, and a text at the phone that may be this one in other words: nothing is sent, and the task says so.

    Other words come from the gateway's AI Optimiser (a text just over one part), or, in a list, from an earlier try.
    """
    if story.kind == "otp":
        return False
    if story.changes and story.kind == "collection":
        return True  # it has two texts for one phone, which only their order tells apart
    if story.shows_metadata:
        return False
    # The server's filter is believed only where it finds something of ours: a text that never went out it does not.
    return story.is_long or (story.changes and story.is_bulk and not story.finds_by_key)


def another_passcode_may_go_out(story: Story) -> bool:
    """A passcode cannot be looked up; with `on_unknown="retry"` the author wants another one after an open outcome."""
    return story.kind == "otp" and story.on_unknown == "retry"


def every_passcode_is_open(story: Story) -> bool:
    """Without a store no try knows of an earlier one, and passcodes have no look-up: also one that arrived is open."""
    return another_passcode_may_go_out(story) and not story.has_store


def cannot_know_refusals(story: Story) -> bool:
    """Without a store nobody knows that an earlier try was refused: with `on_unknown="fail"` a person decides."""
    return not story.has_store and story.on_unknown == "fail"


def is_taken_for_the_first(story: Story) -> bool:
    """
    A list that a Clear sends again within minutes, with the same words: by metadata or batch its texts are told apart.

    Where the gateway shows neither, the first one is taken for it. (docs/sending-once.md)
    """
    return story.resends and story.is_bulk and not story.finds_by_key and nobody_knows_the_batch(story)


def nobody_knows_the_batch(story: Story) -> bool:
    """
    What a look-up finds need not say in which batch it went out: then the task cannot wait for its reports.

    It sends once all the same, and waiting is not what is tried here: so those that wait have another gateway.
    """
    return story.is_bulk and (story.reading["shapes"] == "text" or not story.reading["optional_fields"])
