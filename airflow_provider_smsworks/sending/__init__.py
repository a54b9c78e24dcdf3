"""
A text is sent once, whatever Airflow repeats: retries, lost workers, cleared tasks, backfills.

``once`` holds the rule; ``identity`` says what "the same text" is; ``journal`` is where it is written down before
it goes out; ``lookup`` finds out whether it went out after all; ``task`` applies all that to a task.
"""

from __future__ import annotations
