from __future__ import annotations

import pytest

from airflow_provider_smsworks.api.statuses import is_final, is_known


@pytest.mark.parametrize(
    "status",
    ["DELIVERED", "UNDELIVERED", "UNDELIVERABLE", "EXPIRED", "REJECTED", "FAILED", "UNKNOWN", "CANCELLED", "DELETED"],
)
def test_a_status_that_no_report_follows_is_final(status):
    assert is_final(status)
    assert is_known(status)


@pytest.mark.parametrize("status", ["SENT", "ACCEPTED", "SCHEDULED"])
def test_a_status_that_a_report_follows_is_known_and_not_final(status):
    assert not is_final(status)
    assert is_known(status)


@pytest.mark.parametrize("status", ["", "READ", "DELIVERED?", "delivered "])
def test_a_status_that_no_document_mentions_is_neither_final_nor_known(status):
    assert not is_final(status)
    assert not is_known(status)
