"""The sandbox against the gateway's specification, from outside: schemathesis calls it as anybody could.

What it calls with is made from the schemas: what they allow, what they do not, and in the order in which one
answer leads to the next call. The settings are the defaults, so ``shapes`` is ``spec``.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import schemathesis

from tests.sandbox.specification import COPY, structure, text
from tests.sandbox_process import ROOT, running_sandbox

ORIGINAL = ROOT.parent / "shared" / "spec" / "openapi-1.10.0.json"
TOKEN = "the-only-token"

# Left out: that whatever the schema allows is taken. It allows any text for a sender, a number or a date.
CHECKS = ("--checks", "all", "--exclude-checks", "positive_data_acceptance")

# What the schemas cannot say: values with which something happens. The rest is made up.
VALUES = {
    "sender": "Parcels",
    "destination": "447700900123",
    "destinations": ["447700900001", "447700900123", "nobody"],
    "content": "65 54",
    "passcode": "4821",
    "metadata": {"schema": {"key": "order", "value": "7"}},
}


@pytest.fixture(scope="module")
def server():
    with running_sandbox("--token", TOKEN) as sandbox:
        yield sandbox


@pytest.fixture
def fresh(server):
    server.reset()
    server.set(credits=1e6, delivery_delay=0.0, expiry_delay=0.0, reply_delay=0.0)
    return server


@pytest.fixture
def run(fresh, tmp_path):
    """Run schemathesis; returns how it ended and what it said."""
    document = json.loads(COPY.read_text(encoding="utf-8"))
    for schema in document["components"]["schemas"].values():
        for name, declared in schema.get("properties", {}).items():
            if name in VALUES:
                declared["example"] = VALUES[name]
    (tmp_path / "specification.json").write_text(json.dumps(document), encoding="utf-8")

    def run(*arguments, token=TOKEN):
        seed = "1" if os.environ.get("CI") else str(random.randrange(10**6))
        command = [sys.executable, "-m", "schemathesis.cli", "run", "specification.json", "--url", f"{fresh.url}/v1"]
        command += [*CHECKS, "--seed", seed, "--generation-database", "none", "--no-color", *arguments]
        command += ["--header", f"Authorization: {token}"] if token else []
        environment = {**os.environ, "NO_PROXY": "*"}
        ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        said = f"{ended.stdout}\n{ended.stderr}"
        assert "Selected: 23/23" in said, said
        return ended.returncode, said

    return run


def test_whatever_is_called(fresh, run):
    code, said = run("--max-examples", "5")
    assert code == 0, said
    assert len(fresh.ledger()) > 100  # it did get through


def test_without_a_token(fresh, run):
    code, said = run("--phases", "examples,fuzzing", "--max-examples", "2", token=None)
    assert code == 0, said
    assert fresh.ledger() == []


def test_the_copy_is_the_structure_of_the_original():
    if not ORIGINAL.is_file():
        pytest.skip("the original specification is not beside this checkout")
    assert COPY.read_text(encoding="utf-8") == text(structure(json.loads(ORIGINAL.read_text(encoding="utf-8"))))


def test_the_copy_has_no_prose():
    def texts(value):
        if isinstance(value, dict):
            assert not value.keys() & {"summary", "example", "examples", "servers"}
            return [found for part in value.values() for found in texts(part)]
        return [found for part in value for found in texts(part)] if isinstance(value, list) else [value]

    copy = json.loads(COPY.read_text(encoding="utf-8"))
    copy["info"].pop("title")
    assert [found for found in texts(copy) if isinstance(found, str) and (" " in found or "://" in found)] == []


@pytest.mark.parametrize("dates", ["iso", "javascript"])
def test_answers_of_a_gateway_that_was_used(fresh, gateway_of, dates):
    """Messages of all kinds in all states, most of which schemathesis does not find."""
    fresh.set(dates=dates)
    gateway = gateway_of(fresh, TOKEN)
    document = json.loads(COPY.read_text(encoding="utf-8"))
    operations = schemathesis.openapi.from_dict(document)

    def call(method, path, body=None, under=None):
        response = gateway.call(method, path, body)
        operations[under or path][method].validate_response(response)
        return response.json()

    def message(to, **more):
        return {"sender": "07900123456", "destination": to, "content": "65 54"} | more

    for last in range(9):
        call("POST", "/message/send", message(f"0770090000{last}", metadata={"schema": {"key": "a", "value": "b"}}))
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    call("POST", "/message/flash", message("33612345678", tag="t", metadata=[{"key": "a", "value": "b"}]))
    call("POST", "/binary/send", message("07700900123", deliveryreporturl="https://example.com"))
    fresh.inbound("07700900123", "60777", "Hello")
    call("GET", "/messages/schedule")
    call("POST", "/message/schedule", message("07700900123", schedule=later))
    entry = call("GET", "/messages/schedule")
    assert entry["message"]["destination"] == "07700900123"
    call("DELETE", f"/messages/schedule/{entry['id']}", under="/messages/schedule/{messageid}")
    assert call("GET", "/messages/schedule")["status"] == "CANCELLED"
    batch = message("", destinations=["07700900123", "0770 0900 123", "+447700900123", "9" * 5000, "", "\N{SNOWMAN}"])
    for path in ("/batch/send", "/batch/schedule"):
        answer = call("POST", path, batch | {"schedule": later})
    call("DELETE", f"/batches/schedule/{answer['batchid']}", under="/batches/schedule/{batchid}")
    answer = call("POST", "/batch/any", [message("07700900001"), message("12")])
    assert len(call("GET", f"/batch/{answer['batchid']}", under="/batch/{batchid}")) == 2
    for passcode in ("0042", "A7b2", "9" * 1280):
        otp = {"sender": "Parcels", "destination": "07700900123", "length": {}, "metadata": {"a": [None, 1.5]}}
        answer = call("POST", "/otp/send", otp | {"passcode": passcode, "template": "{{passcode}}"})
        call("GET", f"/otp/{answer['messageid']}", under="/otp/{messageid}")
        call("POST", "/otp/verify", {"passcode": passcode})
    found = call("POST", "/messages", {"metadata": {"schema": {}}})
    assert {"DELIVERED", "SENT", "UNDELIVERABLE", "EXPIRED", "REJECTED", "FAILED", "INCOMING"} == {
        each["status"] for each in found
    }
    assert len(call("POST", "/messages", {"metadata": {"schema": {"key": "a", "value": "b"}}})) == 10
    assert len(call("POST", "/messages/inbox", {})) == 4
    assert call("POST", "/messages/failed", {})
    for each in found:
        for method in ("GET", "DELETE", "GET"):
            call(method, f"/messages/{each['messageid']}", under="/messages/{messageid}")
    for path in ("/messages/volume", "/credits/balance", "/utils/test"):
        call("GET", path)
    for code in ("4001", "0"):
        call("GET", f"/utils/errors/{code}", under="/utils/errors/{errorcode}")
