"""Whatever is done to the sandbox, in any order: it comes to what the model says, at any time.

The sandbox runs in this process, with a clock of its own, so that days pass in no time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime

import httpx
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from airflow_provider_smsworks.sandbox.app import build_app
from airflow_provider_smsworks.sandbox.database import Database
from airflow_provider_smsworks.sandbox.state import Sandbox
from tests.sandbox.model import EDGES, FINAL, NUMBERS, Entry, Gateway, Otp, Text

START = 1_790_000_000
SENDERS = st.sampled_from(["Parcels", "07900123456"])
PASSCODES = st.sampled_from(["111", "222", "333"])
NO_CREDIT = 402


class ClockedSandbox(Sandbox):
    time = START

    def now(self):
        return float(self.time)


class LifeCycles(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.database = Database(None)
        self.sandbox = ClockedSandbox(self.database)
        self.loop = asyncio.new_event_loop()
        app = build_app(self.sandbox, lambda scope: None, asyncio.Event())
        transport = httpx.ASGITransport(app)
        headers = {"Authorization": "any"}
        self.client = httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=headers)
        self.seen = {}
        self.keeping = self.reuse = False

    def teardown(self):
        self.everything_is_found_by_its_id()
        self.pages_have_every_message_once(2)
        self.loop.run_until_complete(self.client.aclose())
        self.loop.close()
        self.database.close()

    def call(self, method, path, body=None, status=None):
        path = path if path.startswith("/sandbox") else f"/v1{path}"
        response = self.loop.run_until_complete(self.client.request(method, path, json=body))
        assert status is None or response.status_code == status, response.text
        return response

    def get(self, path):
        return self.call("GET", path, status=200).json()

    def search(self, **query):
        return self.call("POST", "/messages", query, 200).json()

    # What can be done.

    @initialize(credits=st.sampled_from([3.0, 8.0, 1000.0]))
    def begin(self, credits):
        self.model = Gateway(START, credits)
        self.call("POST", "/sandbox/settings", {"credits": credits, "otp_reuse": "refused"}, 200)

    def text(self, to, sender="Parcels", content=None, **more):
        content = content or self.model.words()
        return Text(content, to, sender, self.model.now, code=4004 if to == "12" else None, **more)

    def send_all(self, path, body, texts):
        """Try to send these messages; returns the answer if there was credit for all."""
        if not self.model.affords(texts):
            self.call("POST", path, body, NO_CREDIT)
            return None
        self.model.accept(texts)
        return self.call("POST", path, body, 201).json()

    @rule(path=st.sampled_from(["send", "flash"]), to=st.sampled_from(NUMBERS), sender=SENDERS, long=st.booleans())
    def send(self, path, to, sender, long):
        text = self.text(to, sender, self.model.words(long))
        body = {"sender": sender, "destination": to, "content": text.content}
        if text.code:
            assert self.call("POST", f"/message/{path}", body, 400).json()["errorCode"] == text.code
        elif answer := self.send_all(f"/message/{path}", body, [text]):
            text.id = answer["messageid"]
            assert (answer["creditsUsed"], answer["credits"]) == (text.credits, self.model.balance())

    @rule(numbers=st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=4, unique=True), sender=SENDERS)
    def send_batch(self, numbers, sender):
        content = self.model.words()
        texts = [self.text(to, sender, content) for to in numbers]
        body = {"sender": sender, "destinations": numbers, "content": content}
        if answer := self.send_all("/batch/send", body, texts):
            for text in texts:
                text.batch = answer["batchid"]

    @rule(numbers=st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=3), sender=SENDERS)
    def send_collection(self, numbers, sender):
        texts = [self.text(to, sender) for to in numbers]
        bodies = [{"sender": sender, "destination": text.to, "content": text.content} for text in texts]
        if answer := self.send_all("/batch/any", bodies, texts):
            for text in texts:
                text.batch = answer["batchid"]

    @rule(numbers=st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=3, unique=True), wait=st.integers(1, 30))
    def schedule(self, numbers, wait):
        content, due = self.model.words(), self.model.now + wait
        texts, batch = [self.text(to, content=content) for to in numbers], len(numbers) > 1
        when = datetime.fromtimestamp(due, UTC).isoformat()
        body = {"sender": "Parcels", "content": content, "schedule": when}
        if batch:
            if not self.model.affords(texts):
                self.call("POST", "/batch/schedule", {**body, "destinations": numbers}, NO_CREDIT)
                return
            entry_id = self.call("POST", "/batch/schedule", {**body, "destinations": numbers}, 201).json()["batchid"]
            for text in texts:
                text.batch = entry_id
        elif texts[0].code:
            self.call("POST", "/message/schedule", {**body, "destination": numbers[0]}, 400)
            return
        else:
            answer = self.call("POST", "/message/schedule", {**body, "destination": numbers[0]}, 200).json()
            entry_id = texts[0].id = answer[0]["messageid"]
        self.model.entries.append(Entry(entry_id, due, batch, texts))

    @precondition(lambda self: self.model.entries)
    @rule(data=st.data())
    def cancel(self, data):
        entry = data.draw(st.sampled_from(self.model.entries))
        path = f"/{'batches' if entry.batch else 'messages'}/schedule/{entry.id}"
        if entry.status == "SCHEDULED":
            entry.status = "CANCELLED"
            assert self.call("DELETE", path, status=200).json() == {"messageid": entry.id, "status": "CANCELLED"}
        else:
            self.call("DELETE", path, status=400)

    @rule(passcode=PASSCODES, validity=st.sampled_from([5, 300]))
    def send_otp(self, passcode, validity):
        text = self.text("447700900000")
        otp = Otp(passcode, len(self.model.otps), self.model.now, validity)
        body = {"sender": "Parcels", "destination": text.to, "template": f"{text.content} {{{{passcode}}}}"}
        body |= {"passcode": passcode, "validity": validity, "metadata": {"number": otp.number}}
        text.content = f"{text.content} {passcode}"
        if answer := self.send_all("/otp/send", body, [text]):
            text.id = answer["messageid"]
            self.model.otps.append(otp)

    @rule(passcode=PASSCODES)
    def verify_otp(self, passcode):
        expected = self.model.verified(passcode, self.reuse)
        response = self.call("POST", "/otp/verify", {"passcode": passcode}, 200 if expected else 404)
        if expected:
            answer = response.json()
            assert (answer["metadata"], answer["status"]) == ({"number": expected[0].number}, expected[1])

    @rule(phone=st.sampled_from(["447700900123", "33612345678"]))
    def inbound(self, phone):
        content = self.model.words()
        body = {"from": f"+{phone}", "to": "60777", "content": content}
        self.call("POST", "/sandbox/inbound", body, 201)
        self.model.incoming.append((phone, content, self.model.now))

    @rule(limit=st.sampled_from([1, 1000]))
    def read_inbox(self, limit):
        unread = [message["messageid"] for message in self.search(status="INCOMING", unread=True)]
        got = [message["messageid"] for message in self.call("POST", "/messages/inbox", {"limit": limit}, 200).json()]
        assert got == unread[:limit]
        assert self.model.read.isdisjoint(got)
        if not self.keeping:
            self.model.read.update(got)

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def delete(self, data):
        message_id = data.draw(st.sampled_from(list(self.seen)))
        message = self.get(f"/messages/{message_id}")
        assert self.call("DELETE", f"/messages/{message_id}", status=200).json()["status"] == "DELETED"
        self.call("DELETE", f"/messages/{message_id}", status=400)
        self.call("GET", f"/messages/{message_id}", status=404)
        del self.seen[message_id]
        if message["status"] == "INCOMING":
            self.model.gone.append((message["sender"], message["content"]))
        else:
            (text,) = [text for text in self.model.texts if text.key == (message["content"], message["destination"])]
            text.deleted = self.model.now

    @rule(seconds=st.sampled_from([1, 2, 5, 40]))
    def let_time_pass(self, seconds):
        self.sandbox.time += seconds
        self.model.advance(seconds)

    @rule(keeping=st.booleans(), reuse=st.booleans())
    def change_settings(self, keeping, reuse):
        self.keeping, self.reuse = keeping, reuse
        changes = {"inbox": "keeping" if keeping else "consuming", "otp_reuse": "verified" if reuse else "refused"}
        self.call("POST", "/sandbox/settings", changes, 200)

    # What must hold.

    @invariant()
    def the_balance_is_what_was_not_used_or_came_back(self):
        assert self.get("/credits/balance")["credits"] == self.model.balance()

    @invariant()
    def the_ledger_has_every_text_once(self):
        ledger = self.get("/sandbox/ledger")
        assert Counter((row["content"], int(row["to"]), row["credits"]) for row in ledger) == Counter(
            (*text.key, text.credits) for text in self.model.accepted
        )
        assert [row["accepted_at"] for row in ledger] == [
            datetime.fromtimestamp(text.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") for text in self.model.accepted
        ]

    @invariant()
    def searching_finds_what_is_stored(self):
        found = self.search()
        sent = {(each["content"], each["destination"]): each for each in found if each["status"] != "INCOMING"}
        now = self.model.now
        assert {key: (each["status"], each.get("batchid")) for key, each in sent.items()} == {
            text.key: (text.status(now), text.batch) for text in self.model.stored
        }
        assert all(text.id in (None, sent[text.key]["messageid"]) for text in self.model.stored)
        incoming = [each for each in found if each["status"] == "INCOMING"]
        assert sorted((each["sender"], each["content"]) for each in incoming) == self.model.arrived()
        assert len({each["messageid"] for each in found}) == len(found) == len(sent) + len(incoming)
        now_seen = {each["messageid"]: each["status"] for each in found}
        assert self.seen.keys() <= now_seen.keys()
        for message_id, before in self.seen.items():
            after = now_seen[message_id]
            assert after == before or (before not in FINAL and (before, after) in EDGES)
        self.seen = now_seen

    @invariant()
    def scheduled_texts_are_sent_once_or_never(self):
        entries = self.get("/sandbox/schedules")
        assert [(row["id"], row["status"], len(row["message_ids"])) for row in entries] == [
            (entry.id, entry.status, len(entry.texts) if entry.status == "PROCESSED" else 0)
            for entry in self.model.entries
        ]

    @rule()
    def everything_is_found_by_its_id(self):
        found = self.search()
        for message in found:
            assert self.get(f"/messages/{message['messageid']}") == message
        for batch in {text.batch for text in self.model.texts if text.batch}:
            listed = [message for message in found if message.get("batchid") == batch]
            response = self.call("GET", f"/batch/{batch}", status=200 if listed else 404)
            assert not listed or response.json() == listed
        failed = [message for message in found if message["status"] in FINAL - {"DELIVERED"}]
        assert self.call("POST", "/messages/failed", {}, 200).json() == failed

    @rule(limit=st.integers(1, 5))
    def pages_have_every_message_once(self, limit):
        found, pages = self.search(), []
        while page := self.search(limit=limit, skip=len(pages)):
            pages += page
        assert pages == found


LifeCycles.TestCase.settings = settings(max_examples=40, stateful_step_count=30)
TestLifeCycles = LifeCycles.TestCase
