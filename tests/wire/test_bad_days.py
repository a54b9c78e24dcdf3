"""Each of these ends the task in one sentence that names the field or setting and what to do; nothing is sent."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_smsworks.exceptions import SmsWorksOutcomeUnknownError, SmsWorksUnavailableError
from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator
from tests.task_context import own_store, task_context

NUMBER = "07700900000"


@pytest.fixture
def text(tmp_path):
    """Run the operator once."""

    def text(**arguments):
        operator = SmsWorksSendMessageOperator(task_id="t", **{"to": NUMBER, "content": "Hello"} | arguments)
        return operator.execute(task_context(own_store(tmp_path / "state")))

    return text


def assert_clear(error, *words):
    said = str(error)
    for word in words:
        assert word in said
    assert "\n" not in said
    assert "token-of-the-tests" not in said
    assert NUMBER not in said
    assert "447700900000" not in said


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"password": ""}, ["`password`", "`customer_id`"]),
        ({"password": "two\nlines"}, ["`password`", "copy it again"]),
        ({"senderr": "X"}, ["unknown key `senderr`", "correct its spelling"]),
        ({"sender": "No blanks"}, ["`sender`", "3 to 11 letters and digits"]),
        ({"default_region": "UK"}, ["`default_region`", "GB"]),
        ({"timeout": "soon"}, ["`timeout`", "number of seconds"]),
        ({"allowed_numbers": "07700900001"}, ["`to`", "`allowed_numbers`"]),
        ({"allow_test_numbers": False}, ["`to`", "`allow_test_numbers`"]),
        ({"api_key": "k", "password": None}, ["`customer_id`", "`api_secret`"]),
    ],
)
def test_a_wrong_connection(sandbox, connect, text, extra, words):
    connect(sandbox.url, **extra)
    with pytest.raises(AirflowFailException) as caught:
        text()
    assert_clear(caught.value, *words)
    assert sandbox.ledger() == []
    assert sandbox.requests() == {}


def test_no_connection(sandbox, text):
    with pytest.raises(AirflowFailException) as caught:
        text()
    assert_clear(caught.value, "no connection `smsworks_default`", "airflow connections add")


def test_plain_http_to_another_host(sandbox, connect, text):
    connect("http://gateway.internal:8025")
    with pytest.raises(AirflowFailException) as caught:
        text()
    assert_clear(caught.value, "`host`", "https://", "`allow_http`")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"to": "12"}, ["`to`", "not a number that exists"]),
        ({"to": "no number"}, ["`to`", "digits"]),
        ({"to": ""}, ["`to`", "empty"]),
        ({"to": None}, ["`to` is missing", "`reply_to`"]),
        ({"to": [NUMBER]}, ["`to`", "must be text, not list"]),
        ({"to": "020 7946 0018"}, ["`to`", "landline"]),
        ({"sender": "AB"}, ["`sender`", "3 to 11"]),
        ({"sender": "TwelveLetter"}, ["`sender`", "3 to 11"]),
        ({"sender": "1234567890123456"}, ["`sender`", "3 to 15 digits"]),
        ({"content": ""}, ["`content`", "empty"]),
        ({"content": None}, ["`content`", "empty"]),
        ({"content": "x" * 1281}, ["`content`", "1,281", "1,280"]),
        ({"metadata": {"airflow": "mine"}}, ["`metadata`", "airflow"]),
        ({"on_unknown": "guess"}, ["`on_unknown`", "retry, fail"]),
        ({"on_clear": "maybe"}, ["`on_clear`", "keep, resend"]),
        ({"on_undelivered": "shout"}, ["`on_undelivered`", "fail, skip, return"]),
        ({"delivery_timeout": 60}, ["`delivery_timeout`", "timedelta"]),
        ({"delivery_timeout": dt.timedelta(0)}, ["`delivery_timeout`", "above 0"]),
        ({"max_age": 60}, ["`max_age`", "timedelta"]),
        ({"poll_interval": "5"}, ["`poll_interval`", "number of seconds"]),
        ({"poll_interval": 0}, ["`poll_interval`", "above 0"]),
        ({"send_key": " "}, ["`send_key`", "name of its own"]),
        ({"sender": "AB", "content": "x" * 1281}, ["`sender`", "`content`"]),
    ],
)
def test_wrong_arguments(connected, text, arguments, words):
    with pytest.raises(AirflowFailException) as caught:
        text(**arguments)
    assert_clear(caught.value, "This call was not made: ", *words)
    assert connected.ledger() == []
    assert connected.requests() == {}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"account": "disabled"}, ["403", "4033", "THE ACCOUNT IS DISABLED"]),
        ({"account": "not_found"}, ["403", "4032"]),
        ({"credits": 0}, ["402", "4021", "buy credits"]),
    ],
)
def test_an_account_that_may_not_send(connected, text, settings, words):
    connected.set(**settings)
    with pytest.raises(AirflowFailException) as caught:
        text()
    assert_clear(caught.value, *words)
    assert connected.ledger() == []


def test_a_token_that_is_refused(connected, text):
    connected.faults([{"operation": "*", "when": "before", "kind": "status", "status": 401}])
    with pytest.raises(AirflowFailException) as caught:
        text()
    assert_clear(caught.value, "401", "`password`", "smsworks_default")
    assert connected.ledger() == []


@contextmanager
def serving(status, content_type, body):
    """A server that is not the gateway."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_host_that_answers_html(connect, text):
    with serving(200, "text/html", b"<html>Welcome</html>") as url:
        connect(url)
        with pytest.raises(SmsWorksOutcomeUnknownError) as caught:
            text()
    assert_clear(caught.value, "HTML", "`host`", url)


def test_a_host_that_answers_html_with_an_error(connect, text):
    with serving(404, "text/html", b"<html>Not here</html>") as url:
        connect(url)
        with pytest.raises(AirflowFailException) as caught:
            text()
    assert_clear(caught.value, "404")


def test_an_answer_that_is_not_json(connect, text):
    with serving(200, "application/json", b'{"messageid": "1') as url:
        connect(url)
        with pytest.raises(SmsWorksOutcomeUnknownError) as caught:
            text()
    assert_clear(caught.value, "not the JSON it should be", "`host`")


def test_a_redirect_does_not_get_the_token(connect, text, connected):
    with serving(307, "text/plain", b"") as url:
        connect(url)
        with pytest.raises(AirflowFailException) as caught:
            text()
    assert_clear(caught.value, "redirected", "`host`")


def test_a_host_that_does_not_resolve(connect, text):
    connect("https://gateway.invalid")
    with pytest.raises(SmsWorksUnavailableError) as caught:
        text()
    assert_clear(caught.value, "gateway.invalid cannot be reached", "`host`")
    assert caught.value.nothing_sent


def test_a_host_that_refuses(connect, text):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        connect(f"http://127.0.0.1:{holder.getsockname()[1]}")
        with pytest.raises(SmsWorksUnavailableError) as caught:
            text()
    assert_clear(caught.value, "cannot be reached", "`host`")
    assert caught.value.nothing_sent


def test_resend_needs_the_task_state_store(connected):
    operator = SmsWorksSendMessageOperator(task_id="t", to=NUMBER, content="Hello", on_clear="resend")
    with pytest.raises(AirflowFailException) as caught:
        operator.execute(task_context())
    assert_clear(caught.value, "`on_clear`", "Airflow 3.3", "use keep")
    assert connected.requests() == {}
