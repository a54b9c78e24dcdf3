"""What the page asks the sandbox for; how it looks and works in a browser is in tests/browser."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest

FILES = ("index.html", "page.css", "page.js", "phones.js", "icon.svg")


def overview(sandbox, mark=None, **query):
    headers = {"If-None-Match": mark} if mark else {}
    return sandbox.client.get("/sandbox/page", params=query, headers=headers)


def phones(sandbox, **query):
    """Return the texts of each phone that the page shows."""
    shown = overview(sandbox, **query).json()["phones"]
    return {phone["number"]: [message["text"] for message in phone["messages"]] for phone in shown}


def test_the_page_and_its_files(sandbox):
    page = sandbox.client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "No text leaves this machine" in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]
    names = set(re.findall(r'(?:src|href)="page/([^"]+)"', page.text))
    scripts = set()
    while names - scripts:
        name = (names - scripts).pop()
        scripts.add(name)
        file = sandbox.client.get(f"/page/{name}")
        assert file.status_code == 200, name
        names |= set(re.findall(r'from "\./([^"]+)"', file.text)) if name.endswith(".js") else set()
    assert {"page.css", "page.js", "phones.js", "icon.svg"} <= names
    assert sandbox.client.get("/page/page.js").headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fserver.py", "%2e%2e%2fapp.py", "page.py"])
def test_no_other_file_is_shown(sandbox, name):
    assert sandbox.client.get(f"/page/{name}").status_code == 404


@pytest.mark.parametrize("name", FILES)
def test_no_file_names_another_host(sandbox, name):
    text = sandbox.client.get(f"/page/{name}").text.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"(https?:)?//[a-z0-9]", text), name
    assert "innerHTML" not in text


def test_texts_by_phone(sandbox, gateway):
    sandbox.set(delivery_delay=60)
    gateway.sent("07700900123", "<b>Hello</b>", sender="Parcels")
    sandbox.inbound("07700900123", "07900123456", "Thanks & bye")
    gateway.sent("07700900001", "y" * 161, sender="07900123456")
    shown = overview(sandbox).json()
    assert [phone["number"] for phone in shown["phones"]] == ["447700900001", "447700900123"]
    (gone,), (got, sent) = (phone["messages"] for phone in shown["phones"])
    assert shown["phones"][0]["habit"] == "This number does not exist"
    assert (got["text"], got["other"], got["number"], got["sent"]) == ("<b>Hello</b>", "Parcels", None, False)
    assert (sent["text"], sent["number"], sent["sent"]) == ("Thanks & bye", "447900123456", True)
    assert (gone["status"], gone["parts"], gone["credits"], gone["reason"]) == ("SENT", 2, 2.0, None)
    assert shown["balance"] == 997.0
    sandbox.set(delivery_delay=0)
    gone = overview(sandbox).json()["phones"][0]["messages"][0]
    assert gone["status"] == "UNDELIVERABLE"
    assert "does not exist" in gone["reason"]


def test_nothing_new_is_a_304(sandbox, gateway):
    sandbox.set(delivery_delay=0.5)
    mark = overview(sandbox).headers["etag"]
    assert overview(sandbox, mark).status_code == 304
    gateway.sent()
    answer = overview(sandbox, mark)
    assert answer.status_code == 200
    mark = answer.headers["etag"]
    assert overview(sandbox, mark).status_code == 304
    time.sleep(0.6)
    assert overview(sandbox, mark).json()["phones"][0]["messages"][0]["status"] == "DELIVERED"


@pytest.mark.parametrize(
    "change",
    [
        lambda sandbox: sandbox.set(search_lag=1),
        lambda sandbox: sandbox.faults([{"operation": "*"}]),
        lambda sandbox: sandbox.client.get("/v1/utils/test"),
        lambda sandbox: sandbox.inbound("07700900123", "60777", "Hi"),
        lambda sandbox: sandbox.reset(),
    ],
)
def test_every_change_is_seen(sandbox, change):
    sandbox.set(credits=5)  # or a reset would change nothing
    mark = overview(sandbox).headers["etag"]
    change(sandbox)
    assert overview(sandbox, mark).status_code == 200


def test_the_latest_phones_and_any_that_is_asked_for(sandbox, gateway):
    for number in range(6):
        gateway.sent(f"0770090010{number}", f"text {number}")
    for number in range(25):
        sandbox.inbound("07700900100", "60777", f"reply {number}")
    shown = phones(sandbox, limit=2)
    assert list(shown) == ["447700900100", "447700900105"]
    assert shown["447700900100"] == [f"reply {number}" for number in range(5, 25)]
    assert overview(sandbox, limit=2).json()["more"] is True
    assert overview(sandbox, limit=6).json()["more"] is False
    asked = phones(sandbox, limit=1, phone=["07700900102", "447700900100", "07700900199"])
    assert asked["447700900102"] == ["text 2"]
    assert asked["447700900100"] == ["text 0", *(f"reply {number}" for number in range(25))]
    assert asked["447700900199"] == []


def test_a_link_brings_its_text(sandbox, gateway):
    first = gateway.sent("07700900150", "first")["messageid"]
    body = {"sender": "Parcels", "destinations": ["07700900151", "07700900152"], "content": "All"}
    batch = gateway.post("/batch/send", body).json()["batchid"]
    for _ in range(30):
        sandbox.inbound("07700900150", "60777", "Hi")
    assert "first" not in phones(sandbox)["447700900150"]
    assert phones(sandbox, limit=1, link=f"message-{first}")["447700900150"][0] == "first"
    assert list(phones(sandbox, limit=1, link=f"batch-{batch}")) == ["447700900150", "447700900151", "447700900152"]
    assert phones(sandbox, limit=1, link="message-0") == phones(sandbox, limit=1)


def test_what_is_scheduled(sandbox, gateway):
    due = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    gateway.send(path="/message/schedule", schedule=due)
    many = {"sender": "Parcels", "destinations": ["07700900151", "07700900152"], "content": "All", "schedule": due}
    gateway.post("/batch/schedule", many)
    entries = overview(sandbox).json()["schedules"]
    assert [(entry["status"], entry["text"], entry["recipients"]) for entry in entries] == [
        ("SCHEDULED", "Hello", None),
        ("SCHEDULED", "All", 2),
    ]


def test_a_fault_more(sandbox, gateway):
    sandbox.faults([{"operation": "GET /utils/test", "status": 418}])
    added = sandbox.client.post("/sandbox/faults/add", json={"operation": "POST /message/send", "status": 500})
    assert added.status_code == 201
    assert [fault["status"] for fault in added.json()] == [418, 500]
    assert gateway.send().status_code == 500
    bad = sandbox.client.post("/sandbox/faults/add", json={"operation": "*", "status": 7})
    assert bad.status_code == 422
    assert bad.json()["message"].startswith("fault 2: status: ")
    assert [fault["status"] for fault in sandbox.faults_left()] == [418]
    schema = sandbox.client.get("/sandbox/faults/schema").json()["properties"]
    assert {"*", "POST /message/send"} <= set(schema["operation"]["enum"])
    assert 4021 in schema["error_code"]["anyOf"][0]["enum"]


@pytest.mark.parametrize("path", ["/sandbox/reset", "/sandbox/inbound", "/sandbox/faults", "/sandbox/settings"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://example.org"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_web_site_works_no_control(sandbox, gateway, path, headers):
    gateway.sent()
    answer = sandbox.client.post(path, content="{}", headers={"Content-Type": "text/plain"} | headers)
    assert answer.status_code == 403
    assert len(sandbox.ledger()) == 1


def test_the_page_itself_works_them(sandbox):
    for headers in ({"Origin": sandbox.url}, {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "same-origin"}):
        assert sandbox.client.post("/sandbox/reset", headers=headers).status_code == 200


def test_a_crowd_of_texts_is_no_burden(sandbox, gateway):
    sandbox.crowd(100_000)
    gateway.sent("07700900123", "latest")
    began = time.monotonic()
    shown = phones(sandbox, limit=24)
    assert time.monotonic() - began < 1
    assert len(shown) == 24
    assert max(map(len, shown.values())) == 20
    assert shown["447700900123"][-1] == "latest"
