"""The notifier against the sandbox: what arrives, what is not sent twice, and that nothing of it fails a task."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from types import SimpleNamespace

import pytest

from airflow_provider_smsworks.notifications.smsworks import SmsWorksNotifier, send_smsworks_notification
from tests.versions import needs_awaited_notifiers

PHONE, OTHER = "07700900010", "07700900011"


def failure(*, try_number=1, error=None, **more):
    now = dt.datetime.now(dt.UTC)
    ti = SimpleNamespace(dag_id="load", run_id="r1", task_id="fetch", map_index=-1, try_number=try_number, max_tries=2)
    ti.state, ti.start_date = "failed", now
    run = SimpleNamespace(run_id="r1", dag_id="load", logical_date=None, run_after=now, start_date=now)
    context = {"ti": ti, "dag_run": run, "task": SimpleNamespace(), "dag": None, "params": {"phone": PHONE}}
    return context | {"exception": error or ValueError("no such table")} | more


def notify(notifier, context):
    notifier(context)


def notify_async(notifier, context):
    """As the triggerer does for a Deadline Alert: made with a context, then awaited."""

    if not hasattr(notifier, "__await__"):
        pytest.skip("notifiers can be awaited from Airflow 3.1 on")

    async def run():
        await notifier

    notifier.context = context
    asyncio.run(run())


@pytest.fixture
def said(capsys, caplog):
    """What has been logged: Airflow 3 prints it, Airflow 2 hands it to logging."""
    return lambda: "".join(capsys.readouterr()) + caplog.text


both_sides = pytest.mark.parametrize("side", [notify, notify_async])


def texts(sandbox):
    return [(entry["to"], entry["content"]) for entry in sandbox.ledger()]


@both_sides
def test_says_by_itself_what_happened(connected, side):
    side(SmsWorksNotifier(to=PHONE), failure())
    [(to, words)] = texts(connected)
    assert to == "447700900010"
    assert words.startswith("Failed: load.fetch, try 1 of 3, run 20")
    assert words.endswith(" UTC. ValueError: no such table")


@both_sides
def test_own_words_are_rendered(connected, side):
    notifier = SmsWorksNotifier(to="{{ params.phone }}", content="{{ ti.task_id }} is ill", details="{{ exception }}")
    side(notifier, failure())
    assert texts(connected) == [("447700900010", "fetch is ill. no such table")]


def test_a_dag_without_templates(connected):
    # As `airflow dags test` of 3.3.2 hands it to callbacks of Dags.
    dag = SimpleNamespace(render_template_as_native_obj=False)
    SmsWorksNotifier(to=PHONE, content="{{ ti.task_id }} is ill")(failure() | {"dag": dag})
    assert texts(connected) == [("447700900010", "fetch is ill")]


def test_own_words_get_no_error_unasked(connected):
    SmsWorksNotifier(to=PHONE, content="It is ill")(failure())
    assert texts(connected) == [("447700900010", "It is ill")]


@both_sides
def test_the_same_try_is_told_once(connected, side):
    for _ in range(3):
        side(SmsWorksNotifier(to=PHONE), failure())
    assert len(texts(connected)) == 1


def test_the_two_sides_know_of_each_other(connected):
    notify(SmsWorksNotifier(to=PHONE), failure())
    notify_async(SmsWorksNotifier(to=PHONE), failure())
    assert len(texts(connected)) == 1


def test_another_try_is_told_again_by_the_same_object(connected):
    notifier = SmsWorksNotifier(to=PHONE, content="try {{ ti.try_number }}")
    for number in (1, 2, 2):
        notifier(failure(try_number=number))
    assert [words for _, words in texts(connected)] == ["try 1", "try 2"]


def test_two_alerts_of_one_callback_list_both_arrive(connected):
    for words in ("It is ill", "Please look"):
        SmsWorksNotifier(to=PHONE, content=words)(failure())
    assert [words for _, words in texts(connected)] == ["It is ill", "Please look"]


@pytest.mark.parametrize(
    "to",
    [[PHONE, OTHER], f"{PHONE}, {OTHER}", f"{{{{ ['{PHONE}', '{OTHER}'] }}}}", [int("44" + PHONE[1:]), OTHER, PHONE]],
)
def test_several_phones(connected, to):
    SmsWorksNotifier(to=to)(failure())
    assert {to for to, _ in texts(connected)} == {"447700900010", "447700900011"}
    assert len(texts(connected)) == 2


def test_a_phone_that_cannot_be_texted_does_not_keep_the_others_from_it(connected, said):
    SmsWorksNotifier(to=["not a phone", PHONE])(failure())
    assert [to for to, _ in texts(connected)] == ["447700900010"]
    assert "was not texted about this: " in said()


def test_fits_one_part(connected):
    SmsWorksNotifier(to=PHONE)(failure(error=ValueError("no such “table” " * 50)))
    [(_, words)] = texts(connected)
    assert len(words) <= 160


def test_an_error_tells_no_number_and_no_secret(connected):
    from airflow.providers.common.compat.sdk import mask_secret

    mask_secret("a-secret-of-the-tests")
    error = ValueError("07911 123456 said a-secret-of-the-tests")
    SmsWorksNotifier(to=PHONE)(failure(error=error))
    [(_, words)] = texts(connected)
    assert "123456" not in words
    assert "a-secret-of-the-tests" not in words


@both_sides
def test_a_broken_template_gives_way_to_own_words(connected, side, said):
    side(SmsWorksNotifier(to=PHONE, content="{{ ti.no_such_thing.at_all }}"), failure())
    [(_, words)] = texts(connected)
    assert words.startswith("Failed: load.fetch")
    assert "The template of `content` cannot be rendered: UndefinedError" in said()


REFUSED, OPEN = "**10 was not texted about this: ", "**10 was texted about this is not known: "
BAD_DAYS = {
    "token": ({"kind": "status", "status": 401}, REFUSED, 1),
    "no credit": ({"kind": "status", "status": 402}, REFUSED, 1),
    "ill": ({"kind": "status", "status": 503}, OPEN, 2),
    "reset": ({"kind": "reset"}, OPEN, 2),
    "garbage": ({"kind": "garbage"}, OPEN, 2),
}


@both_sides
@pytest.mark.parametrize(("fault", "told", "calls"), BAD_DAYS.values(), ids=BAD_DAYS.keys())
def test_nothing_fails_and_nobody_is_named(connected, side, fault, told, calls, said):
    connected.faults([{"operation": "POST /message/send", "when": "before", "times": None, **fault}])
    side(SmsWorksNotifier(to=PHONE), failure())
    assert texts(connected) == []
    assert connected.requests()["POST /message/send"] == calls
    log = said()
    assert told in log
    assert "900010" not in log


@both_sides
@pytest.mark.parametrize("kind", ["reset", "stall", "status", "garbage"])
def test_an_alert_whose_answer_is_lost_is_found_not_repeated(connected, side, kind, said):
    connected.faults([{"operation": "POST /message/send", "when": "after", "kind": kind, "status": 500}])
    side(SmsWorksNotifier(to=PHONE), failure())
    assert len(texts(connected)) == 1
    assert "was not texted" not in said()


@pytest.mark.parametrize("kind", ["reset", "status"])
def test_an_alert_that_did_not_get_there_goes_out_once_more(connected, kind):
    connected.faults([{"operation": "POST /message/send", "when": "before", "kind": kind, "status": 500, "times": 1}])
    SmsWorksNotifier(to=PHONE)(failure())
    assert len(texts(connected)) == 1
    assert connected.requests()["POST /message/send"] == 2


def test_an_alert_goes_out_where_searches_are_ill(connected):
    connected.faults(
        [{"operation": "POST /messages", "when": "before", "kind": "status", "status": 503, "times": None}]
    )
    SmsWorksNotifier(to=PHONE)(failure())
    assert len(texts(connected)) == 1


def test_nothing_is_repeated_where_searches_are_ill(connected):
    """Nobody can look whether it went out."""
    connected.faults(
        [
            {"operation": "POST /messages", "when": "before", "kind": "status", "status": 503, "times": None},
            {"operation": "POST /message/send", "when": "after", "kind": "reset", "times": None},
        ]
    )
    SmsWorksNotifier(to=PHONE)(failure())
    assert len(texts(connected)) == 1


@both_sides
@pytest.mark.parametrize("to", [[], "", "{{ none }}", " , ", "{{ params.no_such_phone }}"])
def test_nobody_to_text_is_a_warning(connected, side, to, said):
    side(SmsWorksNotifier(to=to), failure())
    assert "Nobody was texted about this: `to` is empty" in said()


@both_sides
def test_no_connection_is_a_warning(side, said):
    side(SmsWorksNotifier(to=PHONE, smsworks_conn_id="no_such_connection"), failure())
    assert "There is no connection `no_such_connection`" in said()


@pytest.mark.parametrize("to", [[{"a": 1}, PHONE], [[OTHER], PHONE], [b"x", PHONE]])
def test_an_entry_that_is_no_phone_does_not_keep_the_others_from_it(connected, to):
    SmsWorksNotifier(to=to)(failure())
    assert [to for to, _ in texts(connected)] == ["447700900010"]


def test_the_tasks_own_context_stays_as_it_is(connected):
    """It is what a task's function gets its arguments from."""
    context = failure()
    before = dict(context)
    SmsWorksNotifier(to=PHONE, tag="alerts")(context)
    assert context == before


def test_called_from_a_function_of_ones_own(connected):
    SmsWorksNotifier(to="{{ params.phone }}").notify(failure())
    assert [to for to, _ in texts(connected)] == ["447700900010"]


@both_sides
def test_a_sender_that_renders_to_nothing_is_the_connections(connected, side):
    side(SmsWorksNotifier(to=PHONE, sender="{{ none }}", tag="{{ none }}"), failure())
    assert [entry["sender"] for entry in connected.ledger()] == ["Parcels"]


@needs_awaited_notifiers
@both_sides
def test_an_alert_about_a_run_of_long_ago(connected, side):
    old = dt.datetime.now(dt.UTC) - dt.timedelta(days=400)
    deadline = {"deadline": {"id": "d", "deadline_time": old}, "dag_run": {"dag_id": "load", "dag_run_id": "r"}}
    for _ in range(2):
        side(SmsWorksNotifier(to=PHONE), deadline)
    assert len(texts(connected)) == 1


def test_a_stalling_gateway_is_waited_for_once_and_not_for_each_phone(connected, connect):
    """The Dag processor ends its callbacks after 50 seconds; here an answer may take 1 in the place of 5."""
    connect(connected.url, timeout=1)
    stall = {"when": "before", "kind": "stall", "times": None}
    connected.faults([{"operation": operation, **stall} for operation in ("POST /messages", "POST /message/send")])
    began = time.monotonic()
    SmsWorksNotifier(to=[PHONE, OTHER, "07700900012"])(failure())
    assert time.monotonic() - began < 8
    assert connected.requests() == {"POST /messages": 2, "POST /message/send": 3}


def test_a_gateway_that_asks_to_wait_is_not_waited_for(connected):
    limit = {"kind": "status", "status": 429, "headers": {"Retry-After": "20"}, "times": 1}
    connected.faults([{"operation": "POST /messages", "when": "before", **limit}])
    began = time.monotonic()
    SmsWorksNotifier(to=PHONE)(failure())
    assert time.monotonic() - began < 5
    assert len(texts(connected)) == 1


@needs_awaited_notifiers
def test_alerts_leave_the_event_loops_threads_to_others(connected, connect):
    connect(connected.url, timeout=1)
    connected.faults([{"operation": "POST /messages", "when": "before", "kind": "stall", "times": None}])

    async def run():
        alerts = [SmsWorksNotifier(to=PHONE, content=f"number {number}", context=failure()) for number in range(20)]
        waiting = [asyncio.ensure_future(alert.async_notify(alert.context)) for alert in alerts]
        await asyncio.sleep(0.5)
        began = time.monotonic()
        await asyncio.get_running_loop().getaddrinfo("localhost", 80)
        took = time.monotonic() - began
        await asyncio.gather(*waiting)
        return took

    assert asyncio.run(run()) < 1
    assert len(texts(connected)) == 20


def test_a_mistake_in_a_dag_file_is_an_error_there():
    with pytest.raises(TypeError, match=r"no parameter `contents`; `to` is missing.*; `max_parts` must be"):
        SmsWorksNotifier(contents="x", max_parts=9)


@needs_awaited_notifiers
def test_a_mistake_in_a_deadlines_arguments_is_a_warning(connected, said):
    """Airflow logs the arguments of a callback that cannot be made."""
    notify_async(SmsWorksNotifier(to=PHONE, contents="x", context={}), failure())
    assert "Nobody was texted about this: there is no parameter `contents`" in said()
    assert texts(connected) == []


def test_sender_tag_and_validity_reach_the_gateway(connected):
    SmsWorksNotifier(to=PHONE, sender="Airflow", tag="alerts", validity=dt.timedelta(minutes=30))(failure())
    [entry] = connected.ledger()
    assert entry["sender"] == "Airflow"
    assert entry["content"].startswith("Failed")


def test_the_shorter_name_is_the_same():
    assert send_smsworks_notification is SmsWorksNotifier
