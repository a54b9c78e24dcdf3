"""The open questions of the gateway's documents, and sandbox settings that answer them in every combination of two.

    @pytest.mark.parametrize("reading", pairwise(QUESTIONS))
    def test_something(sandbox, connected, reading):
        sandbox.set(**reading)

A defect rarely needs more than two particular readings to show. All pairs take some twenty rows, all
combinations would take billions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, get_args

from airflow_provider_smsworks.sandbox.settings import Circumstances, Settings

Questions = Mapping[str, Sequence[Any]]
Reading = dict[str, Any]

# The readings of settings that are amounts; the first is the default. All others have them in their type.
_AMOUNTS: Questions = {
    "unicode_limit": (None, 70),
    "batch_limit": (5000, 500),
    "schedule_tolerance": (0.0, 60.0),
    "search_lag": (0.0, 0.15),  # less than the wire tests tell the client
    "search_page": (1000, 3),
}


def _values(name: str) -> Sequence[Any]:
    field = Settings.model_fields[name]
    values = _AMOUNTS.get(name) or ((False, True) if field.annotation is bool else get_args(field.annotation))
    return sorted(values, key=lambda value: value != field.default)


DEFAULTS: Reading = Settings().model_dump()
QUESTIONS: Questions = {name: _values(name) for name in Settings.model_fields if name not in Circumstances.model_fields}


def questions(*names: str) -> Questions:
    """Only some of the questions, for a test that the others cannot touch."""
    return {name: QUESTIONS[name] for name in names}


def pairwise(questions: Questions) -> list[Reading]:
    """Few rows in which any two values of any two questions meet; the first row has the first value of each.

    Greedy, and always the same. Asks for two questions or more.
    """
    answers = [(name, value) for name, values in questions.items() for value in values]
    missing = {_pair(one, other) for one, other in combinations(answers, 2) if one[0] != other[0]}
    rows: list[Reading] = [{name: values[0] for name, values in questions.items()}]
    while missing := missing - {_pair(*two) for two in combinations(rows[-1].items(), 2)}:
        rows.append(_row(questions, missing))
    return rows


_Answer = tuple[str, Any]
_Pair = tuple[_Answer, _Answer]


def _row(questions: Questions, missing: set[_Pair]) -> Reading:
    """Start with the pair whose values have most left to meet, and give every other question its best value.

    That is the one that meets the most of the row for the first time, and of equal ones the one that has most
    left to meet.
    """
    left = Counter(answer for pair in missing for answer in pair)
    row = dict(max(sorted(missing, key=repr), key=lambda pair: left[pair[0]] + left[pair[1]]))
    for name in sorted(questions, key=lambda name: -max(left[name, value] for value in questions[name])):
        if name not in row:
            answers = [(name, value) for value in questions[name]]
            firsts = {answer: sum(_pair(answer, other) in missing for other in row.items()) for answer in answers}
            row[name] = max(answers, key=lambda answer: (firsts[answer], left[answer]))[1]
    return {name: row[name] for name in questions}


def _pair(one: _Answer, other: _Answer) -> _Pair:
    return (one, other) if one[0] < other[0] else (other, one)
