"""After all the other runs of this folder: what logs and database hold of tokens, numbers and texts."""

from __future__ import annotations

import pytest

from tests.airflow.conftest import PHONE, PHONE_2, TOKEN, WORDS, WRONG_TOKEN

NUMBERS = [PHONE, PHONE_2]


@pytest.fixture(scope="module")
def everything(airflow, tmp_path_factory):
    """Return the content of every file of this Airflow's home: logs of components and tasks, and the database."""
    files = [file for file in airflow.home.rglob("*") if file.is_file()]
    return {file.relative_to(airflow.home): file.read_bytes() for file in files}


def holders(everything, text):
    return [str(name) for name, content in everything.items() if text.encode() in content]


def test_the_search_finds_what_is_there(everything, run):
    assert holders(everything, "44********12"), "the masked number, in logs and XComs"
    assert holders(everything, "smsworks_default")


@pytest.mark.parametrize("token", [TOKEN, WRONG_TOKEN])
def test_no_token(everything, token):
    assert holders(everything, token) == []


@pytest.mark.parametrize("number", NUMBERS)
def test_no_number_in_any_spelling(everything, number):
    for spelling in (number, number[1:], "44" + number[1:]):
        assert holders(everything, spelling) == []


def test_no_text(everything):
    assert holders(everything, WORDS) == []
