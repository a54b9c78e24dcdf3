"""What becomes of a message, for each number of the drama range, and what the phones reply.

A delay of 60 seconds that is then set to 0 stands for waiting a minute.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

REPLY_NUMBER = "07900123456"


def state(gateway, message_id):
    message = gateway.message(message_id)
    reason = message.get("failurereason")
    return message["status"], reason and (reason["code"], reason["permanent"])


@pytest.fixture
def slow(sandbox):
    """Set all delays so that nothing happens by itself."""
    sandbox.set(delivery_delay=60, expiry_delay=120, reply_delay=60)
    return sandbox


@pytest.mark.parametrize(
    ("to", "final", "balance"),
    [
        ("07700900000", ("DELIVERED", None), 999.0),
        ("07700900001", ("UNDELIVERABLE", (5001, True)), 1000.0),
        ("07700900002", ("SENT", (5006, False)), 999.0),
        ("07700900003", ("REJECTED", (5004, True)), 1000.0),
        ("07700900004", ("SENT", None), 999.0),
        ("07700900005", ("DELIVERED", None), 999.0),
        ("07700900006", ("DELIVERED", None), 999.0),
        ("07700900007", ("DELIVERED", None), 999.0),
        ("07700900008", ("DELIVERED", None), 999.0),
        ("447700900001", ("UNDELIVERABLE", (5001, True)), 1000.0),
        ("07999123456", ("DELIVERED", None), 999.0),
        ("33612345678", ("DELIVERED", None), 998.0),
    ],
)
def test_after_the_delivery_delay(slow, gateway, to, final, balance):
    message_id = gateway.sent(to)["messageid"]
    assert state(gateway, message_id) == ("SENT", None)
    slow.set(delivery_delay=0)
    assert state(gateway, message_id) == final
    assert gateway.balance() == balance
    assert state(gateway, message_id) == final
    assert gateway.balance() == balance


def test_a_handset_that_is_off_expires_and_is_refunded(slow, gateway):
    message_id = gateway.sent("07700900002")["messageid"]
    slow.set(delivery_delay=0)
    assert state(gateway, message_id) == ("SENT", (5006, False))
    slow.set(expiry_delay=0)
    assert state(gateway, message_id) == ("EXPIRED", (5015, False))
    assert gateway.balance() == 1000.0


def test_an_expired_message_stays_expired_if_reports_come_later(slow, gateway):
    message_id = gateway.sent("07700900002")["messageid"]
    slow.set(expiry_delay=0)
    assert state(gateway, message_id) == ("EXPIRED", (5015, False))
    slow.set(delivery_delay=0)
    assert state(gateway, message_id) == ("EXPIRED", (5015, False))


def test_without_expiry_delay_the_validity_counts(slow, gateway):
    message_id = gateway.sent("07700900002", validity=1)["messageid"]
    slow.set(expiry_delay=None, delivery_delay=0)
    assert state(gateway, message_id) == ("SENT", (5006, False))
    slow.set(expiry_delay=0)
    assert state(gateway, message_id) == ("EXPIRED", (5015, False))


def test_a_delay_runs_by_itself(sandbox, gateway, eventually):
    sandbox.set(delivery_delay=0.3)
    message_id = gateway.sent()["messageid"]
    assert gateway.message(message_id)["status"] == "SENT"
    eventually(lambda: gateway.message(message_id)["status"], "DELIVERED")
    message = gateway.message(message_id)
    took = datetime.fromisoformat(message["modified"]) - datetime.fromisoformat(message["created"])
    assert abs(took - timedelta(seconds=0.3)) <= timedelta(milliseconds=1)


def test_refunds_of_texts_of_several_parts(slow, gateway):
    gateway.sent("07700900001", "x" * 161)
    gateway.sent("07700900003", "x" * 310)
    gateway.sent("07700900000")
    assert gateway.balance() == 994.0
    slow.set(delivery_delay=0)
    assert gateway.balance() == 999.0


@pytest.mark.parametrize(
    ("to", "content", "reply"),
    [
        ("07700900005", "Release 500 refunds? Reply YES 4821", "YES 4821"),
        ("07700900006", "Release 500 refunds? Reply YES 4821", "NO 4821"),
        ("07700900007", "Release 500 refunds? Reply YES 4821", "STOP"),
        ("07700900006", "Reply YES 4821 or NO 9999", "NO 9999"),
        ("07700900005", "Reply YES or NO: 48210", "YES 48210"),
        ("07700900005", 'Reply "yes A7b2"', "YES A7b2"),
        ("07700900005", "Yes or no? The code is 4821", "YES 4821"),
        ("07700900005", "Load 2024 failed, reply YES within 30 minutes", "YES"),
        ("07700900006", "Are you well?", "NO"),
    ],
)
def test_replies(slow, gateway, to, content, reply):
    message_id = gateway.sent(to, content, sender=REPLY_NUMBER)["messageid"]
    assert gateway.search(status="INCOMING") == []
    slow.set(reply_delay=0)
    (incoming,) = gateway.search(status="INCOMING")
    sent = gateway.message(message_id)
    assert incoming["content"] == reply
    assert incoming["sender"] == "44" + to[1:]
    assert incoming["destination"] == 447900123456
    assert incoming["created"] == sent["created"]
    assert incoming["messageid"] != message_id
    assert gateway.message(incoming["messageid"]) == incoming
    assert gateway.balance() == 999.0
    assert len(slow.ledger()) == 1
    assert gateway.search(status="INCOMING") == [incoming]


def test_no_reply_to_a_name(sandbox, gateway):
    sandbox.set(reply_delay=0, delivery_delay=0)
    gateway.sent("07700900005", "Reply YES", sender="Parcels")
    assert gateway.search(status="INCOMING") == []
    assert gateway.found(status="DELIVERED") == ["Reply YES"]


def test_no_reply_from_other_phones(sandbox, gateway):
    sandbox.set(reply_delay=0)
    gateway.sent("07700900000", "Reply YES 4821", sender=REPLY_NUMBER)
    assert gateway.search(status="INCOMING") == []


def test_the_reply_comes_after_its_delay(sandbox, gateway, eventually):
    sandbox.set(reply_delay=0.3)
    sent = gateway.message(gateway.sent("07700900005", "Reply YES", sender="60777")["messageid"])
    assert gateway.search(status="INCOMING") == []
    eventually(lambda: gateway.found(status="INCOMING"), ["YES"])
    (incoming,) = gateway.search(status="INCOMING")
    assert incoming["destination"] == 60777
    took = datetime.fromisoformat(incoming["created"]) - datetime.fromisoformat(sent["created"])
    assert abs(took - timedelta(seconds=0.3)) <= timedelta(milliseconds=1)
