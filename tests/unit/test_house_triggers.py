"""A trigger never sends: nothing that a triggerer runs for a wait can text anybody."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import airflow_provider_smsworks
from airflow_provider_smsworks.api import operations
from airflow_provider_smsworks.api.operations import Operation

ROOT = Path(airflow_provider_smsworks.__file__).parent
WAITS = ("triggers", "subjects", "deliveries", "inbox")
SENDS = {name.lower() for name, value in vars(operations).items() if isinstance(value, Operation) and value.sends}
FILES = [file for folder in WAITS for file in sorted((ROOT / folder).glob("*.py"))]


def imports_of(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_it_is_known_what_sends():
    assert {"send_message", "schedule_batch", "send_otp"} <= SENDS


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_waits_use_nothing_that_sends(file):
    # Who is who is told by the part of `sending` that sends nothing.
    sending = {name for name in imports_of(file) if name.startswith("airflow_provider_smsworks.sending")}
    assert sending <= {"airflow_provider_smsworks.sending.identity"}
    called = set(re.findall(r"\ba?(\w+)\b", file.read_text().lower()))
    assert called & SENDS == set()
