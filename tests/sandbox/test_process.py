"""The command: how it starts, what it prints, what it keeps, and how it ends."""

from __future__ import annotations

import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing

import httpx
import pytest

from airflow_provider_smsworks.sandbox.__main__ import main
from airflow_provider_smsworks.sandbox.database import Database
from tests.sandbox_process import ROOT, running_sandbox

MODULE = "airflow_provider_smsworks.sandbox"


def run(*arguments, code=None):
    """Run a command that ends by itself."""
    how = ["-c", code] if code else ["-m", MODULE]
    return subprocess.run([sys.executable, *how, *arguments], capture_output=True, text=True, timeout=20, cwd=ROOT)


def test_it_prints_one_line_ends_cleanly_on_ctrl_c_and_forgets_everything(gateway_of):
    with running_sandbox() as sandbox:
        port = int(sandbox.url.rsplit(":", 1)[1])
        assert port != 8025
        gateway_of(sandbox).sent()
        sandbox.process.send_signal(signal.SIGINT)
        assert sandbox.process.wait(3) == 0
        assert sandbox.printed() == f"SMS Works sandbox ready on http://127.0.0.1:{port}\n"
        sandbox.restart()
        assert sandbox.url == f"http://127.0.0.1:{port}"
        assert sandbox.ledger() == []


def test_it_prints_no_numbers_and_no_tokens(gateway_of):
    with running_sandbox("--token", "top.secret.token") as sandbox:
        gateway = gateway_of(sandbox, "top.secret.token")
        sandbox.faults([{"operation": "GET /messages/{messageid}", "kind": "reset"}])
        gateway.sent("07700900123")
        gateway.search(destination="447700900123")
        gateway.send("0770090012")
        gateway_of(sandbox, "wrong.token").send("07700900123")
        with pytest.raises(httpx.ReadError):
            gateway.get("/messages/447700900123")
        assert sandbox.stop() == 0
        assert re.fullmatch(r"SMS Works sandbox ready on \S+\n", sandbox.printed())


def test_it_does_not_wait_for_stalled_calls_and_idle_connections():
    with running_sandbox() as sandbox:
        stall = {"operation": "GET /utils/test", "kind": "stall"}
        sandbox.faults([stall | {"when": "before"}, stall | {"when": "after"}, stall | {"when": "late", "delay": 60}])
        failures = []

        def call():
            try:
                httpx.get(f"{sandbox.url}/v1/utils/test", headers={"Authorization": "x"}, timeout=20)
            except httpx.TransportError as error:
                failures.append(error)

        threads = [threading.Thread(target=call) for _ in range(3)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 5
        while sandbox.requests() != {"GET /utils/test": 3} and time.monotonic() < deadline:
            time.sleep(0.01)
        started = time.monotonic()
        sandbox.process.terminate()
        assert sandbox.process.wait(5) == 0
        assert time.monotonic() - started < 2.5
        for thread in threads:
            thread.join(5)
        assert len(failures) == 3
        assert sandbox.printed().count("\n") == 1


def test_a_port_that_is_taken(sandbox_server):
    port = sandbox_server.url.rsplit(":", 1)[1]
    result = run("--port", port)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    for word in (f"port {port}", "in use", "--port", "--port 0"):
        assert word in result.stderr


def test_a_host_that_is_not_here(capsys):
    assert main(["--host", "192.0.2.1", "--port", "0"]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("The sandbox cannot listen on 192.0.2.1 port 0")
    assert (said.err.count("\n"), said.out) == (1, "")


@pytest.mark.parametrize("port", ["x", "-1", "65536"])
def test_a_port_that_is_none(port, capsys):
    with pytest.raises(SystemExit, match="2"):
        main([f"--port={port}"])
    assert f"'{port}' is not a port number (0 to 65535)" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["fastapi", "uvicorn"])
def test_without_the_extra(missing):
    code = f"import sys; sys.modules['{missing}'] = None; from {MODULE}.__main__ import main; sys.exit(main([]))"
    result = run(code=code)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == f"The sandbox needs {missing}: run `pip install 'airflow-provider-smsworks[sandbox]'`.\n"


def test_importing_it_brings_no_web_framework():
    code = (
        f"import sys, {MODULE}, {MODULE}.__main__\n"
        "print({'fastapi', 'uvicorn', 'starlette', 'pydantic', 'airflow', 'httpx'} & set(sys.modules))"
    )
    assert run(code=code).stdout == "set()\n"


def test_it_shares_nothing_with_the_rest_of_the_package():
    code = (
        f"import sys, {MODULE}.server\n"
        "ours = {name for name in sys.modules if name.startswith('airflow_provider_smsworks.')}\n"
        f"print({{name for name in ours if not name.startswith('{MODULE}')}})\n"
        "print({'airflow', 'httpx', 'phonenumbers', 'gsm0338'} & set(sys.modules))"
    )
    result = run(code=code)
    assert result.stdout == "set()\nset()\n", result.stderr


def test_ipv6():
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
    with running_sandbox("--host", "::1") as sandbox:
        assert re.fullmatch(r"http://\[::1\]:\d+", sandbox.url)
        sandbox.faults([{"operation": "*", "kind": "reset"}])
        with pytest.raises(httpx.ReadError):
            sandbox.client.get("/v1/utils/test")


def test_a_fixed_token(gateway_of):
    with running_sandbox("--token", "fixed") as sandbox:

        def status(token):
            return gateway_of(sandbox, token).get("/utils/test").status_code

        assert [status(token) for token in ("fixed", "JWT fixed", "other", "JWT other", "")] == [
            200,
            200,
            401,
            401,
            401,
        ]
        answer = gateway_of(sandbox).post("/auth/token", {"customerid": "c", "key": "k", "secret": "s"})
        issued = answer.json()["token"]
        assert [status(issued), status(issued.removeprefix("JWT ")), status(issued[:-1])] == [200, 200, 401]
        sandbox.set(api_secret="new")
        assert [status(issued), status("fixed")] == [401, 200]


def test_a_restart_keeps_everything(tmp_path, gateway_of):
    with running_sandbox("--db", str(tmp_path / "sandbox.db"), "--token", "fixed") as sandbox:
        gateway = gateway_of(sandbox, "fixed")
        sandbox.set(delivery_delay=60, reply_delay=60, dates="javascript", credits=10)
        issued = gateway.post("/auth/token", {"key": "k", "secret": "s"}).json()["token"]
        first = gateway.sent("07700900001", metadata={"a": "1"})["messageid"]
        gateway.sent("07700900005", "Reply YES", sender="60777")
        sandbox.inbound("07700900123", "60777", "Hi")
        sandbox.faults([{"operation": "GET /utils/test", "times": 3, "status": 500}])
        assert gateway.get("/utils/test").status_code == 500

        def everything():
            controls = (sandbox.ledger(), sandbox.requests(), sandbox.settings(), sandbox.faults_left())
            return *controls, gateway.search(), gateway.balance(), gateway.message(first)

        before = everything()
        assert before[5] == 8.0
        sandbox.kill()
        sandbox.restart()
        gateway = gateway_of(sandbox, issued)
        after = everything()
        assert sandbox.requests()["GET /credits/balance"] == 2
        assert [gateway.get("/utils/test").status_code for _ in range(3)] == [500, 500, 200]
        assert (after[0], *after[2:]) == (before[0], *before[2:])
        sandbox.set(delivery_delay=0, reply_delay=0)
        assert gateway.message(first)["status"] == "UNDELIVERABLE"
        assert gateway.balance() == 9.0
        assert gateway.found(status="INCOMING") == ["YES", "Hi"]
        assert sandbox.stop() == 0
        sandbox.restart()
        assert gateway_of(sandbox, issued).found(status="INCOMING") == ["YES", "Hi"]


def test_a_restart_keeps_what_phones_are_told(tmp_path, gateway_of, eventually):
    with running_sandbox("--db", str(tmp_path / "sandbox.db")) as sandbox:
        gateway = gateway_of(sandbox)
        replies = [{"content": "soon {code}", "delay": 1, "copies": 2}, {"content": "later", "delay": 3600}]
        sandbox.replies([{"phone": "07700900020", "texts": 2, "when": "YES", "replies": replies}])
        sandbox.inbound("07700900020", "60777", "hidden", hidden=3600)
        gateway.sent("07700900020", "Reply YES 4F7", sender="60777")
        before = sandbox.replies_left()
        assert before[0]["texts"] == 1
        sandbox.kill()
        sandbox.restart()
        assert sandbox.replies_left() == before
        eventually(lambda: gateway_of(sandbox).found(status="INCOMING"), ["soon 4F7", "soon 4F7"])
        assert gateway_of(sandbox).sent("07700900020", "Reply YES 4F7", sender="60777")["status"] == "SENT"
        assert sandbox.replies_left() == []


def test_a_file_that_cannot_be_the_database(tmp_path, capsys):
    (tmp_path / "text").write_text("This is not a database at all. " * 100)
    with sqlite3.connect(tmp_path / "newer") as newer:
        newer.execute("PRAGMA user_version = 99")
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("CREATE TABLE dag (id)")
    newer.close()
    other.close()
    reasons = {"text": "not a database", "newer": "another version", "other": "another program", "no/folder": "unable"}
    for name, words in reasons.items():
        assert main(["--port", "0", "--db", str(tmp_path / name)]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"The sandbox cannot use the database {tmp_path / name}: ")
        assert words in said
        assert said.count("\n") == 1


def test_two_on_one_file(tmp_path, capsys):
    file = str(tmp_path / "sandbox.db")
    with closing(Database(file)):
        assert main(["--port", "0", "--db", file]) == 2
    said = capsys.readouterr().err
    assert "locked" in said
    assert said.count("\n") == 1
