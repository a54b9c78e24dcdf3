"""The docs' table of operations is the package's."""

from __future__ import annotations

from airflow_provider_smsworks.api import operations
from airflow_provider_smsworks.api.operations import Operation
from scripts.operations_table import PAGE, page


def test_the_page_is_made_from_the_table():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m scripts.operations_table"


def test_every_operation_is_on_it():
    written = page()
    for operation in vars(operations).values():
        if isinstance(operation, Operation):
            assert f"`{operation.label}`" in written
