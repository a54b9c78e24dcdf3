"""The doctor's steps: each thing that can be wrong is told apart from the others, with its remedy."""

from __future__ import annotations

import datetime as dt
import json
import socket
import ssl
import subprocess
import sys
import threading
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from airflow_provider_smsworks.cli.program import main
from tests.sandbox_process import ROOT, running_sandbox
from tests.versions import AIRFLOW_V_3_3_PLUS
from tests.wire.doctor_readings import PHONE, doctor

CONN = "AIRFLOW_CONN_SMSWORKS_DEFAULT"
WARNED_OF = set() if AIRFLOW_V_3_3_PLUS else {"airflow"}
"""What is wrong where nothing is: that an older Airflow keeps no task state."""


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)


def of(told, step, level=None):
    return [one for one in told["findings"] if one["step"] == step and level in (None, one["level"])]


def only_wrong(told):
    [finding] = [one for one in told["findings"] if one["level"] == "wrong"]
    return finding


@pytest.fixture
def server():
    """Serve with a handler, plainly or with TLS; returns the address."""
    servers = []

    def serve(answer, context=None):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                answer(self)

            do_POST = do_GET

            def log_message(self, *arguments):
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                pass

        http = Quiet(("127.0.0.1", 0), Handler)
        if context:
            http.socket = context.wrap_socket(http.socket, server_side=True)
        threading.Thread(target=http.serve_forever, daemon=True).start()
        servers.append(http)
        return f"localhost:{http.server_port}"

    yield serve
    for http in servers:
        http.shutdown()
        http.server_close()


def says(status, body, headers=()):
    def answer(handler):
        handler.send_response_only(status)
        for name, value in [("Content-Length", str(len(body))), *headers]:
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def self_signed(tmp_path):
    """A context of a server, and its certificate, which nobody trusts."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    own_key = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + own_key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, path


def test_a_connection_that_is_well(connected, connect, capsys):
    connect(connected.url, timeout=30)
    code, told, _ = doctor(capsys)
    assert code == 0
    assert {one["step"] for one in told["findings"] if one["level"] not in ("ok", "note")} == WARNED_OF
    assert {one["step"] for one in told["findings"]} >= {
        *("airflow", "connection", "settings", "network", "token", "clock", "credits", "search")
    }
    assert (told["sent"], told["answers"], told["extra"]) == ([], [], None)
    # Nothing that sends, changes or marks as read.
    assert set(connected.requests()) == {"GET /utils/test", "GET /credits/balance", "POST /messages"}


def test_people_read_the_same(connected, connect, capsys):
    connect(connected.url, timeout=30)
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "ok       token       it is taken: customer " in out
    assert f"0 wrong, {len(WARNED_OF)} warning(s). Nothing was sent." in out


def test_incoming_texts_stay_unread_whatever_marks_them(connected, capsys):
    connected.set(inbox="searches_too")
    connected.inbound("07700900005", "447700900999", "Hello")
    doctor(capsys)
    found = connected.client.post(
        "/v1/messages", json={"status": "INCOMING", "unread": True}, headers={"Authorization": "t"}
    )
    assert len(found.json()) == 1


@pytest.mark.parametrize(("reading", "said"), [("filters", "excludes"), ("ignored", "is ignored")])
def test_whether_the_filter_by_metadata_works(connected, reading, said, capsys):
    connected.set(metadata_search=reading, delivery_delay=0)
    message = {"sender": "Parcels", "destination": "447700900000", "content": "Late."}
    connected.client.post("/v1/message/send", json=message, headers={"Authorization": "t"})
    assert said in of(doctor(capsys)[1], "search", "ok")[0]["text"]


def test_no_such_connection(capsys):
    code, told, _ = doctor(capsys, "--conn-id", "nowhere")
    assert code == 1
    assert only_wrong(told)["text"] == "There is no connection `nowhere`"
    assert "AIRFLOW_CONN_NOWHERE" in only_wrong(told)["remedy"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('{"conn_type": "smsworks", "password": "eyJsecret"', "must be JSON"),
        ('["eyJsecret"]', "there is no token"),  # a URI, for Airflow
        ("", "must be JSON"),
    ],
)
def test_an_environment_variable_that_cannot_be_read(value, said, monkeypatch, capsys):
    monkeypatch.setenv(CONN, value)
    code, told, err = doctor(capsys)
    assert code == 1
    assert said in json.dumps(only_wrong(told))
    assert "eyJsecret" not in json.dumps(told) + err


def test_all_that_is_wrong_with_a_connection_at_once(connect, capsys):
    connect("ftp://x", password="", timeout=0, sender="My Shop", colour="red")
    code, told, _ = doctor(capsys)
    wrong = [one["text"] for one in of(told, "connection", "wrong")]
    assert code == 1
    assert len(wrong) == 5
    for part in ("`host`", "there is no token", "`timeout`", "`sender`", "unknown key `colour`"):
        assert [text for text in wrong if part in text]


@pytest.mark.parametrize(
    ("host", "extra", "said"),
    [
        ("https://gateway.invalid", {"allow_test_numbers": True}, "`allow_test_numbers` is true"),
        ("http://gateway.invalid", {"allow_http": "gateway.invalid"}, "plain http"),
        ("http://127.0.0.1:9", {"sender": None}, "no `sender`"),
        ("http://127.0.0.1:9", {"search_lag": 0}, "`search_lag` is 0"),
        ("http://127.0.0.1:9", {"timeout": 1}, "`timeout` is 1 seconds"),
        ("http://127.0.0.1:9", {"batch_limit": 5000}, "`batch_limit` is 5,000"),
        ("http://127.0.0.1:9", {"password": "Bearer eyJabcdefgh"}, "begins with `Bearer`"),
    ],
)
def test_what_is_risky(connect, host, extra, said, capsys):
    connect(host, **({"allow_test_numbers": False, "timeout": 30} | extra))
    _, told, _ = doctor(capsys)
    warnings = of(told, "settings", "warning")
    assert [said in one["text"] for one in warnings] == [True]
    assert warnings[0]["remedy"]


def test_whom_it_may_text_is_only_counted(connect, capsys):
    connect("http://127.0.0.1:9", timeout=30, allowed_numbers=["07700900001", "07700900002"])
    _, told, _ = doctor(capsys)
    assert "it texts 2 number(s) only" in of(told, "settings", "note")[0]["text"]
    assert "7700900001" not in json.dumps(told)


def test_another_type(sandbox, monkeypatch, capsys):
    monkeypatch.setenv(CONN, json.dumps({"conn_type": "http", "host": sandbox.url, "password": "t"}))
    assert "its type is `http`" in json.dumps(doctor(capsys)[1])


def test_a_name_that_does_not_resolve(connect, capsys):
    connect("https://gateway.invalid")
    code, told, _ = doctor(capsys)
    assert code == 1
    assert only_wrong(told)["text"].startswith("the name gateway.invalid does not resolve")


def test_a_port_that_nobody_listens_at(connect, capsys):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        connect(f"http://127.0.0.1:{free.getsockname()[1]}")
        _, told, _ = doctor(capsys)
    assert "refuses connections" in only_wrong(told)["text"]


def test_a_network_that_swallows_everything(connect, capsys):
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        # Nobody takes these, and no more fit.
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        connect(f"http://127.0.0.1:{port}", timeout=1)
        _, told, _ = doctor(capsys)
        for one in waiting:
            one.close()
    assert "does not answer" in only_wrong(told)["text"]


def test_a_certificate_that_nobody_trusts(server, connect, self_signed, capsys):
    context, _ = self_signed
    connect(f"https://{server(says(200, b'{}'), context)}")
    _, told, _ = doctor(capsys)
    assert "the certificate of localhost is not trusted: self-signed certificate" in only_wrong(told)["text"]
    assert "SSL_CERT_FILE" in only_wrong(told)["remedy"]


def test_a_certificate_that_is_trusted(server, connect, self_signed, monkeypatch, capsys):
    context, path = self_signed
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    connect(f"https://{server(says(200, json.dumps({'message': 'customer-1'}).encode()), context)}")
    _, told, _ = doctor(capsys)
    assert "its certificate is trusted (TLSv1.3)" in [one["text"] for one in of(told, "network", "ok")]
    assert "customer customer-1" in of(told, "token", "ok")[0]["text"]


def test_a_server_that_speaks_no_tls(server, connect, capsys):
    connect(f"https://{server(says(200, b'{}'))}")
    _, told, _ = doctor(capsys)
    assert "does not speak TLS" in only_wrong(told)["text"]


def test_a_proxy_that_is_not_there(connect, monkeypatch, capsys):
    monkeypatch.setenv("HTTPS_PROXY", "http://user:proxy-secret@127.0.0.1:9")
    connect("https://gateway.invalid", allow_test_numbers=False)
    _, told, _ = doctor(capsys)
    assert "through the proxy 127.0.0.1:9" in of(told, "network", "note")[0]["text"]
    assert "refuses connections" in only_wrong(told)["text"]
    assert "HTTPS_PROXY" in only_wrong(told)["remedy"]
    assert "proxy-secret" not in json.dumps(told)


def test_a_proxy_that_refuses(server, connect, monkeypatch, capsys):
    # It answers CONNECT with 501, as it knows no such method.
    monkeypatch.setenv("HTTPS_PROXY", f"http://{server(says(200, b'{}'))}")
    connect("https://gateway.invalid", allow_test_numbers=False)
    _, told, _ = doctor(capsys)
    finding = only_wrong(told)
    assert finding["step"] == "token"
    assert "cannot be reached" in finding["text"]
    assert "Proxy" in finding["text"]


def test_a_token_that_is_refused(connect, capsys):
    with running_sandbox("--token", "the-right-one") as sandbox:
        connect(sandbox.url, password="the-wrong-one")
        code, told, _ = doctor(capsys, "--live-number", PHONE, "--yes")
        assert sandbox.ledger() == []
    assert code == 1
    assert "the gateway refused the token" in only_wrong(told)["text"]
    assert "the-wrong-one" not in json.dumps(told)


def test_a_key_and_secret(sandbox, connect, capsys):
    sandbox.set(api_key="key-of-the-tests", api_secret="secret-of-the-tests")
    keys = {"customer_id": "c", "api_key": "key-of-the-tests", "api_secret": "secret-of-the-tests"}
    connect(sandbox.url, password=None, **keys)
    code, told, _ = doctor(capsys)
    assert code == 0
    assert "fetched with the key and secret, and taken" in of(told, "token", "ok")[0]["text"]
    connect(sandbox.url, password=None, **(keys | {"api_secret": "another-secret"}))
    code, told, err = doctor(capsys)
    assert code == 1
    assert "`customer_id`, `api_key` and `api_secret`" in only_wrong(told)["text"]
    assert "secret-of" not in json.dumps(told) + err
    assert "another-secret" not in json.dumps(told) + err


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (says(200, b"<html>Welcome</html>"), "answered with HTML"),
        (says(404, b"<html>Not here</html>"), "another server answered, with HTML"),
        (says(302, b"", [("Location", "https://elsewhere.invalid/")]), "redirected"),
        (says(404, b'{"code": "ResourceNotFound", "message": "/v2/utils/test does not exist"}'), "this address"),
        (says(403, b'{"message": "disabled", "errorCode": 4033}'), "THE ACCOUNT IS DISABLED"),
    ],
)
def test_what_is_no_gateway_or_wants_somebody_to_act(server, connect, answer, said, capsys):
    connect(f"http://{server(answer)}")
    code, told, _ = doctor(capsys)
    assert code == 1
    assert said in only_wrong(told)["text"]


@pytest.mark.parametrize(
    ("ahead", "level"), [(2, "ok"), (90, "note"), (-90, "note"), (1200, "warning"), (-1200, "warning"), (9000, "wrong")]
)
def test_clocks_that_differ(server, connect, ahead, level, capsys):
    def answer(handler):
        date = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=ahead), usegmt=True)
        body = {"/v1/utils/test": {"message": "c"}, "/v1/credits/balance": {"credits": 50}}.get(handler.path, [])
        says(200, json.dumps(body).encode(), [("Date", date)])(handler)

    connect(f"http://{server(answer)}")
    code, told, _ = doctor(capsys)
    [clock] = of(told, "clock")
    assert (clock["level"], code) == (level, int(level == "wrong"))
    assert (clock["remedy"] is None) == (level in ("ok", "note"))


def test_answers_without_a_date(server, connect, capsys):
    connect(f"http://{server(says(200, b'{}'))}")
    assert of(doctor(capsys)[1], "clock")[0]["text"] == "the gateway's answers tell no time"


@pytest.mark.parametrize(("credits", "level"), [(0, "warning"), (9.5, "warning"), (10, "ok")])
def test_an_account_that_is_nearly_empty(connected, credits, level, capsys):
    connected.set(credits=credits)
    code, told, _ = doctor(capsys)
    assert (of(told, "credits")[0]["level"], code) == (level, 0)


def test_searches_and_credits_that_fail(connected, capsys):
    refuse = {"when": "before", "kind": "status", "status": 403, "times": 9}
    connected.faults([{"operation": one, **refuse} for one in ("POST /messages", "GET /credits/balance")])
    code, told, _ = doctor(capsys)
    assert code == 1
    assert [one["step"] for one in told["findings"] if one["level"] == "wrong"] == ["credits", "search"]


@pytest.mark.parametrize("version", ["2.11.2", "3.0.6", "3.1.8", "3.2.2", "3.3.2"])
def test_what_an_airflow_lacks(connected, version, monkeypatch, capsys):
    import airflow

    monkeypatch.setattr(airflow, "__version__", version)
    told = of(doctor(capsys)[1], "airflow")
    texts = " ".join(one["text"] for one in told)
    assert ("keeps no task state" in texts) == (version < "3.3")
    assert ("use `smsworks`" in texts) == (version < "3.2")
    assert ("when a text comes in" in texts) == (version < "3.0")
    assert ("has all" in texts) == (version >= "3.3")


def test_a_bearer_token_and_all_else_stays_unsaid(sandbox, connect, capsys):
    connect(sandbox.url, password="JWT eyJhbGciOiJIUzI1NiJ9.eyJzZWNyZXQiOiJ4In0.c2lnbmF0dXJl")
    main(["doctor"])
    main(["doctor", "--live-number", PHONE, "--yes", "--wait", "3"])
    out, err = capsys.readouterr()
    for said in (out, err):
        assert "eyJ" not in said
        assert "7700900000" not in said


@pytest.mark.parametrize("front", ["airflow smsworks", "airflow_provider_smsworks"])
def test_as_a_program_it_prints_json_and_nothing_else_and_ends_with_its_code(sandbox, connect, front):
    from airflow.providers_manager import ProvidersManager

    if front.startswith("airflow ") and not hasattr(ProvidersManager, "cli_command_functions"):
        pytest.skip("this Airflow takes no commands of providers")
    connect(sandbox.url)
    command = [sys.executable, "-m", *front.split(), "doctor", "-o", "json"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["sent"] == []
    run = subprocess.run([*command, "--conn-id", "nowhere"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 1
    assert only_wrong(json.loads(run.stdout))["step"] == "connection"


def test_a_connection_in_the_database(sandbox, monkeypatch, tmp_path):
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.delenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", raising=False)
    fields = {"conn_type": "smsworks", "host": sandbox.url, "password": "token-in-the-database"}
    fields["extra"] = json.dumps({"sender": "Parcels", "allow_test_numbers": True})

    def python(*argv):
        return subprocess.run([sys.executable, "-m", *argv], cwd=ROOT, capture_output=True, text=True, timeout=180)

    assert python("airflow", "db", "migrate").returncode == 0
    assert python("airflow", "connections", "add", "of_db", "--conn-json", json.dumps(fields)).returncode == 0
    run = python("airflow_provider_smsworks", "doctor", "--conn-id", "of_db", "-o", "json")
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert of(told, "connection", "ok")[0]["text"] == "`of_db` of Airflow's database or secrets reads well"
    assert "token-in-the-database" not in run.stdout + run.stderr
