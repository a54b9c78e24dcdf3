"""The docs' tables of errors, codes and statuses are the package's."""

from __future__ import annotations

from airflow_provider_smsworks.api import statuses
from airflow_provider_smsworks.api.codes import CODES
from airflow_provider_smsworks.exceptions import __all__ as errors
from scripts.errors_table import PAGE, page


def test_the_tables_are_made_from_the_code():
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "run: python -m scripts.errors_table"


def test_everything_is_in_them():
    text = PAGE.read_text(encoding="utf-8")
    for first in [*(f"`{name}`" for name in errors), *CODES, *statuses._OF_A_MESSAGE]:
        assert f"\n| {first} | " in text
