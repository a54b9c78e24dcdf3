"""What stands beside the phones: schedules, faults, requests, settings, reset; and a sandbox that comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.sandbox_process import running_sandbox

HEADERS = {"Authorization": "any-token"}


def open_panel(page, tab_to, panel):
    summary = page.locator(f"#{panel} > summary")
    for _ in range(120):
        if summary.evaluate("node => node === document.activeElement"):
            return page.keyboard.press("Enter")
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {panel}")


def test_what_is_scheduled(sandbox, send, page):
    page.goto(sandbox.url)
    expect(page.get_by_text("Nothing is scheduled.")).to_be_visible()
    due = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
    send("07700900123", "See you tomorrow", path="/message/schedule", schedule=due)
    entry = page.locator("#scheduled li")
    expect(entry).to_contain_text("See you tomorrow")
    expect(entry).to_contain_text("Goes out in")
    expect(entry).to_contain_text("07700 900123")
    expect(entry).to_contain_text("Sent")
    entry.get_by_role("link", name="Show the text").press("Enter")
    expect(page.locator("#grid .linked")).to_contain_text("See you tomorrow")


def test_faults_by_keyboard(sandbox, page, tab_to):
    def send():
        body = {"sender": "Parcels", "destination": "07700900123", "content": "Hello"}
        return sandbox.client.post("/v1/message/send", headers=HEADERS, json=body).status_code

    page.goto(sandbox.url)
    expect(page.locator("#fault-operation")).to_be_attached()
    open_panel(page, tab_to, "add-fault-panel")
    tab_to("textbox", "status")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(page.locator("#fault-status-error")).to_contain_text("greater than or equal to 200")
    expect(page.locator("#fault-status")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("502")
    page.keyboard.press("Enter")
    expect(page.locator("#faults li")).to_contain_text("answered with 502; nothing is accepted; 1 time")
    assert send() == 502
    expect(page.locator("#faults li")).to_have_count(0)
    tab_to("button", "Add this fault")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#faults li")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.locator("#add-fault")).to_be_hidden()
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.id") == "clear-faults":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#faults li")).to_have_count(0)
    assert sandbox.faults_left() == []
    assert send() == 201


def test_settings_by_keyboard(sandbox, page, tab_to):
    page.goto(sandbox.url)
    expect(page.locator("#setting-dates")).to_be_attached()
    open_panel(page, tab_to, "settings-panel")
    tab_to("textbox", "delivery_delay")
    page.keyboard.press("Control+A")
    page.keyboard.type("soon")
    page.keyboard.press("Enter")
    error = page.locator("#setting-delivery_delay-error")
    expect(error).to_have_text("Input should be a valid number.")
    expect(page.locator("#setting-delivery_delay")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Control+A")
    page.keyboard.type("0.5")
    page.keyboard.press("Enter")
    expect(error).to_be_hidden()
    expect(page.locator("#settings-count")).to_have_text("1 changed")
    assert sandbox.settings()["delivery_delay"] == 0.5
    tab_to("combobox", "dates")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.locator("#settings-count")).to_have_text("2 changed")
    assert sandbox.settings()["dates"] == "javascript"
    sandbox.set(metadata_echo=False)  # by somebody else
    expect(page.locator("#setting-metadata_echo")).to_have_value("false")
    page.keyboard.press("Escape")
    expect(page.locator("#settings")).to_be_hidden()
    expect(page.locator("#settings-panel > summary")).to_be_focused()


def test_every_setting_has_its_description(sandbox, page):
    page.goto(sandbox.url)
    schema = sandbox.client.get("/sandbox/settings/schema").json()["properties"]
    expect(page.locator("#settings .setting")).to_have_count(len(schema))
    for name, setting in schema.items():
        described = page.locator(f"#setting-{name}").get_attribute("aria-describedby").split()[-1]
        assert setting["description"] in page.locator(f"#{described}").text_content()


def test_requests(sandbox, send, page):
    page.goto(sandbox.url)
    send("07700900123")
    send("07700900123")
    expect(page.locator("#requests-count")).to_have_text("2 calls")
    expect(page.locator("#requests tr")).to_have_text("POST /message/send2")


def test_reset_asks_first(sandbox, send, page, tab_to):
    send("07700900123", sender="60777")
    page.goto(sandbox.url)
    tab_to("textbox", "Reply from 07700 900123")
    page.keyboard.type("half a")
    tab_to("button", "Reset the sandbox …")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Forget everything?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert len(sandbox.ledger()) == 1
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".phone")).to_have_count(0)
    assert sandbox.ledger() == []


def test_a_sandbox_that_goes_and_comes_back(page, tab_to):
    with running_sandbox() as sandbox:
        sandbox.inbound("07700900123", "60777", "Hello")
        page.goto(sandbox.url)
        tab_to("textbox", "Reply from 07700 900123")
        page.keyboard.type("Still there?")
        sandbox.stop()
        gone = page.get_by_text("The sandbox does not answer. What you see is what was there last")
        expect(gone).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.locator(".reply .error")).to_contain_text("does not answer")
        assert page.evaluate("document.activeElement.value") == "Still there?"
        sandbox.restart()
        expect(gone).to_be_hidden()
        sandbox.inbound("07700900124", "60777", "A new text")
        expect(page.get_by_text("A new text")).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.get_by_role("list", name="Texts of 07700 900123")).to_contain_text("Still there?")
        assert sandbox.stop() == 0  # also while a page looks at it


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_names_contrast_and_structure_are_as_wcag_wants_them(sandbox, send, page, scheme):
    """By axe-core; needs all of it to be there: both kinds of bubbles, a schedule, a fault, open panels."""
    sandbox.set(delivery_delay=0, reply_delay=0.1)
    send("07700900005", sender="60777")
    send("07700900123", schedule="2099-01-01T10:00:00Z", path="/message/schedule")
    sandbox.faults([{"operation": "POST /auth/token"}])
    page.emulate_media(color_scheme=scheme)
    page.goto(sandbox.url)
    expect(page.locator("#setting-dates")).to_be_attached()
    expect(page.locator(".text")).to_have_count(2)
    page.evaluate("for (const panel of document.querySelectorAll('details')) panel.open = true")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.get_by_role("searchbox").count() == 1  # it was the page that was looked at


def test_on_a_narrow_screen_nothing_is_cut_off(sandbox, send, page):
    send("07700900123", "w" * 300, sender="60777")
    page.set_viewport_size({"width": 360, "height": 700})
    page.goto(sandbox.url)
    expect(page.locator(".text")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_no_movement_where_none_is_wanted(sandbox, send, page):
    send("07700900123")
    page.emulate_media(reduced_motion="reduce")
    page.goto(sandbox.url)
    expect(page.locator(".text")).to_have_css("animation-name", "none")
    page.emulate_media(reduced_motion="no-preference")
    expect(page.locator(".text")).not_to_have_css("animation-name", "none")
