"""What holds in any conversation: no text is taken twice, and none with a code is lost."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from airflow_provider_smsworks.questions.codes import without_code
from airflow_provider_smsworks.questions.conversation import meant_for
from tests.unit.questions.talk import Talk

CODES = ["4F7", "5K2", "9X9", "4F7K2", "5K2M3", "8A8", "7C7P7", "3D3"]
NAMES = ["red", "blue", "green", "white"]

replies = st.one_of(
    st.sampled_from(["yes", "no", "STOP", "ok thanks", "yes 6U6"]),
    st.builds(str.format, st.sampled_from(["yes {}", "NO{}", "({}) yes", "{}"]), st.sampled_from(CODES)),
    st.builds("{} or {}".format, st.sampled_from(CODES), st.sampled_from(CODES)),
)
seconds = st.integers(0, 2)


@st.composite
def talks(draw, *, share_codes=False):
    """Draw a conversation of two to four questions with one or two codes each."""
    names = NAMES[: draw(st.integers(2, 4))]
    if share_codes:
        codes = {name: draw(st.lists(st.sampled_from(CODES[:4]), min_size=1, max_size=2)) for name in names}
    else:
        mixed = draw(st.permutations(CODES))
        codes = {name: mixed[2 * place : 2 * place + draw(st.integers(1, 2))] for place, name in enumerate(names)}
    talk = Talk()
    for _ in range(draw(st.integers(2, 14))):
        kind = draw(st.sampled_from(["ask", "ask", "hear", "hear", "hear", "tell"]))
        if kind == "ask":
            name = draw(st.sampled_from(names))
            quoted = draw(st.sampled_from([None, None, None, "3D3", "4F7"]))
            talk.ask(name, draw(st.sampled_from(codes[name])), seconds=draw(seconds), quoted=quoted)
        elif kind == "tell":
            talk.tell(seconds=draw(seconds))
        else:
            talk.hear(draw(replies), seconds=draw(seconds))
    return talk


def clear_texts(talk, name, **options):
    return [meant.text.message_id for meant in talk.texts(name, **options) if meant.is_clear]


@settings(max_examples=400, deadline=None)
@given(talks() | talks(share_codes=True), st.sets(st.sampled_from(NAMES)))
def test_no_text_is_clear_to_two_questions(talk, approvals):
    taken = [text for name in talk.names() for text in clear_texts(talk, name, code_needed=name in approvals)]
    assert len(taken) == len(set(taken))


@settings(max_examples=400, deadline=None)
@given(talks(), st.booleans())
def test_a_text_with_a_code_that_only_one_question_gave_is_clear_to_it(talk, code_needed):
    for name in talk.names():
        thread = talk.thread(name)
        clear = clear_texts(talk, name, code_needed=code_needed)
        for text in talk.received:
            given = [sent for sent in talk.sent if sent.moment <= text.moment]
            found = {code for sent in given for code in sent.codes if without_code(text.content, code) is not None}
            givers = {sent.message_id for sent in given if sent.codes & found}
            if found and givers <= thread.message_ids:
                assert text.message_id in clear


@settings(max_examples=200, deadline=None)
@given(talks() | talks(share_codes=True), seconds)
def test_a_plain_text_right_after_a_question_is_noticed_by_it(talk, later):
    talk.hear("yes", seconds=later)
    before = max(
        [*talk.sent, *talk.received[:-1]], key=lambda text: (text.moment, text in talk.received, text.message_id)
    )
    asked = [name for name in talk.names() if before.message_id in talk.thread(name).message_ids]
    for name in asked:
        assert talk.texts(name)[-1].text == talk.received[-1]


@settings(max_examples=200, deadline=None)
@given(talks() | talks(share_codes=True), st.data())
def test_what_comes_later_does_not_change_what_a_text_meant(talk, data):
    name = data.draw(st.sampled_from(talk.names() or NAMES))
    moments = sorted({text.moment for text in [*talk.sent, *talk.received]})
    until = data.draw(st.sampled_from(moments))
    thread = talk.thread(name)
    then = meant_for(
        thread,
        [text for text in talk.sent if text.moment <= until],
        [text for text in talk.received if text.moment <= until],
    )
    assert talk.texts(name)[: len(then)] == then
