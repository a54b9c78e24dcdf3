"""What the doctor says of a gateway is how the gateway is, and what it sends is what it announced."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from airflow_provider_smsworks.cli.program import main
from tests.readings import DEFAULTS, pairwise, questions
from tests.sandbox_process import ROOT
from tests.wire.doctor_readings import ASKED, OTHERS, PHONE, TEXTS, Terminal, doctor, live

LAG = 1.2  # seconds: several looks, and long enough to see what GET /batch says meanwhile
READINGS = [row | {"search_lag": LAG if row["search_lag"] else 0.0} for row in pairwise(questions(*ASKED, *OTHERS))]


def texts(sandbox):
    return [entry["operation"] for entry in sandbox.ledger()]


@pytest.mark.parametrize("reading", READINGS)
def test_what_it_says_is_how_the_gateway_is(connected, reading, capsys):
    connected.set(**reading)
    code, told, _ = live(capsys)
    assert code == 0, told
    expected = {name: reading[name] for name in ASKED}
    said = told["sandbox_settings"]
    lag = said.pop("search_lag")
    assert expected.pop("search_lag") <= lag + 0.05  # it is rounded
    assert lag <= reading["search_lag"] + 1.0
    if not reading["metadata_echo"]:
        # Of a gateway that shows no metadata, the schedule alone tells.
        assert said["shapes"] == expected["shapes"]
    if not reading["search_lag"]:
        expected["new_batch"] = "shown"  # there is no time in which it could be anything else
    assert said == expected
    assert all(answer["seen"] for answer in told["answers"])
    assert texts(connected) == TEXTS
    assert [entry["status"] for entry in connected.schedules()] == ["CANCELLED"]
    assert {one["outcome"] for one in told["sent"]} == {"accepted", "scheduled", "cancelled"}
    assert told["extra"] == {"batch_limit": 500, "search_lag": 10}


def test_a_sandbox_that_is_set_so_tells_the_same(connected, capsys):
    connected.set(**READINGS[3])
    first = live(capsys)[1]["sandbox_settings"]
    connected.reset()
    connected.set(delivery_delay=0.2, **first)
    second = live(capsys)[1]["sandbox_settings"]
    assert second.pop("search_lag") == pytest.approx(first.pop("search_lag"), abs=1.0)
    assert second == first


@pytest.mark.parametrize(
    ("lag", "wait", "recommended"),
    [(0.0, 4, 10), (4.0, 8, 13), (30.0, 2, 10)],
    ids=["at once", "late", "not in time"],
)
def test_the_search_lag_to_set(connected, lag, wait, recommended, capsys):
    connected.set(search_lag=lag, delivery_delay=0)
    _, told, _ = live(capsys, wait=wait)
    assert recommended <= told["extra"]["search_lag"] <= recommended + 3
    assert texts(connected) == TEXTS
    if lag > wait:
        assert "operators would take it for not sent" in json.dumps(told["answers"])
        assert "search_lag" not in told["sandbox_settings"]


def test_what_is_set_more_carefully_stays(connected, connect, capsys):
    connect(connected.url, search_lag=45, batch_limit=100)
    assert live(capsys)[1]["extra"] == {"batch_limit": 100, "search_lag": 45}


@pytest.mark.parametrize("reading", ["consuming", "keeping", "searches_too"])
def test_the_inbox_is_looked_at_only_if_asked(connected, reading, capsys):
    connected.set(inbox=reading)
    for text in ("one", "two"):
        connected.inbound("07700900005", "447700900999", text)
    _, told, _ = live(capsys)
    assert "inbox" not in told["sandbox_settings"]
    assert "POST /messages/inbox" not in connected.requests()
    query = {"status": "INCOMING", "unread": True}
    headers = {"Authorization": "t"}
    assert len(connected.client.post("/v1/messages", json=query, headers=headers).json()) == 2

    connected.reset()
    connected.set(inbox=reading, delivery_delay=0)
    for text in ("one", "two", "three"):
        connected.inbound("07700900005", "447700900999", text)
    _, told, _ = live(capsys, "--read-inbox")
    assert told["sandbox_settings"]["inbox"] == reading


def test_an_empty_inbox_tells_nothing(connected, capsys):
    _, told, _ = live(capsys, "--read-inbox")
    assert "inbox" not in told["sandbox_settings"]
    assert told["answers"][-1]["seen"] is None


@pytest.mark.parametrize(
    ("skew", "level"), [(0, "ok"), (60, "note"), (-60, "note"), (900, "warning"), (-900, "warning"), (7300, "wrong")]
)
def test_a_gateway_whose_clock_is_wrong(connected, skew, level, capsys):
    connected.set(clock_skew=skew)
    code, told, _ = live(capsys)
    clocks = [one for one in told["findings"] if one["step"] == "clock"]
    assert [one["level"] for one in clocks] == ["ok", level]
    assert code == (level == "wrong")
    if skew:
        assert f"{abs(skew):,} seconds {'ahead' if skew > 0 else 'behind'}" in clocks[1]["text"]


def test_what_is_announced_is_what_goes_out(connected, capsys):
    _, told, announced = live(capsys)
    first, second = connected.ledger()
    announced = " ".join(announced.split())
    assert first["content"].rstrip(".") in announced
    assert second["content"] in announced
    assert len(first["content"]) == 160
    assert "The two cost 2 to 3 of the 1,000 credits" in announced
    assert {first["to"], second["to"]} == {"447700900000"}
    for said in (announced, json.dumps(told)):
        assert "44********00" in announced
        assert "7700900000" not in said
        assert "token-of-the-tests" not in said


def test_a_number_abroad_costs_what_it_costs_there(connected, capsys):
    code = main(["doctor", "--live-number", "+33612345678", "--yes", "-o", "json", "--wait", "3"])
    out, err = capsys.readouterr()
    spent = sum(entry["credits"] for entry in connected.ledger())
    assert f"The two cost {spent:g} to" in err
    assert json.loads(out)["sandbox_settings"]["billing"] == "gsm"
    assert code == 0


@pytest.mark.parametrize("answer", ["", "no\n", "y\n", "\n"])
def test_who_does_not_say_yes_gets_no_text(connected, answer, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    code, told, err = doctor(capsys, "--live-number", PHONE)
    assert "Type yes" in err
    assert (code, told["sent"], texts(connected), connected.schedules()) == (0, [], [], [])


def test_who_says_yes_gets_them(connected, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", Terminal("yes\n"))
    assert doctor(capsys, "--live-number", PHONE, "--wait", "3")[0] == 0
    assert texts(connected) == TEXTS


@pytest.mark.parametrize(
    ("number", "extra", "said"),
    [
        ("123", {}, "`--live-number`"),
        ("0207 946 0000", {}, "takes no texts"),
        ("hello", {}, "something other than digits"),
        ("", {}, "is empty"),
        (PHONE, {"allow_test_numbers": False}, "Ofcom keeps for drama"),
        (PHONE, {"allowed_numbers": ["07700900001"]}, "`allowed_numbers`"),
        (PHONE, {"sender": None}, "give --sender"),
    ],
)
def test_a_number_that_cannot_be_texted(sandbox, connect, number, extra, said, capsys):
    connect(sandbox.url, **extra)
    code, told, _ = doctor(capsys, "--live-number", number, "--yes")
    assert code == 1
    assert said.strip("`") in json.dumps(told["findings"])
    assert (texts(sandbox), sandbox.schedules()) == ([], [])


def test_a_sender_of_ones_own(sandbox, connect, capsys):
    connect(sandbox.url, sender=None)
    live(capsys, "--sender", "Doctor")
    assert {entry["sender"] for entry in sandbox.ledger()} == {"Doctor"}


def fault(operation, kind="reset", when="after", times=1, **more):
    return {"operation": operation, "when": when, "kind": kind, "times": times, **more}


def test_a_lost_answer_whose_text_a_search_shows_is_no_reason_to_stop(connected, capsys):
    connected.faults([fault("POST /message/send"), fault("POST /batch/any")])
    code, told, _ = live(capsys)
    assert [one["outcome"] for one in told["sent"]] == ["found", "found", "scheduled", "cancelled"]
    assert "search_lag" not in told["sandbox_settings"]  # since when is not known
    assert texts(connected) == TEXTS
    assert code == 0


@pytest.mark.parametrize("kind", ["reset", "stall", "garbage", "status"])
@pytest.mark.parametrize("when", ["before", "after", "late"])
def test_after_an_open_outcome_nothing_more_goes_out(connected, kind, when, capsys):
    """Not found in time: whatever became of text 1, there is no second, and no schedule."""
    connected.set(search_lag=30)
    connected.faults([fault("POST /message/send", kind, when, delay=6 if kind == "stall" else 0)])
    code, told, _ = live(capsys, wait=1)
    assert code == 1
    assert [one["outcome"] for one in told["sent"]] == ["unknown"]
    assert connected.requests()["POST /message/send"] == 1
    assert [one for one in connected.requests() if one in ("POST /batch/any", "POST /message/schedule")] == []
    assert "it is not sent again" in json.dumps(told["findings"])


@pytest.mark.parametrize(("status", "said"), [(401, "token"), (402, "credit"), (403, "account"), (400, "refused")])
def test_what_is_refused_is_said_and_nothing_goes_out(connected, status, said, capsys):
    connected.faults([fault("POST /message/send", "status", "before", status=status)])
    code, told, _ = live(capsys)
    assert (code, texts(connected), [one["outcome"] for one in told["sent"]]) == (1, [], ["refused"])
    assert said in json.dumps(told["findings"])


def test_an_account_without_credit_is_not_asked(connected, capsys):
    connected.set(credits=2)
    code, told, _ = live(capsys)
    assert (code, texts(connected), told["sent"]) == (1, [], [])
    assert "the account has 2 credits: nothing was sent" in json.dumps(told["findings"])


def test_a_gateway_that_is_not_there_is_not_asked(connect, capsys):
    connect("http://127.0.0.1:9")
    code, told, announced = live(capsys)
    assert (code, told["sent"], told["answers"], announced) == (1, [], [], "")


def test_a_schedule_whose_fate_nobody_knows_is_said_loudly(connected, capsys):
    connected.faults([fault("POST /message/schedule", "reset", "before")])
    code, told, _ = live(capsys, wait=1)
    assert code == 1
    assert [one["outcome"] for one in told["sent"]][-2:] == ["unknown", "not cancelled"]
    [finding] = [one for one in told["findings"] if "could not be taken back" in one["text"]]
    assert "account page" in finding["remedy"]


def test_too_many_calls_text_nobody_twice(connected, capsys):
    connected.faults(
        [fault("POST /message/send", "status", "before", times=2, status=429, headers={"Retry-After": "0"})]
    )
    code, told, _ = live(capsys)
    assert (code, texts(connected)) == (0, TEXTS)
    assert told["sent"][0]["outcome"] == "accepted"


def test_a_gateway_that_is_slow_or_fails_at_times_is_asked_all_the_same(connected, capsys):
    connected.set(answer_delay=0.3)
    connected.faults([fault("POST /messages", "status", "before", times=2, status=503)])
    code, told, _ = live(capsys, wait=8)
    assert (code, texts(connected)) == (0, TEXTS)
    assert told["sandbox_settings"]["metadata_search"] == DEFAULTS["metadata_search"]


def test_searches_that_fail_for_good_end_it_and_say_what_was_sent(connected, capsys):
    connected.faults([fault("GET /messages/{messageid}", "status", "before", times=99, status=403)])
    code, told, _ = live(capsys)
    assert code == 1
    assert "POST /message/send" in texts(connected)
    assert [one["outcome"] for one in told["sent"]] == ["accepted"]
    assert told["extra"] is not None


@pytest.mark.parametrize("lost", [1, 2])
def test_a_schedule_is_taken_back_however_often_answers_are_lost(connected, lost, capsys):
    connected.faults([fault("POST /message/schedule"), fault("DELETE /messages/schedule/{messageid}", times=lost)])
    _, told, _ = live(capsys)
    assert [entry["status"] for entry in connected.schedules()] == ["CANCELLED"]
    assert told["sent"][-1]["outcome"] == "cancelled"


def test_a_schedule_that_cannot_be_taken_back_is_said_loudly(connected, capsys):
    connected.faults([fault("DELETE /messages/schedule/{messageid}", "status", "before", times=99, status=503)])
    code, told, _ = live(capsys)
    assert code == 1
    [entry] = connected.schedules()
    assert entry["status"] == "SCHEDULED"
    [finding] = [one for one in told["findings"] if "could not be taken back" in one["text"]]
    assert f'cancel_scheduled_message("{entry["id"]}")' in finding["remedy"]
    assert told["sent"][-1] == {"what": "text 3, for later,", "outcome": "not cancelled", "id": entry["id"]}


def test_a_list_of_schedules_that_cannot_be_read_leaves_nothing_scheduled(connected, capsys):
    connected.faults([fault("GET /messages/schedule", "status", "before", times=99, status=403)])
    code, told, _ = live(capsys)
    assert (code, told["sent"][-1]["outcome"]) == (1, "cancelled")
    assert [entry["status"] for entry in connected.schedules()] == ["CANCELLED"]
    assert "the gateway stopped answering" in json.dumps(told["findings"])


def test_a_phone_that_does_not_exist(connected, capsys):
    code = main(["doctor", "--live-number", "07700900001", "--yes", "-o", "json", "--wait", "4"])
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert "text 1 did not arrive: it is UNDELIVERABLE" in json.dumps(told["findings"])


def test_a_report_that_does_not_come_in_time(connected, capsys):
    connected.set(delivery_delay=60)
    code, told, _ = live(capsys, wait=1)
    assert code == 0
    [answer] = [one for one in told["answers"] if "delivery report" in one["question"]]
    assert answer["seen"].startswith("SENT at first, and SENT after ")


def test_a_schedule_that_is_refused_ends_quietly(connected, capsys):
    connected.faults([fault("POST /message/schedule", "status", "before", status=400)])
    code, told, _ = live(capsys)
    assert code == 0
    assert told["sent"][-1]["outcome"] == "refused"


@pytest.mark.parametrize(
    ("slow", "sent"),
    [
        ("POST /message/send", "text 1 may have gone out, or not"),
        ("POST /messages", "text 1 went out"),
        ("POST /message/schedule", "text 3, for later, IS STILL SCHEDULED, or may be"),
        ("GET /messages/schedule", "text 3, for later, was taken back"),
    ],
)
def test_ctrl_c_says_what_was_sent_and_takes_the_schedule_back(connected, slow, sent):
    connected.set(delivery_delay=0)
    connected.faults([fault(slow, "stall", "before", delay=60)])
    command = [sys.executable, "-m", "airflow_provider_smsworks", "doctor", "--live-number", PHONE, "--yes"]
    environment = {**os.environ, "AIRFLOW_CONN_SMSWORKS_DEFAULT": os.environ["AIRFLOW_CONN_SMSWORKS_DEFAULT"]}
    # Tests that a shell runs in the background have SIGINT ignored, and a child would inherit that.
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    finally:
        signal.signal(signal.SIGINT, ours)
    try:
        deadline = time.monotonic() + 60
        while connected.faults_left() and time.monotonic() < deadline:
            time.sleep(0.1)
        if slow == "POST /messages":
            # The first two look at nothing of ours; the text is on its way then.
            connected.faults([fault(slow, "stall", "before", delay=60, times=9)])
            while "POST /message/send" not in connected.requests() and time.monotonic() < deadline:
                time.sleep(0.1)
            time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130, err
    assert "Stopped. Until then:" in out
    assert sent in out.partition("Stopped.")[2]
    assert "Traceback" not in out + err
    assert {entry["status"] for entry in connected.schedules()} <= {"CANCELLED"}
    assert texts(connected) == TEXTS[: len(texts(connected))]
