"""What authors may say of a send beside its words: costs, replies, waits; and what they may get wrong."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowFailException, AirflowSkipException

from airflow_provider_smsworks.exceptions import SmsWorksCreditError, SmsWorksNotFoundError, SmsWorksValidationError
from airflow_provider_smsworks.operators.batch import SmsWorksSendBatchOperator, SmsWorksSendCollectionOperator
from airflow_provider_smsworks.operators.message import (
    SmsWorksSendBinaryMessageOperator,
    SmsWorksSendFlashMessageOperator,
    SmsWorksSendMessageOperator,
)
from airflow_provider_smsworks.operators.otp import SmsWorksSendOtpOperator
from airflow_provider_smsworks.operators.schedule import (
    SmsWorksScheduleBatchOperator,
    SmsWorksScheduleMessageOperator,
)
from tests.task_context import own_store, task_context
from tests.versions import needs_state_store

PHONE, OTHER = "07700900000", "07700900010"
TOMORROW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def send(tmp_path):
    def send(kind=SmsWorksSendMessageOperator, try_number=1, **arguments):
        context = task_context(own_store(tmp_path / "state"), try_number=try_number)
        return kind(task_id="t", **arguments).execute(context)

    return send


def test_a_flash_and_a_binary_message_go_out_as_such(connected, send):
    send(SmsWorksSendFlashMessageOperator, to=PHONE, content="Now")
    send(SmsWorksSendBinaryMessageOperator, to=OTHER, content=b"\x65\x54")
    assert [row["operation"] for row in connected.ledger()] == ["POST /message/flash", "POST /binary/send"]


class TestCosts:
    LONG = "x" * 161

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ({"content": LONG, "max_parts": 1}, "`content` takes 2 parts and `max_parts` is 1"),
            ({"content": LONG, "max_credits": 1.5}, "this can cost 2 credits and `max_credits` is 1.5"),
            ({"to": "+33612345678", "max_credits": 1}, "this can cost 2 credits"),
            ({"to": "+4915123456789", "max_credits": 2}, r"this can cost 2\.5 credits"),
            ({"to": "+6797012345", "max_credits": 9}, "the gateway names no price for FJ"),
            ({"max_parts": 0}, "`max_parts` must be a number above 0"),
            ({"max_credits": "2"}, "`max_credits` must be a number above 0"),
        ],
    )
    def test_what_is_too_dear_is_not_sent(self, connected, send, arguments, words):
        with pytest.raises(AirflowFailException, match=words) as caught:
            send(**{"to": PHONE, "content": "Hello"} | arguments)
        assert isinstance(caught.value, SmsWorksValidationError)
        assert connected.ledger() == []

    def test_a_batch_is_added_up(self, connected, send):
        arguments = {"to": [PHONE, "+33612345678"], "content": "Hello"}
        with pytest.raises(SmsWorksValidationError, match="this can cost 3 credits and `max_credits` is 2"):
            send(SmsWorksSendBatchOperator, **arguments, max_credits=2)
        assert send(SmsWorksSendBatchOperator, **arguments, max_credits=3)["parts"] == 2

    def test_a_balance_that_is_too_low_ends_it_before_anything_goes_out(self, connected, send):
        connected.set(credits=1)
        with pytest.raises(SmsWorksCreditError, match="has 1 credits, and this can cost 2"):
            send(SmsWorksSendBatchOperator, to=[PHONE, OTHER], content="Hello", check_balance=True)
        assert connected.ledger() == []

    @needs_state_store
    def test_what_was_sent_is_kept_however_dear(self, connected, send):
        first = send(to=PHONE, content="Hello")
        connected.set(credits=0)
        assert send(try_number=2, to=PHONE, content=self.LONG, max_parts=1, check_balance=True) == first

    def test_the_log_tells_the_estimate_and_what_was_used(self, connected, send, caplog, capsys):
        caplog.set_level(logging.INFO)
        send(to=PHONE, content="Hello £")
        log = caplog.text + "".join(capsys.readouterr())  # in tests Airflow's own goes to standard output
        assert "About to send 1 text(s) of 1 part(s) in all, for 1 credit(s)" in log
        assert "1 credit(s) used" in log
        assert PHONE[1:] not in log
        assert "Hello" not in log

    def test_ordinary_sends_make_no_call_more(self, connected, send):
        send(to="+33612345678", content="Hello", max_parts=1)
        assert connected.requests() == {"POST /message/send": 1}

    @pytest.mark.parametrize("limit", [{"max_parts": 1}, {"max_credits": 5}, {"check_balance": True}])
    def test_nobody_knows_what_the_gateways_own_passcode_text_costs(self, connected, send, limit):
        with pytest.raises(SmsWorksValidationError, match="`check_balance` need `template`"):
            send(SmsWorksSendOtpOperator, to=PHONE, **limit)
        assert send(SmsWorksSendOtpOperator, to=PHONE, template="{{passcode}}", **limit)["otp_id"]


class TestReplies:
    def test_a_reply_goes_back_to_whoever_texted_from_the_number_they_texted(self, connected, send):
        received = connected.inbound("07700900005", "07700900999", "Help")
        result = send(reply_to=received, content="We call you.")
        [row] = connected.ledger()
        assert (row["to"], row["sender"]) == ("447700900005", "447700900999")
        assert result["to"] == "44********05"

    def test_with_a_sender_of_ones_own(self, connected, send):
        received = connected.inbound("07700900005", "07700900999", "Help")
        send(reply_to=received, content="We call you.", sender="Depot")
        assert connected.ledger()[0]["sender"] == "Depot"

    def test_what_cannot_be_replied_to(self, connected, send):
        sent = send(to=PHONE, content="Hello")["message_id"]
        with pytest.raises(AirflowFailException, match="`reply_to` is the id of a message that was sent"):
            send(reply_to=sent, content="Hello")
        with pytest.raises(SmsWorksNotFoundError, match=r"no message 123 \(`reply_to`\)"):
            send(reply_to="123", content="Hello")
        with pytest.raises(AirflowFailException, match="`to` and `reply_to` name two recipients"):
            send(reply_to=sent, to=PHONE, content="Hello")
        assert len(connected.ledger()) == 1


class TestBadInput:
    @pytest.mark.parametrize(
        ("kind", "arguments", "words"),
        [
            (SmsWorksSendMessageOperator, {"to": "", "content": "Hello"}, "`to` is empty"),
            (SmsWorksSendMessageOperator, {"content": "Hello"}, "`to` "),
            (SmsWorksSendMessageOperator, {"to": PHONE, "content": ""}, "`content` is empty"),
            (SmsWorksSendMessageOperator, {"to": PHONE, "content": ["Hello"]}, "`content` must be text, not list"),
            (SmsWorksSendMessageOperator, {"to": [PHONE], "content": "Hello"}, "`to` must be text, not list"),
            (SmsWorksSendBatchOperator, {"to": PHONE, "content": "Hello"}, "`to` must be a list of numbers, not str"),
            (SmsWorksSendBatchOperator, {"to": [], "content": "Hello"}, "`to` is empty"),
            (SmsWorksSendBatchOperator, {"to": [PHONE, "12", None], "content": "Hello"}, r"`to\[1\]`.*`to\[2\]`"),
            (SmsWorksSendBatchOperator, {"to": [PHONE, PHONE], "content": "Hello"}, r"`to\[1\]` is the same phone"),
            (SmsWorksSendCollectionOperator, {"messages": [{"to": PHONE}]}, r"`messages\[0\].content` is empty"),
            (SmsWorksSendCollectionOperator, {"messages": "all"}, "`messages` must be a list of messages, not str"),
            (
                SmsWorksSendCollectionOperator,
                {"messages": [{"to": PHONE, "content": "x", "metadata": {"airflow_send": "1"}}]},
                "metadata` must not use airflow_send",
            ),
            (
                SmsWorksScheduleMessageOperator,
                {"to": PHONE, "content": "Hello", "schedule": TOMORROW.replace(tzinfo=None)},
                "`schedule` has no time zone",
            ),
            (
                SmsWorksScheduleBatchOperator,
                {"to": [PHONE], "content": "Hello", "schedule": ""},
                "`schedule` is empty",
            ),
            (SmsWorksSendOtpOperator, {"to": PHONE, "template": "Your code"}, "`template` must hold"),
            (SmsWorksSendOtpOperator, {"to": PHONE, "metadata": {"a": "x" * 1000}}, "`metadata` has 1,0"),
            (SmsWorksSendOtpOperator, {"to": PHONE, "on_unknown": "maybe"}, "`on_unknown` must be one of retry, fail"),
            (SmsWorksSendMessageOperator, {"to": PHONE, "content": "x", "on_undelivered": "cry"}, "`on_undelivered`"),
            (SmsWorksSendMessageOperator, {"to": PHONE, "content": "x", "poll_interval": 0}, "`poll_interval`"),
            (SmsWorksSendMessageOperator, {"to": PHONE, "content": "x", "max_age": 5}, "`max_age` must be a timedelta"),
            (
                SmsWorksSendMessageOperator,
                {"to": PHONE, "content": "x", "wait_for_delivery": True, "ttl": HOUR},
                "`ttl` deletes the delivery report after 1:00:00",
            ),
        ],
    )
    def test_nothing_is_sent_and_the_field_is_named(self, connected, send, kind, arguments, words):
        with pytest.raises(AirflowFailException, match=words) as caught:
            send(kind, **arguments)
        assert isinstance(caught.value, SmsWorksValidationError)
        assert connected.ledger() == []
        assert connected.schedules() == []

    def test_a_ttl_that_outlives_the_wait_is_fine(self, connected, send):
        arguments = {"ttl": 2 * HOUR, "delivery_timeout": HOUR, "wait_for_delivery": True, "poll_interval": 0.1}
        assert send(to=PHONE, content="Hello", **arguments)["status"] == "DELIVERED"

    def test_more_recipients_than_one_call_may_have(self, connected, send):
        numbers = [str(447700900000 + number) for number in range(501)]
        with pytest.raises(SmsWorksValidationError, match="`to` has 501 entries, and one call may have 500"):
            send(SmsWorksScheduleBatchOperator, to=numbers, content="Hello", schedule=TOMORROW)

    @pytest.mark.parametrize(
        ("kind", "arguments"),
        [
            (SmsWorksSendBatchOperator, {"to": [PHONE], "content": "Hello"}),
            (SmsWorksSendOtpOperator, {"to": PHONE}),
            (SmsWorksScheduleMessageOperator, {"to": PHONE, "content": "Hello", "schedule": TOMORROW}),
        ],
    )
    def test_an_old_run_is_skipped(self, connected, tmp_path, kind, arguments):
        context = task_context(own_store(tmp_path / "state"))
        context["dag_run"].run_after -= 2 * HOUR
        with pytest.raises(AirflowSkipException, match="max_age"):
            kind(task_id="t", **arguments, max_age=HOUR).execute(context)
        assert connected.requests() == {}


NOBODY = {"phone": None, "word": None, "phones": [PHONE, OTHER]}


@pytest.mark.parametrize("native", [True, False])
class TestTemplatesOfNoText:
    """What a template makes of nothing, or of a list, is nothing to text anybody."""

    def execute(self, native, kind, arguments):
        with DAG("d", render_template_as_native_obj=native):
            operator = kind(task_id="t", **arguments)
        operator.render_template_fields(NOBODY)
        operator.execute(task_context())

    @pytest.mark.parametrize(
        ("kind", "arguments", "field"),
        [
            (SmsWorksSendMessageOperator, {"to": "{{ phone }}", "content": "x"}, "to"),
            (SmsWorksSendMessageOperator, {"to": PHONE, "content": "{{ word }}"}, "content"),
            (SmsWorksSendMessageOperator, {"reply_to": "{{ word }}", "content": "x"}, "reply_to"),
            (SmsWorksSendMessageOperator, {"to": PHONE, "content": "x", "send_key": "{{ word }}"}, "send_key"),
            (SmsWorksSendBatchOperator, {"to": "{{ phone }}", "content": "x"}, "to"),
            (SmsWorksSendCollectionOperator, {"messages": "{{ word }}"}, "messages"),
            (SmsWorksScheduleMessageOperator, {"to": PHONE, "content": "x", "schedule": "{{ word }}"}, "schedule"),
            (SmsWorksSendOtpOperator, {"to": "{{ phone }}"}, "to"),
        ],
    )
    def test_nothing(self, connected, native, kind, arguments, field):
        with pytest.raises(AirflowFailException, match=f"`{field}` is empty") as caught:
            self.execute(native, kind, arguments)
        assert isinstance(caught.value, SmsWorksValidationError)
        assert connected.requests() == {}

    @pytest.mark.parametrize(
        ("kind", "arguments", "field"),
        [
            (SmsWorksSendMessageOperator, {"to": "{{ phones }}", "content": "x"}, "to"),
            (SmsWorksSendMessageOperator, {"to": PHONE, "content": "{{ phones }}"}, "content"),
            (SmsWorksSendMessageOperator, {"to": PHONE, "content": "x", "tag": "{{ phones }}"}, "tag"),
            (SmsWorksSendCollectionOperator, {"messages": [{"to": PHONE, "content": "{{ phones }}"}]}, "content"),
        ],
    )
    def test_a_list(self, connected, native, kind, arguments, field):
        problem = "must be text, not list" if native else "is a list that was made text: it must be one value"
        with pytest.raises(AirflowFailException, match=f"{field}` {problem}") as caught:
            self.execute(native, kind, arguments)
        assert "900" not in str(caught.value)
        assert connected.requests() == {}

    def test_a_list_where_a_list_is_due(self, connected, native):
        arguments = {"to": "{{ phones }}", "content": "Hello"}
        if native:
            self.execute(native, SmsWorksSendBatchOperator, arguments)
            assert len(connected.ledger()) == 2
        else:
            with pytest.raises(AirflowFailException, match=r"`to` is a list that was made text.*native_obj=True"):
                self.execute(native, SmsWorksSendBatchOperator, arguments)

    def test_the_word_none_is_no_name_either(self, connected, native):
        arguments = {"to": PHONE, "content": "Hello", "sender": "{{ word }}", "tag": "{{ word }}"}
        if native:
            self.execute(native, SmsWorksSendMessageOperator, arguments)
            assert connected.ledger()[0]["sender"] == "Parcels"
        else:
            with pytest.raises(AirflowFailException, match=r"`sender` is empty.*`tag` is empty"):
                self.execute(native, SmsWorksSendMessageOperator, arguments)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (
            SmsWorksSendMessageOperator,
            {"to": PHONE, "content": "42", "tag": "7", "metadata": {"order": "{{ 42 }}"}},
        ),
        (SmsWorksSendBatchOperator, {"to": [PHONE], "content": "42", "tag": "2026"}),
        (SmsWorksSendCollectionOperator, {"messages": [{"to": PHONE, "content": "42", "metadata": {"order": "42"}}]}),
        (SmsWorksSendOtpOperator, {"to": PHONE}),
    ],
)
def test_digits_that_a_dag_with_native_objects_made_numbers_of(connected, kind, arguments):
    with DAG("d", render_template_as_native_obj=True):
        operator = kind(task_id="t", sender="447700900950", **arguments)
    operator.render_template_fields({})
    operator.execute(task_context())
    [row] = connected.ledger()
    assert row["sender"] == "447700900950"
    if kind is not SmsWorksSendOtpOperator:
        assert row["content"] == "42"
    if kind in (SmsWorksSendMessageOperator, SmsWorksSendCollectionOperator):
        assert {"key": "order", "value": "42"} in row["metadata"] or row["metadata"].get("order") == "42"


def test_one_row_of_many_that_rendered_to_nothing(connected, send):
    rows = [{"to": PHONE, "content": "Hello"}, {"to": OTHER, "content": "None"}]
    with pytest.raises(AirflowFailException, match=r"`messages\[1\].content` is empty"):
        send(SmsWorksSendCollectionOperator, messages=rows)
    assert connected.requests() == {}


def test_without_a_recipient_the_error_says_what_can_be_given(connected, send):
    with pytest.raises(AirflowFailException, match="`to` is missing: give the phone, or `reply_to`"):
        send(content="Hello")


def test_a_text_that_is_rejected_at_once_has_not_arrived(connected, tmp_path, monkeypatch):
    operator = SmsWorksSendMessageOperator(task_id="t", to=PHONE, content="Hello")
    answer = {"message_id": "1", "status": "REJECTED", "parts": 1, "credits_used": 0}
    monkeypatch.setattr(operator.hook.get_conn(), "call", lambda call: answer)
    with pytest.raises(AirflowFailException, match="was not delivered: REJECTED"):
        operator.execute(task_context(own_store(tmp_path / "state")))


class TestBatchWaits:
    @pytest.mark.parametrize("deferrable", [True, False])
    def test_until_most_have_it(self, connected, send, deferrable):
        arguments = {"to": [PHONE, OTHER, "07700900001"], "content": "Hello", "poll_interval": 0.1}
        result = wait_for(send, deferrable, **arguments, at_least=0.6)
        assert (result["delivered"], result["total"], result["recipients"]) == (2, 3, 3)
        assert result["reference"] is None
        assert len(connected.ledger()) == 3

    @pytest.mark.parametrize("deferrable", [True, False])
    def test_too_few_have_it(self, connected, send, deferrable):
        arguments = {"to": [PHONE, "07700900001"], "content": "Hello", "poll_interval": 0.1}
        with pytest.raises(AirflowFailException, match="1 were delivered and 2 were wanted"):
            wait_for(send, deferrable, **arguments)
        result = wait_for(send, deferrable, **arguments, on_undelivered="return", send_key="again")
        [failure] = result["failures"]
        assert (failure["to"], failure["code"], failure["try_again"]) == ("44********01", 5001, False)

    @pytest.mark.parametrize("at_least", [0, 1.1, "all"])
    def test_a_fraction_that_is_none(self, connected, send, at_least):
        with pytest.raises(AirflowFailException, match="`at_least` must be a fraction"):
            send(SmsWorksSendBatchOperator, to=[PHONE], content="Hello", at_least=at_least)


def wait_for(send, deferrable, **arguments):
    from airflow.providers.common.compat.sdk import TaskDeferred

    arguments |= {"kind": SmsWorksSendBatchOperator, "wait_for_delivery": True, "deferrable": deferrable}
    if not deferrable:
        return send(**arguments)
    with pytest.raises(TaskDeferred) as deferred:
        send(**arguments)

    async def event():
        [event] = [event async for event in deferred.value.trigger.run()]
        return event.payload

    kind = arguments.pop("kind")
    return kind(task_id="t", **arguments).execute_complete({}, asyncio.run(event()))


@pytest.fixture(autouse=True)
def no_hold(monkeypatch):
    from airflow_provider_smsworks.triggers import base

    monkeypatch.setattr(base, "HOLD", 0.0)
