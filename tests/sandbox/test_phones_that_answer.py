"""Phones that are told what to answer: which text an entry serves, when its replies come, and codes.

A delay of 60 seconds stands for never; the sandbox's own clock is moved in test_the_delays.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from airflow_provider_smsworks.sandbox import phones, progress, scripts, state
from airflow_provider_smsworks.sandbox.accept import accept
from airflow_provider_smsworks.sandbox.drafts import read_draft

PHONE = "07700900020"
SENDER = "60777"


def says(*contents, phone=PHONE, **more):
    """An entry whose replies come at once."""
    return {"phone": phone, "replies": [{"content": content, "delay": 0} for content in contents], **more}


@pytest.fixture
def ask(gateway):
    """Text a phone, and see what came in since."""
    seen = set()

    def ask(content="Well?", to=PHONE, sender=SENDER):
        gateway.sent(to, content, sender=sender)
        new = [message for message in gateway.search(status="INCOMING") if message["messageid"] not in seen]
        seen.update(message["messageid"] for message in new)
        return [message["content"] for message in new]

    return ask


def test_the_list(sandbox):
    assert sandbox.replies_left() == []
    entry = {"phone": "+447700900020", "replies": [{"content": "Yes"}]}
    full = {"phone": "447700900020", "when": None, "texts": 1}
    full["replies"] = [{"content": "Yes", "delay": 3, "copies": 1}]
    assert sandbox.replies([entry, says(texts=None, when="^Deploy")]) == [
        full,
        full | {"replies": [], "texts": None, "when": "^Deploy"},
    ]
    assert sandbox.replies([entry]) == sandbox.replies_left() == [full]
    assert sandbox.replies([]) == sandbox.replies_left() == []


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"phone": "12"}, ["entry 1", "phone", "07700900123"]),
        ({"texts": 0}, ["texts", "1"]),
        ({"when": "("}, ["when", "no regular expression"]),
        ({"who": "me"}, ["'who'", "phone, replies, when, texts"]),
        ({"replies": [{"content": ""}]}, ["replies.0.content"]),
        ({"replies": [{"content": "a"}, {"content": "b", "delay": -1}]}, ["replies.1.delay"]),
        ({"replies": [{"content": "a", "copies": 0}]}, ["replies.0.copies"]),
        ({"replies": [{"content": "a", "delya": 1}]}, ["'replies.0.delya'", "content, delay, copies"]),
        ({"replies": "Yes"}, ["replies", "list"]),
    ],
)
def test_a_bad_entry_changes_nothing(sandbox, bad, words):
    before = sandbox.replies([says("before")])
    response = sandbox.client.post("/sandbox/replies", json=[says("good"), says("bad") | bad])
    assert response.status_code == 422
    for word in words:
        assert word in response.json()["message"]
    assert sandbox.replies_left() == before


def test_an_entry_that_is_no_object(sandbox):
    response = sandbox.client.post("/sandbox/replies", json=[5])
    assert (response.status_code, response.json()["message"][:9]) == (422, "entry 0: ")
    assert sandbox.client.post("/sandbox/replies", json={}).status_code == 400


@pytest.mark.parametrize("phone", ["07700900020", "447700900020", "+447700900020", "00447700900020"])
def test_a_reply_goes_to_the_sender(sandbox, gateway, phone):
    sandbox.replies([says("Yes", phone=phone)])
    sent = gateway.message(gateway.sent(PHONE, "Well?", sender="07900123456")["messageid"])
    (reply,) = gateway.search(status="INCOMING")
    assert (reply["content"], reply["keyword"]) == ("Yes", "YES")
    assert (reply["sender"], reply["destination"]) == ("447700900020", 447900123456)
    assert reply["created"] == sent["created"]
    assert len(sandbox.ledger()) == 1


def test_each_entry_serves_its_texts(sandbox, ask):
    sandbox.replies([says("one"), says("two", texts=2), says("every", texts=None), says("never")])
    assert [ask() for _ in range(5)] == [["one"], ["two"], ["two"], ["every"], ["every"]]
    assert [entry["texts"] for entry in sandbox.replies_left()] == [None, 1]


def test_how_many_texts_are_left(sandbox, ask):
    sandbox.replies([says("one", texts=3)])
    ask()
    assert sandbox.replies_left()[0]["texts"] == 2


def test_an_entry_is_for_its_phone_and_the_texts_that_fit(sandbox, ask):
    sandbox.replies([says("deploy", when=r"(?i)it: deploy \d"), says("any"), says("other", phone="07700900021")])
    assert ask("Please deploy 4") == ["any"]
    assert ask("Please deploy 4") == []
    assert ask("Do it: DEPLOY 4?", to="07700900022") == []
    assert ask("Do it: DEPLOY 4?") == ["deploy"]
    assert ask("Hello", to="07700900021") == ["other"]
    assert sandbox.replies_left() == []


def test_several_replies_and_copies(sandbox, gateway, ask):
    replies = [{"content": "later", "delay": 60}, {"content": "twice", "delay": 0, "copies": 2}]
    sandbox.replies([{"phone": PHONE, "replies": [*replies, {"content": "once", "delay": 0}]}])
    assert ask() == ["twice", "twice", "once"]
    assert len({message["messageid"] for message in gateway.search(status="INCOMING")}) == 3


def test_silence_and_the_drama_numbers(sandbox, ask):
    sandbox.set(reply_delay=0)
    sandbox.replies(
        [says(phone="07700900005"), says("Maybe", phone="07700900005"), says(phone="07700900006", when="x")]
    )
    assert ask("Reply YES 4821", to="07700900005") == []
    assert ask("Reply YES 4821", to="07700900005") == ["Maybe"]
    assert ask("Reply YES 4821", to="07700900005") == ["YES 4821"]
    assert ask("Reply YES 4821", to="07700900006") == ["NO 4821"]


@pytest.mark.parametrize("sender", ["Parcels", SENDER])
def test_only_numbers_get_replies(sandbox, ask, sender):
    before = sandbox.replies([says("Yes")])
    assert ask(sender=sender) == (["Yes"] if sender == SENDER else [])
    assert sandbox.replies_left() == ([] if sender == SENDER else before)


@pytest.mark.parametrize(
    ("end", "answers"), [("01", False), ("02", False), ("03", False), ("04", True), ("00", True), ("20", True)]
)
def test_only_phones_that_get_the_text_answer(sandbox, ask, end, answers):
    phone = f"077009000{end}"
    sandbox.replies([says("Yes", phone=phone)])
    assert ask(to=phone) == (["Yes"] if answers else [])


def test_a_filtered_text_gets_no_answer(sandbox, ask):
    sandbox.set(flood_filter="report")
    for _ in range(6):
        ask("same")
    before = sandbox.replies([says("Yes")])
    assert ask("same") == []
    assert sandbox.replies_left() == before


def test_batches_and_refused_texts(sandbox, gateway):
    sandbox.set(credits=2)
    before = sandbox.replies([says("first"), says("second"), says("third", phone="07700900021")])
    body = {"sender": SENDER, "destinations": [PHONE, "07700900021", PHONE], "content": "Well?"}
    assert gateway.post("/batch/send", body).status_code == 402
    assert sandbox.replies_left() == before
    sandbox.set(credits=3)
    assert gateway.post("/batch/send", body).status_code == 201
    assert sorted(gateway.found(status="INCOMING")) == ["first", "second", "third"]


def test_a_new_list_leaves_replies_that_are_on_their_way(sandbox, gateway, eventually):
    sandbox.replies([{"phone": PHONE, "replies": [{"content": "Yes", "delay": 0.4}]}])
    gateway.sent(PHONE, sender=SENDER)
    sandbox.replies([])
    assert gateway.found(status="INCOMING") == []
    eventually(lambda: gateway.found(status="INCOMING"), ["Yes"])


def test_a_reset_stops_replies_that_are_on_their_way(sandbox, gateway):
    sandbox.replies([{"phone": PHONE, "replies": [{"content": "Yes", "delay": 0.2}]}])
    gateway.sent(PHONE, sender=SENDER)
    sandbox.reset()
    time.sleep(0.3)
    assert gateway.search() == []


def test_a_scheduled_text_is_answered_by_the_list_of_its_moment(sandbox, gateway):
    for _ in range(2):
        schedule = (datetime.now(UTC) + timedelta(seconds=0.3)).isoformat()
        sandbox.replies([says("first")])
        text = {"sender": SENDER, "destination": PHONE, "content": "Well?", "schedule": schedule}
        assert gateway.post("/message/schedule", text).status_code == 200
        time.sleep(0.4)
    assert sandbox.replies_left() == []
    sandbox.replies([says("second")])
    assert gateway.found(status="INCOMING") == ["first", "first"]


def test_the_delays(memory, monkeypatch):
    sandbox = state.Sandbox(memory)
    clock = 1_790_000_000.0
    monkeypatch.setattr(sandbox, "now", lambda: clock)
    replies = [{"content": content, "delay": delay} for content, delay in (("late", 3600), ("soon", 3.5), ("slow", 60))]
    scripts.replace(memory, [{"phone": PHONE, "replies": replies}])
    accept(sandbox, read_draft({"sender": SENDER, "destination": PHONE, "content": "?"}, sandbox.settings), "")

    def incoming(after):
        nonlocal clock
        clock = 1_790_000_000.0 + after
        progress.catch_up(sandbox)
        rows = memory.rows("SELECT content, created FROM messages WHERE status = 'INCOMING' ORDER BY seq")
        return {row["content"]: row["created"] - 1_790_000_000.0 for row in rows}

    assert incoming(3.4) == {}
    assert incoming(3.5) == {"soon": 3.5}
    assert incoming(3599) == {"soon": 3.5, "slow": 60}
    assert incoming(9999) == {"soon": 3.5, "slow": 60, "late": 3600}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Deploy 4.2 now? Reply YES 4F7 or NO 4F7.", "4F7"),
        ("Deploy 4.2 now? Reply YES 4F7K2 or NO 4F7K2.", "4F7K2"),
        ("How was it? Reply a number from 1 to 10 and 4F7, such as 7 4F7.", "4F7"),
        ("How was it? Reply a number from 1 to 10 and 9Z0A1, such as 7 9Z0A1.", "9Z0A1"),
        ("Where is it? Begin your reply with 4F7.", "4F7"),
        ("Which colour? Reply with RED, BLUE or GREEN and 4F7, such as RED 4F7.", "4F7"),
        ("Is room 3B2 free? Begin your reply with 4F7.", "4F7"),
        ("Was the code 12A45 right? Begin your reply with 4F7.", "4F7"),
        ("Is room 3B2 free? Reply YES 4821", "4821"),
        ("Reply YES or NO: 48210", "48210"),
        ("Yes or no? The code is 4821", "4821"),
        ('Reply "yes A7b2"', "A7b2"),
        ("Begin with 4F, 4F7K, F4F, 4f7, 44F7, 4F7-1 or x4F7", None),
        ("Load 2024 failed, reply YES within 30 minutes", None),
        ("How are you?", None),
    ],
)
def test_the_code_that_a_text_asks_for(sandbox, ask, text, code):
    assert phones.code_asked_for(text) == code
    sandbox.replies([says("{code} is {code}, {other}")])
    assert ask(text) == [f"{code or ''} is {code or ''}, {{other}}"]


@pytest.mark.parametrize(("to", "reply"), [("07700900005", "YES 4F7"), ("07700900006", "NO 4F7")])
def test_the_drama_numbers_answer_our_questions(sandbox, ask, to, reply):
    sandbox.set(reply_delay=0)
    assert ask("Deploy 4.2 now? Reply YES 4F7 or NO 4F7.", to=to) == [reply]
