"""What goes out around a question: each text ends with how to reply, so that its code is found."""

from __future__ import annotations

import pytest

from airflow_provider_smsworks.questions.answers import is_stop, kind_of
from airflow_provider_smsworks.questions.codes import code_asked_for
from airflow_provider_smsworks.questions.wording import (
    apology_text,
    confirmation_text,
    question_text,
    reminder_text,
    too_late_text,
)


@pytest.mark.parametrize("code", ["4F7", "4F7K2"])
@pytest.mark.parametrize("options", [["YES", "NO"], ["A", "B", "C", "D"], ["only"], range(1, 6), range(7, 8), None])
def test_every_text_of_a_question_asks_for_its_code(options, code):
    how = kind_of(options).instruction(code)
    for text in (question_text("Late? Gate 7K9?", how), reminder_text("Late?", how), apology_text(how)):
        assert code_asked_for(text) == code
        assert text.endswith(how)


def test_they_can_be_told_apart():
    how = kind_of(["YES", "NO"]).instruction("4F7")
    assert question_text(" Late? \n", how) == "Late? Reply YES 4F7 or NO 4F7."
    assert reminder_text("Late?", how) == "Reminder: Late? Reply YES 4F7 or NO 4F7."
    assert apology_text(how) == "Sorry, we did not understand that. Reply YES 4F7 or NO 4F7."


def test_what_follows_an_approval_asks_for_nothing():
    for text in (confirmation_text("Approve"), too_late_text("Reject")):
        assert code_asked_for(text) is None
        assert not is_stop(text)
    assert "Approve" in confirmation_text("Approve")
    assert "Reject" in too_late_text("Reject")
