"""What the campaign takes out of the code, guard by guard, is still there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.guards import GUARDS
from tests.chaos.rows import ROWS

PACKAGE = Path(__file__).parents[2] / "airflow_provider_smsworks"


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_each_guard_is_there_once(guard):
    assert (PACKAGE / guard.file).read_text().count(guard.text) == 1
    assert set(guard.rows) <= set(ROWS)
