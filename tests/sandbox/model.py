"""What the life cycles of the sandbox should come to, in a few rules and without a database.

Every text that the tests send has words of its own, so what the gateway shows is found here by content and
number. Times are whole seconds of a clock that only the tests move.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

DELIVERY, EXPIRY, REPLY = 2, 10, 3  # seconds, as the settings have it by default

FINAL = {"DELIVERED", "UNDELIVERABLE", "EXPIRED", "REJECTED", "FAILED"}
EDGES = {("SENT", final) for final in FINAL - {"FAILED"}}

# The last status of a text to a number, after how many seconds, and whether the credits come back then.
ENDS = {
    "447700900000": ("DELIVERED", DELIVERY, False),
    "447700900001": ("UNDELIVERABLE", DELIVERY, True),
    "447700900002": ("EXPIRED", EXPIRY, True),
    "447700900003": ("REJECTED", DELIVERY, True),
    "447700900004": ("SENT", 0, False),
    "447700900005": ("DELIVERED", DELIVERY, False),
    "33612345678": ("DELIVERED", DELIVERY, False),
}
NUMBERS = [*ENDS, "12"]  # the last is none
REPLYING = "447700900005"


@dataclass
class Text:
    """A message that the gateway stores. ``code``: why it failed at once, if it did."""

    content: str
    to: str
    sender: str
    created: int
    batch: str | None = None
    code: int | None = None
    id: str | None = None
    deleted: int | None = None

    @property
    def key(self) -> tuple[str, int]:
        return self.content, int(self.to)

    @property
    def credits(self) -> float:
        parts = 1 if len(self.content) <= 160 else -(-len(self.content) // 153)
        return 0.0 if self.code else parts * (1.0 if self.to.startswith("44") else 2.0)

    def status(self, now: int) -> str:
        if self.code:
            return "FAILED"
        end, seconds, _ = ENDS[self.to]
        return end if now >= self.created + seconds else "SENT"

    def refund(self, now: int) -> float:
        """The credits that came back: none if the message was deleted before."""
        if self.code or not ENDS[self.to][2]:
            return 0.0
        back = self.created + ENDS[self.to][1]
        return self.credits if back <= now and (self.deleted is None or back <= self.deleted) else 0.0


@dataclass
class Entry:
    """What was scheduled: the texts, as they are accepted when they are due."""

    id: str
    due: int
    batch: bool
    texts: list[Text]
    status: str = "SCHEDULED"


@dataclass
class Otp:
    passcode: str
    number: int
    created: int
    validity: int
    verified: bool = False

    def is_open(self, now: int) -> bool:
        return not self.verified and now < self.created + self.validity


@dataclass
class Gateway:
    """All that the sandbox should know."""

    now: int
    credits: float
    texts: list[Text] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    otps: list[Otp] = field(default_factory=list)
    read: set[str] = field(default_factory=set)  # ids of incoming texts that the inbox gave out
    incoming: list[tuple[str, str, int]] = field(default_factory=list)  # from, content, when
    gone: list[tuple[str, str]] = field(default_factory=list)  # the same of those that were deleted
    made: int = 0

    def words(self, long: bool = False) -> str:
        """Words that no other text has."""
        self.made += 1
        return f"Text {self.made}" + " again and again" * (12 if long else 0)

    @property
    def accepted(self) -> list[Text]:
        return [text for text in self.texts if not text.code]

    @property
    def stored(self) -> list[Text]:
        return [text for text in self.texts if text.deleted is None]

    def balance(self, now: int | None = None) -> float:
        now = self.now if now is None else now
        return self.credits + sum(text.refund(now) - text.credits for text in self.accepted if text.created <= now)

    def affords(self, texts: list[Text], now: int | None = None) -> bool:
        return sum(text.credits for text in texts) <= self.balance(now)

    def accept(self, texts: list[Text]) -> None:
        for text in texts:
            self.texts.append(text)
            if text.to == REPLYING and text.sender.isdigit() and not text.code:
                self.incoming.append((text.to, "YES", text.created + REPLY))

    def arrived(self) -> list[tuple[str, str]]:
        """Sender and content of the incoming texts that are there by now."""
        here = [(phone, content) for phone, content, when in self.incoming if when <= self.now]
        for deleted in self.gone:
            here.remove(deleted)
        return sorted(here)

    def advance(self, seconds: int) -> None:
        """Let time pass: what is due is sent, in the order of time."""
        self.now += seconds
        due = [entry for entry in self.entries if entry.status == "SCHEDULED" and entry.due <= self.now]
        for entry in sorted(due, key=lambda entry: entry.due):
            entry.status = "PROCESSED"
            enough = self.affords(entry.texts, entry.due)
            entry.texts = [
                replace(text, created=entry.due, code=text.code or (None if enough else 4021)) for text in entry.texts
            ]
            self.accept(entry.texts)

    def verified(self, passcode: str, reuse: bool) -> tuple[Otp, str] | None:
        """Which password a passcode is for and its status, or None if it is for none."""
        same = [otp for otp in reversed(self.otps) if otp.passcode == passcode]
        chosen = next((otp for otp in same if otp.is_open(self.now)), same[0] if same else None)
        if chosen is None or (chosen.verified and not reuse):
            return None
        if chosen.is_open(self.now):
            chosen.verified = True
        return chosen, "VERIFIED" if chosen.verified else "EXPIRED"
