from __future__ import annotations

import pytest

from airflow_provider_smsworks.api.statuses import can_try_again, is_final, is_known, normal, was_paid

FINAL = [
    "DELIVERED",
    "UNDELIVERED",
    "UNDELIVERABLE",
    "EXPIRED",
    "REJECTED",
    "FAILED",
    "UNKNOWN",
    "CANCELLED",
    "DELETED",
    "INCOMING",
]
OPEN = ["SENT", "ACCEPTED", "SCHEDULED"]
NO_DOCUMENTS_WORD = ["", " ", None, "READ", "DELIVERED?", 7]


@pytest.mark.parametrize("status", [*FINAL, "delivered ", "Expired"])
def test_a_status_that_no_report_follows_is_final(status):
    assert is_final(status)
    assert is_known(status)


@pytest.mark.parametrize("status", OPEN)
def test_a_status_that_a_report_follows_is_known_and_not_final(status):
    assert not is_final(status)
    assert is_known(status)


@pytest.mark.parametrize("status", [*NO_DOCUMENTS_WORD, "PROCESSED", "VERIFIED"])
def test_a_status_that_no_document_mentions_of_a_message_is_neither_final_nor_known(status):
    assert not is_final(status)
    assert not is_known(status)


@pytest.mark.parametrize(
    ("status", "final"),
    [("SCHEDULED", False), ("PROCESSED", True), ("CANCELLED", True), ("SENT", None), ("DELIVERED", None), ("", None)],
)
def test_a_schedule_is_over_when_it_was_processed_or_cancelled(status, final):
    assert is_final(status, "schedule") is (final is True)
    assert is_known(status, "schedule") is (final is not None)


@pytest.mark.parametrize(
    ("status", "final"),
    [
        ("VERIFIED", True),
        (" verified", True),
        ("EXPIRED", True),
        ("UNDELIVERABLE", True),
        ("REJECTED", True),
        ("SENT", False),
        ("DELIVERED", False),
        # It may have arrived, and be typed in yet.
        ("UNKNOWN", False),
        ("READ", None),
    ],
)
def test_a_passcode_is_over_when_it_was_verified_or_cannot_be(status, final):
    assert is_final(status, "otp") is (final is True)
    assert is_known(status, "otp") is (final is not None)


@pytest.mark.parametrize(
    ("status", "uk", "abroad", "unknown"),
    [
        ("DELIVERED", True, True, True),
        # No report counts as delivered, and UNKNOWN is not refunded.
        ("SENT", True, True, True),
        ("ACCEPTED", True, True, True),
        ("UNKNOWN", True, True, True),
        ("UNDELIVERED", False, True, None),
        ("UNDELIVERABLE", False, True, None),
        ("EXPIRED", False, True, None),
        ("REJECTED", False, False, False),
        ("FAILED", None, None, None),
        ("SCHEDULED", None, None, None),
        ("CANCELLED", None, None, None),
        ("READ", None, None, None),
        (None, None, None, None),
    ],
)
def test_what_was_paid(status, uk, abroad, unknown):
    assert was_paid(status, international=False) is uk
    assert was_paid(status, international=True) is abroad
    assert was_paid(status) is unknown


DOES_NOT_EXIST, IS_OFF = {"code": 5001, "permanent": False}, {"code": 5006, "permanent": False}


@pytest.mark.parametrize(
    ("status", "reason", "again"),
    [
        ("DELIVERED", None, False),
        # The documents' own sample of a report: delivered, with a reason why not.
        ("DELIVERED", {"code": 1, "permanent": False}, False),
        ("SENT", None, False),
        ("SENT", IS_OFF, False),
        ("SCHEDULED", None, False),
        ("EXPIRED", None, True),
        ("EXPIRED", IS_OFF, True),
        ("EXPIRED", {"code": 15}, True),
        ("EXPIRED", DOES_NOT_EXIST, False),
        ("UNDELIVERABLE", None, None),
        ("UNDELIVERABLE", {}, None),
        ("UNDELIVERABLE", IS_OFF, True),
        ("UNDELIVERED", {"code": 6}, True),
        ("UNDELIVERED", {"code": "5006"}, True),
        ("UNDELIVERABLE", DOES_NOT_EXIST, False),
        ("UNDELIVERABLE", {"code": 3001, "permanent": False}, True),
        ("UNDELIVERABLE", {"code": 3001, "permanent": True}, False),
        ("UNDELIVERABLE", {"code": 3001}, None),
        ("UNDELIVERABLE", {"code": None, "permanent": True}, False),
        ("REJECTED", None, False),
        ("REJECTED", {"code": 5004}, False),
        ("REJECTED", {"code": 5020}, None),
        ("FAILED", {"code": 4004}, False),
        ("FAILED", {"code": 4007}, False),
        ("FAILED", {"code": 4021}, None),
        ("FAILED", {"code": 5002}, True),
        ("FAILED", None, None),
        ("UNKNOWN", None, None),
        ("UNKNOWN", IS_OFF, None),
        ("CANCELLED", None, None),
        ("READ", IS_OFF, None),
        (None, None, None),
    ],
)
def test_whether_sending_again_can_help(status, reason, again):
    assert can_try_again(status, reason) is again


def test_both_words_for_the_same_thing_mean_the_same():
    reasons = [None, IS_OFF, DOES_NOT_EXIST, {"code": 3001}]
    for one, other in [("UNDELIVERED", "UNDELIVERABLE"), ("SENT", "ACCEPTED")]:
        assert is_final(one) is is_final(other)
        assert was_paid(one) is was_paid(other)
        assert [can_try_again(one, reason) for reason in reasons] == [can_try_again(other, r) for r in reasons]


def test_a_status_is_read_in_any_spelling():
    assert [normal(word) for word in (" sent", "SENT\n", None, "")] == ["SENT", "SENT", "", ""]
