from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from scripts.airflow_settings import airflow_environment, reserve_port
from scripts.processes import Family, StackError
from tests.stack.leftovers import processes_of, wait_until_gone

STUBBORN = "trap '' TERM INT; setsid sh -c 'trap \"\" TERM INT; sleep 300; sleep 300' & sleep 300; sleep 300"
ENV = dict(os.environ)


def start_stubborn(family: Family) -> None:
    """A process that ignores polite signals and has a child in a session of its own, as Airflow's tasks have."""
    family.spawn("stubborn", ["sh", "-c", STUBBORN], ENV)
    while len(processes_of(str(family.home))) < 4:
        time.sleep(0.05)


def test_end_leaves_nothing_of_processes_that_refuse_to_end():
    family = Family("test")
    start_stubborn(family)
    began = time.monotonic()
    family.end(grace=0.3)
    assert processes_of(str(family.home)) == []
    assert not family.home.exists()
    assert time.monotonic() - began < 3


def test_end_can_be_called_twice_and_without_any_process():
    family = Family("test")
    family.end()
    family.end()
    assert not family.home.exists()


def test_directory_stays_when_asked_for():
    family = Family("test", keep=True)
    family.end()
    assert family.home.is_dir()
    family.home.rmdir()


def test_second_interrupt_ends_the_patience_but_not_the_cleaning():
    family = Family("test")
    start_stubborn(family)
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        family.end(grace=30)
    assert processes_of(str(family.home)) == []
    assert not family.home.exists()
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_nothing_survives_a_parent_that_is_killed(number):
    code = (
        "import os, signal, time; from scripts.processes import Family; f = Family('test');"
        # nohup, if these tests run under it, has it ignored.
        "signal.signal(signal.SIGHUP, signal.SIG_DFL);"
        f"f.spawn('stubborn', ['sh', '-c', {STUBBORN!r}], dict(os.environ));"
        "print(f.home, flush=True); time.sleep(300)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        home = parent.stdout.readline().strip()
        while len(processes_of(home)) < 4:
            time.sleep(0.05)
        parent.send_signal(number)
    wait_until_gone(home, 5)


def test_a_process_that_ends_by_itself_is_reported_with_its_log():
    family = Family("test")
    try:
        family.spawn("brief", ["sh", "-c", "echo this is why; exit 3"], ENV).process.wait()
        with pytest.raises(StackError, match=r"(?s)brief ended by itself \(exit code 3\).*this is why"):
            family.check()
    finally:
        family.end()


def test_reserved_ports_differ_and_can_be_listened_to():
    held = [reserve_port() for _ in range(20)]
    assert len({port for _, port in held}) == 20
    port = held[0][1]
    with subprocess.Popen([sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]) as server:
        time.sleep(1)
        assert server.poll() is None
        server.terminate()
    for holder, _ in held:
        holder.close()


def test_airflow_settings_of_the_caller_do_not_reach_the_stack(monkeypatch):
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "NoSuchExecutor")
    monkeypatch.setenv("AIRFLOW_CONN_MINE", "http://somewhere")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    env = airflow_environment(Path("/a"), Path("/b"), 1234, {"AIRFLOW_CONN_OURS": "x"})
    assert "AIRFLOW__CORE__EXECUTOR" not in env
    assert "AIRFLOW_CONN_MINE" not in env
    assert env["AIRFLOW_CONN_OURS"] == "x"
    assert "127.0.0.1" in env["NO_PROXY"]
