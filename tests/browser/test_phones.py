"""The phones on the page, used with the keyboard alone."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

PHONE, NAME = "07700900123", "07700 900123"


def thread(page, name=NAME):
    return page.get_by_role("list", name=f"Texts of {name}").get_by_role("listitem")


def test_a_text_arrives_and_its_status_changes(sandbox, send, page):
    sandbox.set(delivery_delay=60)
    page.goto(sandbox.url)
    expect(page.get_by_text("No texts yet")).to_be_visible()
    page.evaluate("window.stillHere = true")
    send(PHONE, "x" * 161)
    text = thread(page)
    expect(text).to_contain_text("SENT")
    expect(text).to_contain_text("2 parts")
    expect(text).to_contain_text("2 credits")
    expect(page.locator("#balance")).to_have_text("998")
    sandbox.set(delivery_delay=0)
    expect(text).to_contain_text("DELIVERED")
    expect(page.get_by_text("No texts yet")).to_be_hidden()
    expect(page.locator("#announcer")).to_contain_text("delivered")
    assert page.evaluate("window.stillHere") is True


def test_a_reply_by_keyboard(sandbox, send, inbox, page, tab_to):
    send(PHONE, "Sunday?", sender="60777")
    send(PHONE, "Monday?", sender="60888")
    page.goto(sandbox.url)
    tab_to("textbox", f"Reply from {NAME}")
    page.keyboard.type("YES, please")
    page.keyboard.press("Enter")
    expect(thread(page).last).to_contain_text("YES, please")
    expect(page.locator("#announcer")).to_have_text(f"Sent from {NAME}.")
    assert page.evaluate("document.activeElement.value") == ""
    page.keyboard.press("Shift+Tab")  # back to the numbers that it can reply to
    page.keyboard.type("60777")
    page.keyboard.press("Tab")
    page.keyboard.type("And Sunday")
    page.keyboard.press("Enter")
    expect(thread(page).last).to_contain_text("And Sunday")
    assert inbox() == [("447700900123", "60888", "YES, please"), ("447700900123", "60777", "And Sunday")]


def test_a_name_cannot_be_answered(sandbox, send, page):
    send(PHONE, "Hello", sender="Parcels")
    page.goto(sandbox.url)
    expect(page.get_by_text("Parcels is a name and no number: it cannot be answered.")).to_be_visible()
    expect(page.get_by_role("textbox", name=f"Reply from {NAME}")).to_be_hidden()


def test_a_half_written_reply_survives(sandbox, send, page, tab_to):
    send(PHONE, "Sunday?", sender="60777")
    page.goto(sandbox.url)
    box = tab_to("textbox", f"Reply from {NAME}")
    page.keyboard.type("YES bu")
    page.keyboard.press("ArrowLeft")
    for number in range(10):
        with page.expect_response(lambda answer: "/sandbox/page" in answer.url and answer.status == 200):
            send(PHONE if number % 2 else "07700900124", f"text {number}", sender="60777")
        expect(page.locator(".text", has_text=f"text {number}")).to_be_visible()
    assert box.evaluate("node => node === document.activeElement")
    assert box.evaluate("node => [node.value, node.selectionStart]") == ["YES bu", 5]
    sandbox.reset()  # by somebody else: the texts go, what is being written stays
    expect(thread(page)).to_have_count(0)
    assert box.evaluate("node => node.value") == "YES bu"


def test_a_new_phone_texts_in(sandbox, inbox, page, tab_to):
    page.goto(sandbox.url)
    tab_to("textbox", "From phone")
    page.keyboard.press("Control+A")
    page.keyboard.type("+44 7700 900177")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("ORDER 7")
    page.keyboard.press("Enter")
    expect(thread(page, "07700 900177")).to_contain_text("ORDER 7")
    assert inbox() == [("447700900177", "60777", "ORDER 7")]


def test_what_the_sandbox_refuses_is_said_at_the_box(sandbox, inbox, page, tab_to):
    page.goto(sandbox.url)
    tab_to("textbox", "From phone")
    page.keyboard.press("Control+A")
    page.keyboard.type("12")
    tab_to("textbox", "Text")
    page.keyboard.type("Hello")
    page.keyboard.press("Enter")
    expect(page.locator("#new-error")).to_contain_text("not a phone number")
    assert page.evaluate("document.activeElement.value") == "Hello"
    assert inbox() == []


def test_html_stays_text(sandbox, send, page):
    bad = "<img src=x onerror=\"document.title='bad'\"><script>document.title='bad'</script>"
    send(PHONE, bad)
    sandbox.inbound(PHONE, "60777", bad)
    page.goto(sandbox.url)
    expect(thread(page).first).to_contain_text(bad)
    expect(thread(page).last).to_contain_text(bad)
    assert page.locator("#grid img, #grid script").count() == 0
    assert page.title() == "SMS Works sandbox"


def test_links_of_airflow(sandbox, send, page):
    sandbox.set(delivery_delay=0)
    old = send(PHONE, "the old one")["messageid"]
    for number in range(30):
        send(PHONE, f"text {number}")
    page.goto(f"{sandbox.url}/#message-{old}")
    linked = page.locator(".linked")
    expect(linked).to_have_count(1)
    expect(linked).to_contain_text("the old one")
    expect(linked).to_be_in_viewport()
    expect(linked).to_be_focused()
    # One that comes after the link was followed: ids of a scheduled text are known before it is sent.
    due = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    later = send("07700900124", "the later one", path="/message/schedule", schedule=due)
    message_id = (later[0] if isinstance(later, list) else later)["messageid"]
    page.goto(f"{sandbox.url}/#message-{message_id}")
    expect(page.locator("#scheduled .linked")).to_contain_text("the later one")
    expect(page.locator("#grid .linked")).to_contain_text("the later one")
    batch = {"sender": "Parcels", "destinations": [PHONE, "07700900125"], "content": "All"}
    answer = sandbox.client.post("/v1/batch/send", headers={"Authorization": "t"}, json=batch).json()
    page.goto(f"{sandbox.url}/#batch-{answer['batchid']}")
    expect(linked).to_have_count(2)
    page.goto(f"{sandbox.url}/#message-0")
    expect(page.get_by_text("The text that the link leads to is not here.")).to_be_visible()


def test_many_phones_do_not_freeze_it(sandbox, page):
    texts = [
        {"from": f"07700900{number % 500:03}", "to": "60777", "content": f"text {number}"} for number in range(20_000)
    ]
    for start in range(0, len(texts), 5000):
        sandbox.inbound_many(texts[start : start + 5000])
    page.goto(sandbox.url)
    expect(page.get_by_text("These are the 24 phones that were busy last.")).to_be_visible()
    cards = page.locator(".phone")
    expect(cards).to_have_count(24)
    page.get_by_role("button", name="Show more phones").press("Enter")
    expect(cards).to_have_count(48)
    page.get_by_label("Find a phone").press_sequentially("07700 900001")
    page.keyboard.press("Enter")
    expect(thread(page, "07700 900001").last).to_contain_text("text 19501")
    began = time.monotonic()
    assert page.evaluate("new Promise(requestAnimationFrame).then(() => 1)") == 1
    assert time.monotonic() - began < 1
