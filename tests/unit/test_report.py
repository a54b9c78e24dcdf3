"""What a report means for a task. Only DELIVERED is a report."""

from __future__ import annotations

import contextlib

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSensorTimeout, AirflowSkipException

from airflow_provider_smsworks import report
from airflow_provider_smsworks.subjects.message import Delivery


def message(status, **more):
    return {"message_id": "1", "status": status, "to": "447700900123", "content": "Hello", "credits_used": 1} | more


def timeout_event(last):
    """Return the event of a wait that saw this report last."""
    subject = Delivery("1")
    looking = subject.look(None, None)
    next(looking)
    with contextlib.suppress(StopIteration):
        looking.send(last)
    return subject.timeout_event()


FAILED = message("UNDELIVERABLE", failure_reason={"code": 5001, "details": "447700900123 is off", "permanent": True})
NOT_DELIVERED = ["UNDELIVERED", "UNDELIVERABLE", "EXPIRED", "REJECTED", "FAILED", "UNKNOWN", "CANCELLED", "DELETED"]


def test_delivered_is_returned():
    seen = Delivery.conclude(report.final_event(message("DELIVERED")), "fail")
    assert seen == {"message_id": "1", "status": "DELIVERED", "credits_used": 1, "failure_reason": None}


@pytest.mark.parametrize("status", NOT_DELIVERED)
def test_the_other_final_statuses_are_no_delivery(status):
    event = report.final_event(message(status))
    with pytest.raises(AirflowFailException, match=status):
        Delivery.conclude(event, "fail")
    with pytest.raises(AirflowSkipException):
        Delivery.conclude(event, "skip")
    assert Delivery.conclude(event, "return")["status"] == status


@pytest.mark.parametrize("status", ["SENT", "ACCEPTED", "SCHEDULED", "", "DELIVERED?", "HANDED_OVER"])
def test_a_status_that_is_open_or_unknown_ends_no_wait(status):
    assert report.final_event(message(status)) is None


@pytest.mark.parametrize("status", ["SENT", "HANDED_OVER"])
def test_a_wait_that_is_over_without_a_report_is_no_delivery(status):
    event = timeout_event(message(status))
    with pytest.raises(AirflowSensorTimeout, match=status):
        Delivery.conclude(event, "fail")
    assert Delivery.conclude(event, "return")["status"] == status


def test_an_unknown_status_is_named_as_such():
    with pytest.raises(AirflowSensorTimeout, match="which no document of the gateway mentions"):
        Delivery.conclude(timeout_event(message("HANDED_OVER")), "fail")


@pytest.mark.parametrize("on_undelivered", report.ON_UNDELIVERED)
@pytest.mark.parametrize("event", [None, {}, {"outcome": "new"}, Delivery("1").error_event(ValueError("refused"))])
def test_without_a_report_nothing_is_concluded(event, on_undelivered):
    with pytest.raises(AirflowFailException):
        Delivery.conclude(event, on_undelivered)


def test_a_final_event_whose_status_is_delivered_only_by_a_timeout_is_no_delivery():
    with pytest.raises(AirflowSensorTimeout):
        Delivery.conclude(timeout_event(message("DELIVERED")), "fail")


def test_events_and_errors_say_why_and_tell_nothing_about_anybody():
    event = report.final_event(FAILED)
    with pytest.raises(AirflowFailException, match="5001") as caught:
        Delivery.conclude(event, "fail")
    for text in (str(event), str(caught.value)):
        assert "447700900123" not in text
        assert "Hello" not in text
        assert "is off" in text
