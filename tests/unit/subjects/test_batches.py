"""When the wait for a batch ends, and what it says then. No gateway: the answers are made up."""

from __future__ import annotations

import logging
import re

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSensorTimeout, AirflowSkipException

from airflow_provider_smsworks.api.errors import SmsWorksNotFoundError
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.subjects import batches as module
from airflow_provider_smsworks.subjects.batches import Batches
from airflow_provider_smsworks.subjects.subject import Pause

LOG = logging.getLogger(__name__)
LAG = 10.0
SETTINGS = Settings("smsworks", token="secret", search_lag=LAG)


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def messages(words, first=1, **more):
    """D delivered, F failed, S on its way, ? a word that nobody knows."""
    statuses = {"D": "DELIVERED", "F": "UNDELIVERABLE", "S": "SENT", "?": "HANDED_OVER"}
    return [
        {"message_id": str(n), "status": statuses[word], "to": f"4479111234{n:02}", "content": "Hello", **more}
        for n, word in enumerate(words, first)
    ]


def look(subject, clock, *answers):
    """Return the event of a look that gets these answers, and the pauses in between."""
    left, pauses = list(answers), []
    looking = subject.look(SETTINGS, LOG)
    try:
        step = next(looking)
        while True:
            if isinstance(step, Pause):
                pauses.append(step.seconds)
                clock.now += step.seconds
                step = looking.send(None)
            elif left[0] is None and not step.may_be_missing:
                raise SmsWorksNotFoundError("no such batch")
            else:
                step = looking.send(left.pop(0))
    except StopIteration as done:
        assert not left
        return done.value, pauses


@pytest.mark.parametrize(
    ("words", "at_least", "ends"),
    [
        ("DDDD", 1.0, True),
        ("DDDS", 1.0, None),
        ("DDD?", 1.0, None),
        ("DDDF", 1.0, False),
        ("FSSS", 1.0, False),
        ("DDDS", 0.75, True),
        ("DDSS", 0.75, None),
        ("FSSS", 0.75, None),
        ("FFSS", 0.75, False),
        ("D" * 7 + "S" * 93, 0.07, True),  # 0.07 * 100 is a little more than 7
        ("D" * 7 + "S" * 3, 0.7, True),
        ("D" * 6 + "S" * 4, 0.7, None),
        ("F" * 3 + "S" * 7, 0.7, None),
        ("F" * 4 + "S" * 6, 0.7, False),
        ("SS", 0.01, None),
        ("FF", 0.01, False),
        ("??", 0.01, None),
    ],
)
def test_when_it_ends(clock, words, at_least, ends):
    event, _ = look(Batches(["b"], expected=len(words), at_least=at_least), clock, messages(words))
    assert (event and event["reached"]) is ends


def test_a_batch_that_shows_only_a_part_is_waited_for(clock):
    subject = Batches(["b"], expected=4)
    for seen in (None, [], messages("D"), messages("DDD")):
        assert look(subject, clock, seen) == (None, [])
    assert look(subject, clock, messages("DDDD"))[0]["delivered"] == 4


def test_what_was_seen_once_cannot_be_missing(clock):
    subject = Batches(["b"], expected=4)
    look(subject, clock, messages("D"))
    with pytest.raises(SmsWorksNotFoundError):
        look(subject, clock, None)


def test_without_a_number_an_early_end_is_looked_at_twice(clock):
    subject = Batches(["b"])
    clock.now += 4
    assert look(subject, clock, messages("DD"), messages("DDS")) == (None, [6.0])
    event, pauses = look(subject, clock, messages("DDD"))
    assert (event["total"], event["reached"], pauses) == (3, True, [])


def test_without_a_number_a_late_end_is_believed_at_once(clock):
    subject = Batches(["b"])
    clock.now += LAG
    assert look(subject, clock, messages("DD"))[0]["reached"]


@pytest.mark.parametrize("seen", [None, []])
def test_a_batch_without_messages_is_not_there(clock, seen):
    with pytest.raises(SmsWorksNotFoundError):
        look(Batches(["b"]), clock, seen)


def test_several_batches_count_together_and_those_that_are_over_are_asked_no_more(clock):
    subject = Batches(["b", "c"], expected=4)
    assert look(subject, clock, messages("DD"), messages("DS", 3))[0] is None
    clock.now += LAG
    assert look(subject, clock, messages("DD"), messages("DS", 3))[0] is None
    event, _ = look(subject, clock, messages("DF", 3))
    assert (event["total"], event["delivered"], event["failed"], event["reached"]) == (4, 3, 1, False)


def test_a_partial_list_of_failures_only_does_not_end_the_questions(clock):
    subject = Batches(["b", "c"], expected=4, at_least=0.5)
    clock.now += LAG
    look(subject, clock, messages("F"), messages("D", 3))
    # The first batch looked over, and was not.
    assert look(subject, clock, messages("FD"), messages("D", 3))[0]["reached"]


def test_messages_without_ids_are_told_apart(clock):
    rows = [row | {"message_id": None} for row in [*messages("DD"), *messages("S")]]
    subject = Batches(["b"], expected=3)
    for _ in range(2):
        assert look(subject, clock, rows)[0] is None
        assert subject.so_far()["total"] == 3


def failure(number, status="UNDELIVERABLE", **reason):
    return {
        "message_id": str(number),
        "status": status,
        "to": f"447911123{number:03}",
        "failure_reason": reason or None,
    }


def test_the_event_says_what_failed_and_tells_nothing_about_anybody(clock):
    rows = [
        *messages("D", content="secret words", credits_used=1),
        failure(2, code=1, details="UNKNOWN: 447911123456", permanent=False) | {"credits_used": 0},
        failure(3, "REJECTED", code=4999, details="ask 447911123456", permanent=True) | {"credits_used": 2},
        failure(4, "EXPIRED") | {"credits_used": 0},
    ]
    event, _ = look(Batches(["b"], expected=4), clock, rows)
    assert (event["total"], event["delivered"], event["failed"], event["waiting"]) == (4, 1, 3, 0)
    assert event["statuses"] == {"DELIVERED": 1, "UNDELIVERABLE": 1, "REJECTED": 1, "EXPIRED": 1}
    assert event["credits_used"] == 3
    first, second, third = event["failures"]
    assert (first["message_id"], first["code"], first["try_again"]) == ("2", 5001, False)
    assert (second["code"], second["reason"], second["try_again"]) == (4999, "ask 44********56", False)
    assert (third["code"], third["try_again"]) == (None, True)
    assert first["to"] == "44********02"
    assert "447911123" not in str(event)
    assert "secret" not in str(event)


def test_credits_that_are_not_known_of_every_message_are_not_known(clock):
    rows = [*messages("D", credits_used=1), *messages("D", 2)]
    assert look(Batches(["b"], expected=2), clock, rows)[0]["credits_used"] is None


def test_an_event_stays_small(clock):
    event, _ = look(Batches(["b"], expected=250), clock, [failure(n, code=5001) for n in range(250)])
    assert len(event["failures"]) == 100
    assert event["failures_left_out"] == 150
    assert event["failed"] == 250


def test_progress_is_told_when_it_changes(clock, caplog):
    caplog.set_level(logging.INFO)
    subject = Batches(["b"], expected=3)
    for words in ("SSS", "SSS", "DSS", "DSS", "DFS"):
        look(subject, clock, messages(words))
    assert [record.getMessage() for record in caplog.records] == [
        "The reports of batch b: 0 of 3 delivered, 0 failed, 3 waiting.",
        "The reports of batch b: 1 of 3 delivered, 0 failed, 2 waiting.",
        "The reports of batch b: 1 of 3 delivered, 1 failed, 1 waiting.",
    ]


def test_what_the_end_means(clock):
    event, _ = look(Batches(["b"], expected=2), clock, [*messages("D"), failure(2, code=5001)])
    with pytest.raises(AirflowFailException, match=r"Of 2 messages of batch b 1 were delivered and 2 were wanted") as e:
        Batches.conclude(event)
    assert re.search(r"\(1 UNDELIVERABLE: .+, code 5001\)\.$", str(e.value))
    with pytest.raises(AirflowSkipException):
        Batches.conclude(event, "skip")
    result = Batches.conclude(event | {"result": {"batch_ids": ["b"]}}, "return")
    assert set(result) == {
        *("batch_ids", "total", "delivered", "failed", "waiting", "statuses", "credits_used"),
        *("failures", "failures_left_out"),
    }
    enough, _ = look(Batches(["b"], expected=2, at_least=0.5), clock, [*messages("D"), failure(2, code=5001)])
    assert Batches.conclude(enough) == result


def test_a_timeout_is_no_delivery_even_if_all_arrived(clock):
    subject = Batches(["b"], expected=1)
    look(subject, clock, messages("D"))
    with pytest.raises(AirflowSensorTimeout, match="in time"):
        Batches.conclude(subject.timeout_event())


@pytest.mark.parametrize("event", [None, {}, {"outcome": "new"}, {"outcome": "error"}])
def test_without_an_event_nothing_is_concluded(event):
    with pytest.raises(AirflowFailException):
        Batches.conclude(event)
