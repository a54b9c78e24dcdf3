"""The open questions as the other tests get them, and that any two readings meet."""

from __future__ import annotations

from itertools import combinations

import pytest

from airflow_provider_smsworks.sandbox.settings import Settings
from tests.readings import DEFAULTS, QUESTIONS, pairwise, questions

SMALL = {"a": (1, 2, 3), "b": (False, True), "c": ("x", "y"), "d": (None, 7)}


def test_every_question_has_two_readings_or_more_and_the_default_first():
    for name, values in QUESTIONS.items():
        assert len(values) >= 2, name
        assert values[0] == Settings.model_fields[name].default, name
        for value in values:
            assert Settings().changed({name: value}).model_dump()[name] == value


@pytest.mark.parametrize("asked", [QUESTIONS, SMALL, questions("inbox", "search_order", "lists")])
def test_any_two_readings_meet(asked):
    rows = pairwise(asked)
    for (one, values), (other, others) in combinations(asked.items(), 2):
        met = {(row[one], row[other]) for row in rows}
        assert met == {(a, b) for a in values for b in others}
    assert all(list(row) == list(asked) for row in rows)


def test_the_rows_are_few_and_always_the_same():
    rows = pairwise(QUESTIONS)
    assert len(rows) < 25
    assert rows == pairwise(QUESTIONS)
    assert rows[0] == {name: DEFAULTS[name] for name in QUESTIONS}
    assert len(pairwise(SMALL)) <= 9
