"""A sandbox process, and a browser for each test that looks at its page. No test calls a host but that one."""

from __future__ import annotations

import warnings
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from scripts.browser import MISSING, chromium, running_browser

PATIENCE = 10_000  # milliseconds; a busy machine is no failure of the page
HEADERS = {"Authorization": "any-token"}


def pytest_collection_modifyitems(items):
    if chromium():
        return
    ours = [item for item in items if "tests/browser" in item.path.as_posix()]
    for item in ours:
        item.add_marker(pytest.mark.skip(reason=MISSING))
    if ours:
        warnings.warn(f"THE PAGE IS NOT TESTED: {MISSING}", stacklevel=1)


@pytest.fixture
def send(sandbox):
    """Send a text by the gateway's API; returns the answer's body."""

    def send(to, content="Hello", sender="Parcels", path="/message/send", **fields):
        body = {"sender": sender, "destination": to, "content": content} | fields
        response = sandbox.client.post(f"/v1{path}", headers=HEADERS, json=body)
        assert response.is_success, response.text
        return response.json()

    return send


@pytest.fixture
def inbox(sandbox):
    """Read the unread texts by the gateway's API."""

    def inbox():
        texts = sandbox.client.post("/v1/messages/inbox", headers=HEADERS, json={}).json()
        return [(str(text["sender"]), str(text["destination"]), text["content"]) for text in texts]

    return inbox


@pytest.fixture
def page():
    """A page of a browser of its own; the test fails if its scripts do, or if it calls another host."""
    expect.set_options(timeout=PATIENCE)
    problems, hosts = [], set()
    with running_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
        page.on("console", lambda said: problems.append(said.text) if "Content Security" in said.text else None)
        yield page
        assert problems == []
        assert hosts == {"127.0.0.1"}


@pytest.fixture
def tab_to(page):
    """Go to the control with this role and name, with the Tab key alone."""

    def tab_to(role, name, most=120):
        wanted = page.get_by_role(role, name=name, exact=True).first
        expect(wanted).to_be_visible()
        for _ in range(most):
            if wanted.evaluate("node => node === document.activeElement"):
                return wanted
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to the {role} {name!r}")

    return tab_to
