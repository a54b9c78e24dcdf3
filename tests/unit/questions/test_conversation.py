"""Which text answers which question, one rule after the other."""

from __future__ import annotations

import pytest

from tests.unit.questions.talk import Talk

RED, BLUE = "4F7", "5K2"


@pytest.fixture
def talk():
    return Talk()


def test_a_text_with_the_code_is_clear(talk):
    talk.ask("red", RED)
    talk.hear("yes 4F7")
    assert talk.meant("red") == ["yes 4F7"]


def test_a_text_without_it_is_clear_if_nothing_else_is_open(talk):
    talk.ask("red", RED)
    talk.hear("yes")
    assert talk.meant("red") == ["yes"]


def test_two_questions_answered_in_the_wrong_order(talk):
    talk.ask("red", RED).ask("blue", BLUE)
    talk.hear("no 5k2").hear("YES4F7")
    assert talk.meant("red") == ["YES4F7"]
    assert talk.meant("blue") == ["no 5k2"]


def test_a_plain_yes_with_two_open_is_unclear_and_the_newest_says_so(talk):
    talk.ask("red", RED).ask("blue", BLUE)
    talk.hear("yes")
    assert talk.meant("red") == []
    assert talk.meant("blue") == ["yes?"]


def test_newest_is_the_question_that_texted_last(talk):
    talk.ask("red", RED).ask("blue", BLUE).ask("red", RED)
    talk.hear("yes")
    assert talk.meant("red") == ["yes?"]
    assert talk.meant("blue") == []


def test_what_is_unclear_closes_no_question(talk):
    talk.ask("red", RED).ask("blue", BLUE)
    talk.hear("yes").hear("yes").hear("yes 4F7").hear("no 5K2")
    assert talk.meant("red") == ["yes 4F7"]
    assert talk.meant("blue") == ["yes?", "yes?", "no 5K2"]


def test_a_plain_yes_after_the_first_was_answered_is_for_the_second(talk):
    talk.ask("red", RED).ask("blue", BLUE)
    talk.hear("yes 4F7").hear("yes")
    assert talk.meant("red") == ["yes 4F7"]
    assert talk.meant("blue") == ["yes"]


def test_a_plain_yes_when_all_are_answered_is_for_nobody(talk):
    talk.ask("red", RED)
    talk.hear("yes").hear("yes")
    assert talk.meant("red") == ["yes"]


def test_a_notification_in_between_might_be_what_was_answered(talk):
    talk.ask("red", RED).tell()
    talk.hear("yes")
    assert talk.meant("red") == ["yes?"]


def test_a_notification_before_might_be_too(talk):
    talk.tell().ask("red", RED)
    talk.hear("ok")
    assert talk.meant("red") == ["ok?"]


def test_a_code_is_clear_whatever_was_sent_in_between(talk):
    talk.ask("red", RED).tell()
    talk.hear("yes 4F7")
    assert talk.meant("red") == ["yes 4F7"]


def test_a_notification_that_the_phone_has_reacted_to_is_past(talk):
    talk.tell()
    talk.hear("ok")
    talk.ask("red", RED).tell()
    talk.hear("thanks").hear("yes")
    assert talk.meant("red") == ["thanks?", "yes"]


def test_an_answer_with_a_code_is_no_reaction_to_a_notification(talk):
    talk.tell().ask("red", RED).ask("blue", BLUE)
    talk.hear("yes 4F7").hear("yes")
    assert talk.meant("blue") == ["yes?"]


def test_a_question_that_apologises_is_open_again(talk):
    talk.ask("red", RED)
    talk.hear("what?")
    talk.ask("red", RED)
    talk.hear("yes")
    assert talk.meant("red") == ["what?", "yes"]


def test_late_is_still_for_the_question_that_it_names(talk):
    talk.ask("red", RED)
    talk.hear("yes 4F7")
    talk.ask("blue", BLUE)
    talk.hear("I mean no 4F7")
    assert talk.meant("red") == ["yes 4F7", "I mean no 4F7"]
    assert talk.meant("blue") == []


def test_twice_is_told_twice_in_order(talk):
    talk.ask("red", RED)
    talk.hear("yes 4F7").hear("yes 4F7")
    first, second = talk.texts("red")
    assert first.text.message_id < second.text.message_id
    assert first.is_clear
    assert second.is_clear


def test_two_codes_in_one_text_are_unclear_to_both(talk):
    talk.ask("red", RED).ask("blue", BLUE)
    talk.hear("4F7 yes, 5K2 no").hear("yes")
    assert talk.meant("red") == ["4F7 yes, 5K2 no?"]
    assert talk.meant("blue") == ["4F7 yes, 5K2 no?", "yes?"]


def test_a_code_that_nobody_gave_is_as_none(talk):
    talk.ask("red", RED)
    talk.hear("yes 9X9")
    assert talk.meant("red") == ["yes 9X9"]


def test_a_code_is_known_only_from_when_it_was_given(talk):
    talk.ask("red", RED)
    talk.hear("yes 5K2")
    talk.ask("blue", BLUE)
    assert talk.meant("red") == ["yes 5K2"]
    assert talk.meant("blue") == []


def test_a_long_code_is_not_the_short_one_that_begins_it(talk):
    talk.ask("red", RED).ask("long", "4F7K2")
    talk.hear("yes 4F7K2")
    assert talk.meant("red") == []
    assert talk.meant("long") == ["yes 4F7K2"]


@pytest.mark.parametrize("words", ["STOP", "stop all.", "Unsubscribe"])
def test_a_text_that_opts_out_is_for_nobody_and_answers_nothing(talk, words):
    talk.ask("red", RED)
    talk.hear(words).hear("yes")
    assert talk.meant("red") == ["yes"]


def test_an_opt_out_word_with_a_code_is_an_answer(talk):
    talk.ask("red", RED)
    talk.hear("cancel 4F7")
    assert talk.meant("red") == ["cancel 4F7"]


class TestTheSameCodeTwice:
    def test_nobody_can_tell_whom_it_means(self, talk):
        talk.ask("red", RED).ask("twin", RED)
        talk.hear("yes 4F7").hear("4F7 no")
        assert talk.meant("red") == talk.meant("twin") == ["yes 4F7?", "4F7 no?"]

    def test_nor_whom_a_plain_text_means(self, talk):
        talk.ask("red", RED).ask("twin", RED)
        talk.hear("yes")
        assert talk.meant("red") == talk.meant("twin") == ["yes?"]

    def test_nor_if_the_other_one_is_long_answered(self, talk):
        talk.ask("twin", RED)
        talk.hear("yes 4F7")
        talk.ask("red", RED)
        talk.hear("no 4F7")
        assert talk.meant("twin") == ["yes 4F7", "no 4F7?"]
        assert talk.meant("red") == ["no 4F7?"]

    def test_another_code_tells_them_apart(self, talk):
        talk.ask("red", RED).ask("twin", RED)
        talk.hear("yes 4F7")
        talk.ask("red", "4F7K2").ask("twin", "4F7M9")
        talk.hear("yes 4F7M9").hear("no 4F7K2")
        assert talk.meant("red") == ["yes 4F7?", "no 4F7K2"]
        assert talk.meant("twin") == ["yes 4F7?", "yes 4F7M9"]


class TestWithTheCodeNeeded:
    def test_a_text_without_it_is_never_clear(self, talk):
        talk.ask("red", RED)
        talk.hear("yes")
        assert talk.meant("red", code_needed=True) == ["yes?"]

    def test_a_text_with_it_is(self, talk):
        talk.ask("red", RED).tell()
        talk.hear("yes 4F7")
        assert talk.meant("red", code_needed=True) == ["yes 4F7"]

    def test_only_the_newest_question_says_so(self, talk):
        talk.ask("red", RED).ask("blue", BLUE)
        talk.hear("yes")
        assert talk.meant("red", code_needed=True) == []
        assert talk.meant("blue", code_needed=True) == ["yes?"]

    def test_what_another_question_takes_is_not_told(self, talk):
        talk.ask("red", RED)
        talk.hear("yes 4F7")
        talk.ask("blue", BLUE)
        talk.hear("yes")
        assert talk.meant("red", code_needed=True) == ["yes 4F7"]


class TestSeveralCodesOfOneQuestion:
    def test_any_of_them_answers_it_and_a_plain_text_too(self, talk):
        talk.ask("red", RED).ask("red", "4F7K2")
        talk.hear("yes")
        assert talk.meant("red") == ["yes"]
        talk.ask("red", "4F7K2")
        talk.hear("no 4F7").hear("no 4F7K2")
        assert talk.meant("red") == ["yes", "no 4F7", "no 4F7K2"]

    def test_both_in_one_text_are_clear(self, talk):
        talk.ask("red", RED).ask("red", "4F7K2")
        talk.hear("yes 4F7 4F7K2").hear("thanks")
        assert talk.meant("red") == ["yes 4F7 4F7K2"]

    def test_words_of_a_question_that_look_like_a_code_leave_it_one_question(self, talk):
        talk.ask("red", RED, quoted="2X4")
        talk.hear("yes")
        talk.ask("blue", BLUE)
        talk.hear("no")
        assert talk.meant("red") == ["yes"]
        assert talk.meant("blue") == ["no"]

    @pytest.mark.parametrize("reply", ["yes, ten 2x4 4F7", "ten 2x4"])
    def test_so_does_a_reply_that_repeats_them(self, talk, reply):
        talk.ask("red", RED, quoted="2X4")
        talk.hear(reply)
        talk.ask("blue", BLUE)
        talk.hear("no")
        assert talk.meant("red") == [reply]
        assert talk.meant("blue") == ["no"]


def test_at_the_same_moment_what_was_sent_comes_first(talk):
    talk.ask("red", RED)
    talk.hear("yes", seconds=0)
    assert talk.meant("red") == ["yes"]


def test_what_came_before_the_question_is_not_its_own(talk):
    talk.ask("twin", RED)
    talk.hear("yes 4F7").hear("yes")
    talk.ask("red", RED)
    assert talk.meant("red") == []


def test_the_order_in_which_facts_are_given_does_not_matter(talk):
    talk.ask("red", RED).ask("blue", BLUE)
    talk.hear("yes").hear("no 5K2").hear("yes")
    before = talk.meant("red"), talk.meant("blue")
    talk.sent.reverse()
    talk.received.reverse()
    assert (talk.meant("red"), talk.meant("blue")) == before == (["yes"], ["yes?", "no 5K2"])


def test_words_of_a_phone_are_not_in_what_a_log_shows(talk):
    talk.ask("red", RED)
    talk.hear("Quillwort")
    assert "Quillwort" not in repr(talk.texts("red"))
