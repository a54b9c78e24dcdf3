"""One sandbox process for the tests of this folder; each test finds it as if newly started."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from airflow_provider_smsworks.sandbox.database import Database

PHONE = "07700900123"


class Gateway:
    """Calls of the gateway's operations, with a token."""

    def __init__(self, sandbox, token="any-token"):
        self._sandbox = sandbox
        self._headers = {"Authorization": token}

    def call(self, method, path, body=None, **more):
        """Call an operation; ``more`` is for httpx. Returns the response."""
        return self._sandbox.client.request(method, f"/v1{path}", json=body, **{"headers": self._headers} | more)

    def post(self, path, body):
        return self.call("POST", path, body)

    def get(self, path):
        return self.call("GET", path)

    def send(self, to=PHONE, content="Hello", path="/message/send", **fields):
        """Try to send a text; returns the response."""
        return self.post(path, {"sender": "Parcels", "destination": to, "content": content} | fields)

    def sent(self, to=PHONE, content="Hello", **fields):
        """Send a text; returns the answer."""
        response = self.send(to, content, **fields)
        assert response.status_code == 201, response.text
        return response.json()

    def message(self, message_id):
        """Return a stored message."""
        response = self.get(f"/messages/{message_id}")
        assert response.status_code == 200, response.text
        return response.json()

    def search(self, **query):
        """Return the messages that match."""
        response = self.post("/messages", query)
        assert response.status_code == 200, response.text
        return response.json()

    def found(self, **query):
        """Return the contents of the messages that match."""
        return [message["content"] for message in self.search(**query)]

    def balance(self):
        """Return the credits left."""
        return self.get("/credits/balance").json()["credits"]


@pytest.fixture
def gateway(sandbox):
    return Gateway(sandbox)


@pytest.fixture
def gateway_of():
    """For calls of another sandbox or with another token."""
    return Gateway


@pytest.fixture
def memory():
    """For tests of a part of the sandbox in this process: an empty database."""
    with closing(Database(None)) as database:
        yield database


@pytest.fixture
def eventually():
    """Wait until a function returns the value, and fail with what it returned instead."""

    def eventually(function, value, seconds=5.0):
        deadline = time.monotonic() + seconds
        while (got := function()) != value and time.monotonic() < deadline:
            time.sleep(0.02)
        assert got == value

    return eventually
