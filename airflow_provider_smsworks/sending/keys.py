"""What the texts of a list are known by: at the gateway by their keys, in Airflow's database by their places."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b

PLACES = 2**62


@lru_cache(maxsize=8)
def beginning_of_keys(key: str) -> str:
    """Return what the keys of all messages of a text begin with."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def key_of(key: str, name: str) -> str:
    """Return the key of one message, under the key of the whole text."""
    return beginning_of_keys(key) + hashlib.sha256(f"{key}/{name}".encode()).hexdigest()[:16]


def place_maker(secret: str) -> Callable[[str], int]:
    """Return what gives the place of a name; nobody can try out names who does not have the secret."""
    key = secret.encode()

    def place_of(name: str) -> int:
        # Of all keyed hashes the quickest here, and it is made for a million of them.
        return int.from_bytes(blake2b(name.encode(), digest_size=8, key=key).digest()) % PLACES

    return place_of
