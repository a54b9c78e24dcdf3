"""The people whom the Dags of the leak tests text, and the secrets of their connections: nobody may find them again."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.leaks import Canary

STYLES = [
    "07700 {0}",
    "+447700{0}",
    "447700{0}",
    "00447700{0}",
    "(07700) {1}-{2}",
    "+44 (0)7700 {0}",
    "07700\u00a0{1}\u2011{2}",
    "7700{0}",
]
NOT_DELIVERED = "07700900001"
"""A phone of the sandbox that does not exist, and the canary of those who are not reached."""


@dataclass(frozen=True)
class Person:
    """A row: its name says which way it goes through Airflow."""

    name: str
    phone: str
    words: str
    passcode: str

    @property
    def number(self) -> str:
        """The phone in the gateway's spelling."""
        return "44" + "".join(letter for letter in self.phone if letter.isdigit())[-10:]

    @property
    def canaries(self) -> list[Canary]:
        return [
            Canary(f"phone of {self.name}", "number", self.phone),
            Canary(f"first word to {self.name}", "text", made_up_word(self.name, "first")),
            Canary(f"last word to {self.name}", "text", made_up_word(self.name, "last")),
            Canary(f"passcode of {self.name}", "number", self.passcode),
        ]


def person(name: str, number: int) -> Person:
    """Make up somebody: each has another number, spelled in another way, and other words."""
    end = f"900{number:03}"
    style = STYLES[number % len(STYLES)]
    phone = NOT_DELIVERED if name.startswith("unreached") else style.format(end, end[:3], end[3:])
    words = f"Dear {made_up_word(name, 'first')}, your parcel {made_up_word(name, 'last')}"
    # Without the digits 0 to 5 it cannot be the time of a line in a log: 04:34:56.892 was one.
    drawn = str(int(hashlib.sha256(f"passcode of {name}".encode()).hexdigest(), 16))[:12]
    passcode = drawn.translate(str.maketrans("012345", "678967"))
    return Person(name, phone, words, passcode)


def made_up_word(*names: str) -> str:
    """Return a word that is in no dictionary, always the same for the same names."""
    digest = hashlib.sha256("/".join(names).encode()).hexdigest()[:12]
    return "".join("bdfghjkmnprstvwz"[int(digit, 16)] + "aeiou"[int(digit, 16) % 5] for digit in digest[:6]).title()


def secret(name: str) -> str:
    """Make up a token that looks like one of the account page."""
    return f"JWT eyJ{made_up_word(name, 'head')}.{made_up_word(name, 'body')}.{made_up_word(name, 'mark')}"


def canaries_of(name: str, token: str) -> list[Canary]:
    """Return every part of a token that is long enough to tell anything."""
    parts = token.removeprefix("JWT ").removeprefix("eyJ").split(".")
    return [Canary(f"secret {name}, part {number}", "text", part) for number, part in enumerate(parts) if len(part) > 5]


def write_rows(folder: Path, people: list[Person]) -> dict[str, str]:
    """Write everybody to a table and to a file, and return the environment that names those, and holds them too."""
    with sqlite3.connect(folder / "rows.db") as database:
        database.execute("CREATE TABLE people (name PRIMARY KEY, phone, words, passcode)")
        database.executemany("INSERT INTO people VALUES (:name, :phone, :words, :passcode)", map(asdict, people))
    database.close()
    (folder / "rows.json").write_text(json.dumps({row.name: asdict(row) for row in people}))
    return {
        "LEAK_TABLE": str(folder / "rows.db"),
        "LEAK_FILE": str(folder / "rows.json"),
        "LEAK_PEOPLE": json.dumps({row.name: asdict(row) for row in people}),
    }
