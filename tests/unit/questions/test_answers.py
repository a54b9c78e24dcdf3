from __future__ import annotations

import pytest
from hypothesis import assume, given, strategies as st

from airflow_provider_smsworks.questions.answers import Choices, FreeText, Number, is_stop, kind_of
from airflow_provider_smsworks.questions.codes import without_code

YES_NO = kind_of(["YES", "NO"])


class TestChoices:
    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            (["YES", "NO"], "Reply YES 4F7 or NO 4F7."),
            (["RED", "BLUE", "GREEN"], "Reply with RED, BLUE or GREEN and 4F7, such as RED 4F7."),
            (["ACK"], "Reply ACK 4F7."),
            ([" Not  now", "Go on"], "Reply Not now 4F7 or Go on 4F7."),
        ],
    )
    def test_they_are_told_in_a_sentence(self, options, sentence):
        assert kind_of(options).instruction("4F7") == sentence

    @pytest.mark.parametrize(
        "text", ["YES", "yes", " Yes.\n", '"yes"', "\u2018Yes\u2019!", "y", "Y.", "Yes please", "yes, do it", "yes yes"]
    )
    def test_an_answer_is_understood_as_people_write_it(self, text):
        assert YES_NO.read(text) == "YES"

    @pytest.mark.parametrize("text", ["no thanks", "No!", "n", "NO, NO"])
    def test_so_is_the_other_one(self, text):
        assert YES_NO.read(text) == "NO"

    @pytest.mark.parametrize(
        "text",
        [
            "yes or no?",
            "not no yes",
            "y/n",
            "no, yes",
            "yess",
            "yes2",
            "ok",
            "",
            "?",
            "maybe yes",
            "x",
            "ye",
            "y e s n",
        ],
    )
    def test_what_may_mean_either_is_not_understood(self, text):
        assert YES_NO.read(text) is None

    def test_an_option_comes_back_as_the_author_spelled_it(self):
        kind = kind_of(["Not now", "E-mail me", "Café"])
        assert kind.read("NOT NOW, thanks") == "Not now"
        assert kind.read("not-now") == kind.read("notnow") == "Not now"
        assert kind.read("email me") == "E-mail me"
        assert kind.read("CAFE\u0301") == "Café"
        assert kind.read("n") == "Not now"

    @pytest.mark.parametrize("text", ["not", "now", "cafe", "not now but email"])
    def test_a_part_of_an_option_or_one_without_its_accents_is_none(self, text):
        assert kind_of(["Not now", "E-mail me", "Café"]).read(text) is None

    @pytest.mark.parametrize("text", ["Don't know", "dont know", "DON\u2019T KNOW!", "don't know, sorry"])
    def test_people_leave_out_apostrophes(self, text):
        assert kind_of(["Don't know", "I do"]).read(text) == "Don't know"

    def test_a_letter_that_begins_two_options_is_neither(self):
        kind = kind_of(["Red", "Rose", "Blue"])
        assert kind.read("r") is None
        assert kind.read("b") == "Blue"

    def test_a_digit_is_not_short_for_a_number(self):
        assert kind_of(["10", "20"]).read("1") is None

    def test_letters_and_digits_may_be_options(self):
        kind = kind_of(["A", "B", "1", "10"])
        assert [kind.read(text) for text in ("a", "b.", "1", "10")] == ["A", "B", "1", "10"]

    def test_letters_of_another_width_are_the_same(self):
        assert YES_NO.read("\uff39\uff25\uff33") == "YES"

    def test_a_heart_is_no_word(self):
        assert YES_NO.read("yes \u2764\ufe0f") == "YES"
        assert YES_NO.read("\u2764\ufe0fyes") == "YES"

    def test_options_that_differ_in_a_mark_are_two(self):
        kind = kind_of(["\u0939\u093e\u0901", "\u0939\u0942\u0901"])
        assert kind.read("\u0939\u0942\u0901") == "\u0939\u0942\u0901"


class TestNumber:
    @pytest.mark.parametrize(
        ("numbers", "sentence"),
        [
            (range(1, 11), "Reply a number from 1 to 10 and 4F7, such as 7 4F7."),
            (range(10, 0, -1), "Reply a number from 1 to 10 and 4F7, such as 7 4F7."),
            (range(0, 15, 5), "Reply one of 0, 5, 10 and 4F7, such as 10 4F7."),
            (range(0, 51, 10), "Reply a number from 0 to 50 in steps of 10 and 4F7, such as 40 4F7."),
            (range(5, 6), "Reply 5 4F7."),
        ],
    )
    def test_it_is_told_in_a_sentence(self, numbers, sentence):
        assert kind_of(numbers).instruction("4F7") == sentence

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            *(("7", 7), ("7.", 7), (" (7)!\n", 7), ("about 7 I think", 7), ("1,000", 1000), ("1000", 1000), ("-3", -3)),
            *(("\u22123", -3), ("#7", 7), ("£7", 7), ("7%", 7), ("007", 7), ("room: -3.", -3), ('"7"', 7)),
            *(("1,000,", 1000), ("0", 0), ("\u0667", 7)),
        ],
    )
    def test_the_only_number_is_read(self, text, number):
        assert kind_of(range(-10, 2000)).read(text) == number

    @pytest.mark.parametrize(
        "text",
        [
            *("seven", "7 out of 10", "7/10", "7-8", "7.5", ".5", "½", "7 ½", "7²", "7th", "7pm", "room-7", "2x4", ""),
            *("1,00", "7,8", "7 4G2", "+7 8", "<7", "9" * 5000, "0x7", "1e2", "--7", "2000", "-11"),
        ],
    )
    def test_anything_else_is_not_understood(self, text):
        assert kind_of(range(-10, 2000)).read(text) is None

    def test_a_number_between_the_steps_is_not_understood(self):
        kind = kind_of(range(0, 15, 5))
        assert kind.read("5") == 5
        assert kind.read("6") is None


def test_free_text_is_anything_that_is_left():
    assert FreeText().instruction("4F7") == "Begin your reply with 4F7."
    assert FreeText().read(" Two vans,\none driver.  ") == "Two vans,\none driver."
    assert FreeText().read(" \n") is None


def test_what_options_ask_for():
    assert kind_of(None) == FreeText()
    assert kind_of(range(3)) == Number(range(3))
    assert kind_of(["a", "b"]) == kind_of(("a", "b")) == Choices(("a", "b"))
    assert kind_of([str(number) for number in range(20)]).read("19") == "19"


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ([], "`options` is empty"),
        (range(3, 3), "without any number"),
        ("YES", "must be a list of text, a range or None, not str"),
        ({"YES", "NO"}, "not set"),
        (7, "not int"),
        (["YES", 7], "Entry 2 of `options` is not text"),
        (["YES", None], "Entry 2 of `options` is not text"),
        (["Yes", "no", "YES!"], "Entries 1 and 3 of `options` differ in nothing"),
        (["Yes", "Yes"], "differ in nothing"),
        (["E-mail", "email"], "differ in nothing"),
        (["Not now", "Not"], "Entry 1 of `options` as a reply might mean entry 2"),
        (["Y", "Yes"], "Entry 1 of `options` as a reply might mean entry 2"),
        (["YES", "?!"], "no letter or digit"),
        (["YES", ""], "no letter or digit"),
        (["YES", "\u0301"], "no letter or digit"),
        (["YES", "the 2x4"], "looks like the code"),
        (["YES", "A4F7B"], "looks like the code"),
        ([f"o{number}" for number in range(21)], "has 21 entries, and a question may have 20"),
    ],
)
def test_options_that_would_not_work_are_refused(options, what):
    with pytest.raises(ValueError, match="`options`") as caught:
        kind_of(options)
    assert what in str(caught.value)


@given(st.lists(st.text(min_size=1) | st.text("yesno 12", min_size=1, max_size=5), min_size=1, max_size=5))
def test_each_option_with_the_code_is_read_as_itself(options):
    try:
        kind = kind_of(options)
    except ValueError:
        assume(False)
    for option in options:
        for reply in (f"{option} 4F7", f"4f7 {option}", f"{option}, (4F7).", f"4F7: {option}"):
            assert kind.read(without_code(reply, "4F7")) == option


@given(st.integers(-50, 5000), st.integers(1, 300), st.integers(-9, 9).filter(bool))
def test_each_number_with_the_code_is_read_as_itself(start, length, step):
    numbers = range(start, start + step * length, step)
    kind = kind_of(numbers)
    for number in numbers:
        for reply in (f"{number} 4F7", f"4F7 {number}", f"{number:,}, 4F7", f"4F7: {number:,}."):
            assert kind.read(without_code(reply, "4F7")) == number


@given(st.integers(-50, 5000), st.integers(1, 300), st.integers(-9, 9).filter(bool))
def test_the_example_of_a_number_is_one_that_will_do(start, length, step):
    kind = kind_of(range(start, start + step * length, step))
    sentence = kind.instruction("4F7")
    example = sentence.rpartition("such as " if length > 1 else "Reply ")[2]
    assert kind.read(without_code(example, "4F7")) in kind.numbers


@given(st.text())
def test_what_is_read_is_one_of_the_options_or_nothing(text):
    for kind in (YES_NO, kind_of(["Not now", "later", "3"])):
        assert kind.read(text) in (None, *kind.options)


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop.", " Stop all!", "STOPALL", "unsubscribe", "Cancel", "END", "quit", "OptOut", "opt-out", "'STOP'"],
)
def test_a_text_that_opts_out(text):
    assert is_stop(text)


@pytest.mark.parametrize("text", ["stop the deployment", "STOP 4F7", "don't stop", "", "yes", "stopp", "end of day"])
def test_a_text_that_does_not(text):
    assert not is_stop(text)
