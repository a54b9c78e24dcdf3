"""The operators that read, delete and cancel, under readings of the documents that meet in every pair."""

from __future__ import annotations

import datetime as dt
import json
import time

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowFailException, AirflowSkipException

from airflow_provider_smsworks.exceptions import (
    SmsWorksCreditError,
    SmsWorksNotFoundError,
    SmsWorksRejectedError,
    SmsWorksUnavailableError,
    SmsWorksValidationError,
)
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.operators.account import (
    SmsWorksGetCountryCreditsOperator,
    SmsWorksGetCreditsOperator,
    SmsWorksGetCustomerIdOperator,
    SmsWorksGetMessageVolumeOperator,
)
from airflow_provider_smsworks.operators.batch_reads import SmsWorksGetBatchOperator
from airflow_provider_smsworks.operators.message_reads import (
    SmsWorksDeleteMessageOperator,
    SmsWorksGetFailedMessagesOperator,
    SmsWorksGetMessageOperator,
    SmsWorksGetUnreadMessagesOperator,
    SmsWorksSearchMessagesOperator,
)
from airflow_provider_smsworks.operators.schedule_reads import (
    SmsWorksCancelScheduledBatchOperator,
    SmsWorksCancelScheduledMessageOperator,
    SmsWorksGetScheduledMessagesOperator,
)
from tests.readings import pairwise, questions
from tests.task_context import task_context
from tests.versions import rendered_fields

ADA, NOBODY, MINE = "07700900412", "07700900001", "07700900999"
TOMORROW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
DELETE, CANCEL = "DELETE /messages/{messageid}", "DELETE /messages/schedule/{messageid}"

ANSWERS = pairwise(
    questions(
        "shapes",
        "ids",
        "lists",
        "metadata_echo",
        "optional_fields",
        "destination_type",
        "status_words",
        "failure_codes",
        "dates",
        "search_page",
        "unknown_id",
        "error_bodies",
    )
)
under_every_reading = pytest.mark.parametrize("reading", ANSWERS, ids=range(len(ANSWERS)))


class Log:
    """What Airflow and the libraries logged: Airflow's own goes to standard output in tests."""

    def __init__(self, caplog, capsys):
        self._caplog, self._capsys, self._printed = caplog, capsys, ""

    @property
    def text(self):
        self._printed += "".join(self._capsys.readouterr())
        return self._printed + self._caplog.text


@pytest.fixture
def log(caplog, capsys):
    caplog.set_level("INFO")
    return Log(caplog, capsys)


def do(kind, *, try_number=1, context=None, **arguments):
    """Run one try of an operator."""
    return kind(task_id="t", **arguments).execute(context or task_context(try_number=try_number))


def later(**arguments):
    return SmsWorksHook().schedule_message(to=ADA, content="Later", schedule=TOMORROW, **arguments)["message_id"]


def personal(result, log):
    """Return which spellings of a test number somebody could read in a result or in the log."""
    written = json.dumps(result) + log.text
    return [spelling for spelling in ("900412", "900001", "900999", "900005") if spelling in written]


@under_every_reading
def test_one_message(connected, reading, log):
    connected.set(**reading)
    sent = SmsWorksHook().send_message(to=ADA, content="Hello", tag="late", metadata={"order": "7"})
    found = do(SmsWorksGetMessageOperator, message_id=sent["message_id"])
    assert found["message_id"] == sent["message_id"]
    assert (found["to"], found["content"], found["tag"]) == ("44********12", "Hello", "late")
    assert found["metadata"] == ({"order": "7"} if reading["metadata_echo"] else {})
    assert not {"customerid", "identifier", "id", "_id", "__v"} & set(found)
    assert personal(found, log) == []
    assert do(SmsWorksGetMessageOperator, message_id=sent["message_id"], reveal=True)["to"] == "447700900412"


@under_every_reading
def test_searches(connected, reading, log):
    connected.set(**reading)
    hook = SmsWorksHook()
    ids = [hook.send_message(to=ADA, content=f"Hello {n}")["message_id"] for n in range(8)]
    hook.send_message(to="07700900413", content="To another")
    found = do(SmsWorksSearchMessagesOperator, to=f"{ADA[:5]} {ADA[5:]}", since="2026-01-01T00:00:00Z")
    assert sorted(message["message_id"] for message in found) == sorted(ids)
    assert {message["to"] for message in found} == {"44********12"}
    assert personal(found, log) == []
    page = do(SmsWorksSearchMessagesOperator, to=ADA, limit="2", skip="1")
    assert [message["content"] for message in page] == ["Hello 1", "Hello 2"]
    assert "8 message(s): " in log.text


@under_every_reading
def test_failures_are_explained(connected, reading, log):
    connected.set(**reading, delivery_delay=0)
    hook = SmsWorksHook()
    ids = {hook.send_message(to=NOBODY, content=f"Hello {n}")["message_id"] for n in range(5)}
    hook.send_message(to=ADA, content="Arrives")
    found = do(SmsWorksGetFailedMessagesOperator)
    assert {message["message_id"] for message in found} == ids
    assert personal(found, log) == []
    for message in found:
        if reading["optional_fields"]:
            assert message["meaning"] == "the number does not exist, or belongs to nobody"
            assert message["can_try_again"] is False
        else:
            assert message["meaning"] == "the gateway gives no reason"
            assert message["can_try_again"] is None
        assert message["remedy"]


@under_every_reading
def test_unread(connected, reading, log):
    connected.set(**reading)
    connected.inbound("07700900005", MINE, "Call me on 01632 960999")
    [message] = do(SmsWorksGetUnreadMessagesOperator, sender="07700900005", limit=2)
    assert (message["sender"], message["content"]) == ("44********05", "Call me on 01632 960999")
    assert personal(message | {"content": ""}, log) == []
    assert do(SmsWorksGetUnreadMessagesOperator) == []


def test_a_full_page_of_unread_messages_is_said_to_be_one(connected, log):
    for n in range(2):
        connected.inbound("07700900005", MINE, f"Hello {n}")
    assert len(do(SmsWorksGetUnreadMessagesOperator, limit="2")) == 2
    assert "There may be more unread messages than these 2." in log.text


BATCHES = pairwise(questions("new_batch", "shapes", "lists", "ids", "error_bodies", "batch_partial"))


@pytest.mark.parametrize("reading", BATCHES)
def test_a_batch_right_after_sending(connected, reading, log):
    connected.set(**reading, search_lag=0.15)
    batch_id = SmsWorksHook().send_batch(to=[ADA, "07700900413"], content="All")["batch_id"]
    found = do(SmsWorksGetBatchOperator, batch_id=batch_id)
    assert [message["to"] for message in found] == ["44********12", "44********13"]
    assert personal(found, log) == []
    asked = connected.requests()["GET /batch/{batchid}"]
    # On a busy machine the batch may be visible before it is asked for.
    assert asked == 1 if reading["new_batch"] == "shown" else asked <= 2


@pytest.mark.parametrize("new_batch", ["empty", "not_found"])
def test_a_batch_that_the_gateway_does_not_show(connected, new_batch):
    connected.set(new_batch=new_batch, search_lag=60)
    batch_id = SmsWorksHook().send_batch(to=[ADA], content="All")["batch_id"]
    if new_batch == "empty":
        assert do(SmsWorksGetBatchOperator, batch_id=batch_id) == []
    else:
        with pytest.raises(SmsWorksNotFoundError, match="knows nothing by this id"):
            do(SmsWorksGetBatchOperator, batch_id=batch_id)


DELETIONS = pytest.mark.parametrize("reading", pairwise(questions("unknown_id", "error_bodies", "shapes", "ids")))


@DELETIONS
def test_delete(connected, reading):
    connected.set(**reading)
    message_id = SmsWorksHook().send_message(to=ADA, content="Hello")["message_id"]
    assert do(SmsWorksDeleteMessageOperator, message_id=message_id) == {"message_id": message_id, "status": "DELETED"}
    with pytest.raises(SmsWorksNotFoundError, match=f"Message {message_id} was not deleted: there is no") as caught:
        do(SmsWorksDeleteMessageOperator, message_id=message_id)
    assert isinstance(caught.value, AirflowFailException)
    gone = {"message_id": message_id, "status": "DELETED"}
    assert do(SmsWorksDeleteMessageOperator, message_id=message_id, ignore_missing=True) == gone


@DELETIONS
@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"kind": "status", "status": 500}, {"kind": "garbage"}])
def test_delete_with_a_lost_answer(connected, reading, fault):
    connected.set(**reading)
    message_id = SmsWorksHook().send_message(to=ADA, content="Hello")["message_id"]
    connected.faults([{"operation": DELETE, "when": "after", "times": 1} | fault])
    with pytest.raises(Exception, match="DELETE /messages") as caught:
        do(SmsWorksDeleteMessageOperator, message_id=message_id)
    assert not isinstance(caught.value, AirflowFailException)
    gone = {"message_id": message_id, "status": "DELETED"}
    assert do(SmsWorksDeleteMessageOperator, try_number=2, message_id=message_id) == gone


def test_what_may_not_be_deleted_is_not_taken_for_gone(connected):
    message_id = SmsWorksHook().send_message(to=ADA, content="Hello")["message_id"]
    connected.faults([{"operation": DELETE, "when": "before", "kind": "status", "status": 400, "times": 1}])
    with pytest.raises(SmsWorksRejectedError) as caught:
        do(SmsWorksDeleteMessageOperator, try_number=2, message_id=message_id, ignore_missing=True)
    assert not isinstance(caught.value, SmsWorksNotFoundError)
    assert do(SmsWorksGetMessageOperator, message_id=message_id)["message_id"] == message_id


SCHEDULES = pairwise(questions("cancel_again", "shapes", "ids", "metadata_echo", "error_bodies", "dates"))
of_schedules = pytest.mark.parametrize("reading", SCHEDULES, ids=range(len(SCHEDULES)))


@of_schedules
def test_what_is_scheduled(connected, reading, log):
    connected.set(**reading)
    assert do(SmsWorksGetScheduledMessagesOperator) == []
    one = later(metadata={"order": "7"})
    [entry] = do(SmsWorksGetScheduledMessagesOperator)
    assert (entry["schedule_id"], entry["is_batch"], entry["to"]) == (one, False, ["44********12"])
    many = SmsWorksHook().schedule_batch(to=[ADA, "07700900413"], content="All", schedule=TOMORROW)["batch_id"]
    do(SmsWorksCancelScheduledMessageOperator, message_id=one)
    [entry] = do(SmsWorksGetScheduledMessagesOperator, status="scheduled")
    assert (entry["schedule_id"], len(entry["to"])) == (many, 2)
    assert [entry["schedule_id"] for entry in do(SmsWorksGetScheduledMessagesOperator, status="CANCELLED")] == [one]
    assert personal(do(SmsWorksGetScheduledMessagesOperator), log) == []


@of_schedules
def test_cancelling_again(connected, reading):
    connected.set(**reading)
    message_id = later()
    batch_id = SmsWorksHook().schedule_batch(to=[ADA], content="All", schedule=TOMORROW)["batch_id"]
    for _ in range(3):
        cancelled = do(SmsWorksCancelScheduledMessageOperator, message_id=message_id)
        assert cancelled == {"message_id": message_id, "status": "CANCELLED"}
        cancelled = do(SmsWorksCancelScheduledBatchOperator, batch_id=batch_id)
        assert cancelled == {"batch_id": batch_id, "status": "CANCELLED"}
    assert [entry["status"] for entry in connected.schedules()] == ["CANCELLED", "CANCELLED"]


def test_the_log_says_that_it_was_cancelled_already(connected, log):
    message_id = later()
    do(SmsWorksCancelScheduledMessageOperator, message_id=message_id)
    assert "already" not in log.text
    do(SmsWorksCancelScheduledMessageOperator, message_id=message_id)
    assert "it was CANCELLED already" in log.text


@of_schedules
@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"kind": "status", "status": 500}, {"kind": "garbage"}])
def test_cancelling_with_a_lost_answer(connected, reading, fault):
    connected.set(**reading)
    message_id = later()
    connected.faults([{"operation": CANCEL, "when": "after", "times": 1} | fault])
    cancelled = do(SmsWorksCancelScheduledMessageOperator, message_id=message_id)
    assert cancelled == {"message_id": message_id, "status": "CANCELLED"}


@of_schedules
def test_cancelling_with_a_lost_request(connected, reading):
    connected.set(**reading)
    message_id = later()
    connected.faults([{"operation": CANCEL, "when": "before", "kind": "reset", "times": 1}])
    with pytest.raises(SmsWorksUnavailableError) as caught:
        do(SmsWorksCancelScheduledMessageOperator, message_id=message_id)
    assert not isinstance(caught.value, AirflowFailException)
    assert do(SmsWorksCancelScheduledMessageOperator, try_number=2, message_id=message_id)["status"] == "CANCELLED"


@of_schedules
def test_cancelling_what_has_gone_out(connected, reading):
    connected.set(**reading)
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=0.3)
    message_id = SmsWorksHook().schedule_message(to=ADA, content="Soon", schedule=soon)["message_id"]
    time.sleep(0.4)
    operator = SmsWorksCancelScheduledMessageOperator
    with pytest.raises(SmsWorksRejectedError, match=r"not cancelled: it is PROCESSED, so it has gone out") as caught:
        do(operator, message_id=message_id)
    assert isinstance(caught.value, AirflowFailException)
    with pytest.raises(AirflowSkipException, match="has gone out"):
        do(operator, message_id=message_id, on_processed="skip")
    result = do(operator, message_id=message_id, on_processed="return")
    assert result == {"message_id": message_id, "status": "PROCESSED"}
    assert len(connected.ledger()) == 1


@of_schedules
def test_cancelling_what_was_never_scheduled(connected, reading):
    connected.set(**reading)
    for kind, name in (
        (SmsWorksCancelScheduledMessageOperator, "message"),
        (SmsWorksCancelScheduledBatchOperator, "batch"),
    ):
        with pytest.raises(SmsWorksNotFoundError, match=f"No {name} was cancelled: nothing is scheduled by the id 123"):
            do(kind, try_number=2, **{f"{name}_id": "123"})


def test_cancelling_a_batch_as_a_message(connected):
    batch_id = SmsWorksHook().schedule_batch(to=[ADA], content="All", schedule=TOMORROW)["batch_id"]
    with pytest.raises(SmsWorksNotFoundError, match="is a scheduled batch"):
        do(SmsWorksCancelScheduledMessageOperator, message_id=batch_id)
    assert [entry["status"] for entry in connected.schedules()] == ["SCHEDULED"]


def test_the_account(connected):
    connected.set(credits=42.5)
    SmsWorksHook().send_message(to=ADA, content="Hello")
    assert do(SmsWorksGetCreditsOperator) == 41.5
    assert do(SmsWorksGetCustomerIdOperator) == SmsWorksHook().get_customer_id()
    assert do(SmsWorksGetMessageVolumeOperator) == 1
    assert do(SmsWorksGetCountryCreditsOperator, country="gb") == {
        "code": "GB",
        "country": "United Kingdom",
        "credits": 1,
    }


@pytest.mark.parametrize(("status", "warns"), [("DELIEVERED", True), ("delivered", False), ("INCOMING", False)])
def test_a_status_that_nobody_knows_is_told(connected, caplog, capsys, status, warns):
    assert do(SmsWorksSearchMessagesOperator, status=status) == []
    assert ("mentions the `status`" in caplog.text + "".join(capsys.readouterr())) is warns


def test_an_unknown_message_has_a_clear_end(connected):
    with pytest.raises(SmsWorksNotFoundError, match=r"knows nothing by this id: 123 \(`message_id`\)") as caught:
        do(SmsWorksGetMessageOperator, message_id="123")
    assert isinstance(caught.value, AirflowFailException)


def test_other_refusals_are_left_as_they_are(connected):
    fault = {"operation": "*", "when": "before", "kind": "status", "status": 402, "times": 2}
    connected.faults([fault])
    for kind in (SmsWorksDeleteMessageOperator, SmsWorksCancelScheduledMessageOperator):
        with pytest.raises(SmsWorksCreditError):
            do(kind, message_id="1", try_number=2)
    assert connected.requests() == {DELETE: 1, CANCEL: 1}


NAIVE = dt.datetime(2026, 1, 31, 9, 30)
BAD = [
    (SmsWorksGetMessageOperator, {"message_id": ""}, "message_id"),
    (SmsWorksCancelScheduledBatchOperator, {"batch_id": ["1"]}, "batch_id"),
    (SmsWorksCancelScheduledBatchOperator, {"batch_id": "['1']"}, "batch_id"),
    (SmsWorksGetMessageOperator, {"message_id": "None"}, "message_id"),
    (SmsWorksGetMessageOperator, {"message_id": ["1"]}, "message_id"),
    (SmsWorksDeleteMessageOperator, {"message_id": " "}, "message_id"),
    (SmsWorksDeleteMessageOperator, {"message_id": []}, "message_id"),
    (SmsWorksGetBatchOperator, {"batch_id": ""}, "batch_id"),
    (SmsWorksGetBatchOperator, {"batch_id": {"a": 1}}, "batch_id"),
    (SmsWorksCancelScheduledMessageOperator, {"message_id": ""}, "message_id"),
    (SmsWorksCancelScheduledMessageOperator, {"message_id": "1", "on_processed": "maybe"}, "on_processed"),
    (SmsWorksCancelScheduledBatchOperator, {"batch_id": ""}, "batch_id"),
    (SmsWorksGetScheduledMessagesOperator, {"status": "DELIVERED"}, "status"),
    (SmsWorksGetScheduledMessagesOperator, {"status": ["SCHEDULED"]}, "status"),
    (SmsWorksGetCountryCreditsOperator, {"country": ""}, "country"),
    (SmsWorksGetCountryCreditsOperator, {"country": "France"}, "country"),
    *(
        (kind, arguments, next(iter(arguments)))
        for kind in (SmsWorksSearchMessagesOperator, SmsWorksGetUnreadMessagesOperator)
        for arguments in (
            {"to": ""},
            {"to": ["07700900412"]},
            {"to": "no number"},
            {"sender": ""},
            {"status": ["SENT"]},
            {"keyword": "None"},
            {"since": NAIVE},
            {"until": "2026-01-31T09:30:00"},
            {"since": "yesterday"},
            {"limit": 1001},
            {"limit": "0"},
            {"limit": "many"},
            {"skip": "-1"},
            {"unread": "perhaps"},
            {"credits": "one"},
            {"metadata": {}},
            {"metadata": ["order"]},
        )
    ),
]


@pytest.mark.parametrize(("kind", "arguments", "name"), BAD)
def test_bad_input_names_its_field_and_calls_nothing(connected, kind, arguments, name):
    with pytest.raises(SmsWorksValidationError, match=f"`{name}` ") as caught:
        do(kind, **arguments)
    assert isinstance(caught.value, AirflowFailException)
    assert connected.requests() == {}
    assert "900412" not in str(caught.value)


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("template", ["{{ nobody }}", "{{ none }}", "{{ '' }}"])
def test_a_search_for_one_never_becomes_one_for_all(connected, native, template):
    with DAG("d", render_template_as_native_obj=native):
        operator = SmsWorksSearchMessagesOperator(task_id="t", to=template, status="INCOMING")
    operator.render_template_fields({"nobody": None})
    with pytest.raises(SmsWorksValidationError, match="`to` is empty, or its template rendered to nothing"):
        operator.execute(task_context())
    assert connected.requests() == {}


def test_templates_become_what_they_should_be(connected):
    hook = SmsWorksHook()
    for n in range(3):
        hook.send_message(to=ADA, content=f"Hello {n}")
    with DAG("d"):
        operator = SmsWorksSearchMessagesOperator(
            task_id="t",
            to="{{ phone }}",
            since="{{ begin }}",
            until="{{ begin + hours(1) }}",
            limit="{{ 1 + 1 }}",
            skip="{{ 1 }}",
        )
    begin = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    operator.render_template_fields({"phone": ADA, "begin": begin, "hours": lambda n: dt.timedelta(hours=n)})
    assert [message["content"] for message in operator.execute(task_context())] == ["Hello 1", "Hello 2"]


def test_rendered_fields_show_ids_and_no_numbers():
    with DAG("d"):
        search = SmsWorksSearchMessagesOperator(
            task_id="s", to="{{ phone }}", sender="{{ phone }}", keyword="{{ phone }}", metadata={"of": "{{ phone }}"}
        )
        read = SmsWorksGetMessageOperator(task_id="r", message_id="{{ '1' * 20 }}")
    for operator in (search, read):
        operator.render_template_fields({"phone": ADA})
    fields = rendered_fields(search)
    assert "900412" not in json.dumps(fields)
    assert (fields["to"], fields["sender"], fields["metadata"]) == ("*********12", "*********12", "(of)")
    assert rendered_fields(read)["message_id"] == "1" * 20
