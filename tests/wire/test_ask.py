"""Asking by text and waiting for the answer, against the sandbox's phones."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, TaskDeferred

from airflow_provider_smsworks.operators.question import SmsWorksAskOperator
from tests.task_context import own_store, task_context

PHONE = "07700900412"
OWN = "447860012345"


@pytest.fixture
def asked(sandbox, connect, tmp_path):
    """Ask in this process, holding the slot; the state store outlives a try."""
    connect(sandbox.url, sender=OWN)
    store = own_store(tmp_path / "store.json")

    def asked(*, context=None, **kwargs):
        given = {
            "task_id": "ask",
            "to": PHONE,
            "question": "May we deliver on Sunday?",
            "options": ["YES", "NO"],
            "response_timeout": dt.timedelta(seconds=6),
            "poll_interval": 0.2,
        } | kwargs
        context = context or task_context(store)
        return SmsWorksAskOperator(**given).execute(context), context

    asked.store = store
    return asked


def replies(sandbox, *contents, **more):
    sandbox.replies(
        [{"phone": PHONE, "texts": None, "replies": [{"content": c, "delay": 0.3, **more} for c in contents]}]
    )


def texts(sandbox):
    return [row["content"] for row in sandbox.ledger()]


def test_the_answer_is_returned_and_its_text_can_be_replied_to(asked, sandbox):
    replies(sandbox, "yes {code}")
    answer, context = asked()
    assert answer == "YES"
    [question] = texts(sandbox)
    assert question.startswith("May we deliver on Sunday? Reply YES ")
    assert context["ti"].pushed["message_id"] not in str(sandbox.ledger())


def test_a_plain_answer_is_enough_where_nothing_else_can_be_meant(asked, sandbox):
    replies(sandbox, "No thanks")
    assert asked()[0] == "NO"


def test_a_plain_answer_is_not_enough_where_another_text_may_be_meant(asked, sandbox):
    from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

    SmsWorksHook().send_message(to=PHONE, sender=OWN, content="Your appointment is tomorrow. Ok?")
    sandbox.replies(
        [
            {"phone": PHONE, "when": "deliver", "replies": [{"content": "yes", "delay": 0.3}]},
            {"phone": PHONE, "when": "Sorry", "replies": [{"content": "no {code}", "delay": 0.3}]},
        ]
    )
    assert asked()[0] == "NO"
    assert [text.split(",")[0] for text in texts(sandbox)[1:]][1] == "Sorry"


def test_one_polite_reply_to_what_is_not_understood(asked, sandbox):
    sandbox.replies(
        [{"phone": PHONE, "replies": [{"content": f"perhaps {n} {{code}}", "delay": 0.3 * n} for n in (1, 2, 3)]}]
    )
    assert asked(default="NO")[0] == "NO"
    assert len(texts(sandbox)) == 2


def test_nobody_answers(asked, sandbox):
    with pytest.raises(AirflowFailException, match="Nobody answered in time"):
        asked(response_timeout=dt.timedelta(seconds=1))
    assert len(texts(sandbox)) == 1


def test_stop_is_no_answer_and_ends_all_texts(asked, sandbox):
    replies(sandbox, "STOP")
    answer, _ = asked(default="NO", reminders=[dt.timedelta(seconds=3)])
    assert answer == "NO"
    assert len(texts(sandbox)) == 1


def test_a_reminder_goes_out_once_and_is_answered(asked, sandbox):
    sandbox.replies(
        [
            {"phone": PHONE, "when": "^May", "replies": []},
            {"phone": PHONE, "when": "^Reminder", "replies": [{"content": "YES {code}", "delay": 0.2}]},
        ]
    )
    assert asked(reminders=[dt.timedelta(seconds=2)])[0] == "YES"
    assert [text.split()[0] for text in texts(sandbox)] == ["May", "Reminder:"]


@pytest.mark.parametrize("with_store", [True, False])
@pytest.mark.parametrize("echo", [True, False])
def test_a_retry_asks_nothing_and_finds_what_came_meanwhile(asked, sandbox, with_store, echo):
    sandbox.set(metadata_echo=echo)
    sandbox.replies(
        [{"phone": PHONE, "texts": None, "when": "Reminder", "replies": [{"content": "YES {code}", "delay": 1.5}]}]
    )

    def store():
        return asked.store if with_store else None

    choice = {"reminders": [dt.timedelta(seconds=1)]}
    with pytest.raises(AirflowFailException):
        asked(context=task_context(store()), response_timeout=dt.timedelta(seconds=2), **choice)
    threading.Event().wait(1.5)
    answer, _ = asked(context=task_context(store(), try_number=2), response_timeout=dt.timedelta(seconds=2), **choice)
    assert answer == "YES"
    assert len(texts(sandbox)) == 2


@pytest.mark.parametrize(
    ("options", "reply", "answer"),
    [
        (range(1, 11), "7 {code}", 7),
        (range(1, 11), "{code} 10", 10),
        (None, "{code} At the neighbour's, number 12", "At the neighbour's, number 12"),
        (["RED", "BLUE", "GREEN"], "Blue please. {code}", "BLUE"),
        (["ACK"], "ack {code}", "ACK"),
    ],
)
def test_kinds_of_answers(asked, sandbox, options, reply, answer):
    replies(sandbox, reply)
    assert asked(options=options)[0] == answer


def test_two_questions_to_one_phone_answered_in_the_wrong_order(asked, sandbox, tmp_path):
    first = SmsWorksAskOperator(
        task_id="first", to=PHONE, question="Release 4.2?", options=["YES", "NO"], deferrable=True
    )
    second = SmsWorksAskOperator(
        task_id="second", to=PHONE, question="Order pizza?", options=["YES", "NO"], deferrable=True
    )
    contexts = []
    for number, task in enumerate((first, second)):
        context = task_context(own_store(tmp_path / f"{number}.json"))
        context["ti"].task_id = task.task_id
        with pytest.raises(TaskDeferred) as deferred:
            task.execute(context)
        contexts.append((context, deferred.value.trigger))
    codes = [text.split()[-1].rstrip(".") for text in texts(sandbox)]
    plain = sandbox.inbound(PHONE, OWN, "yes")
    ids = [sandbox.inbound(PHONE, OWN, f"NO {codes[1]}"), sandbox.inbound(PHONE, OWN, f"Yes {codes[0]}")]
    event = {"outcome": "final", "message_id": plain}
    results = []
    for task, (context, trigger) in zip((first, second), contexts, strict=True):
        results.append(task.execute_complete(context, {**event, "result": trigger.result}))
    assert results == ["YES", "NO"]
    assert [context["ti"].pushed["message_id"] for context, _ in contexts] == ids[::-1]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"sender": "Parcels"}, "`sender` must be a number"),
        ({"options": ["yes", "YES"]}, "`options`"),
        ({"default": "no"}, "`default`"),
        ({"response_timeout": dt.timedelta(days=8)}, "`response_timeout`"),
        ({"reminders": [dt.timedelta(hours=30)]}, "`reminders`"),
        ({"reminders": dt.timedelta(hours=1)}, "`reminders` must be a list"),
        ({"reminders": "1h"}, "`reminders` must be a list"),
        ({"question": ""}, "`question`"),
        ({"to": None}, "`to`"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_goes_out(asked, sandbox, wrong, says):
    with pytest.raises(AirflowFailException, match=says):
        asked(**wrong)
    assert sandbox.requests().get("POST /message/send") is None


def test_nothing_about_the_phone_is_in_the_trigger(asked, sandbox):
    with pytest.raises(TaskDeferred) as deferred:
        asked(deferrable=True)
    arguments = str(deferred.value.trigger.serialize())
    assert PHONE[1:] not in arguments
    assert "Sunday" not in arguments
    assert texts(sandbox)[0].split()[-1].rstrip(".") not in arguments


def test_whoever_texted_is_asked_without_being_known(asked, sandbox):
    text = sandbox.inbound(PHONE, OWN, "Where is my parcel?")
    replies(sandbox, "{code} 1042")
    answer, _ = asked(to=None, reply_to=text, question="Which order?", options=range(1, 9999))
    assert answer == 1042
    assert sandbox.ledger()[0]["to"].endswith(PHONE[1:])
