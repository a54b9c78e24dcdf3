"""The statuses of messages, and the words for them."""

from __future__ import annotations

from airflow_provider_smsworks.sandbox.settings import Settings

# The specification's words are stored.
SENT, DELIVERED, UNDELIVERABLE = "SENT", "DELIVERED", "UNDELIVERABLE"
EXPIRED, REJECTED, INCOMING = "EXPIRED", "REJECTED", "INCOMING"
UNKNOWN = "UNKNOWN"  # the networks themselves do not know
FAILED = "FAILED"  # "only used for batch messages, where we need to record sending failures"

# Of schedules, one-time passwords and answers; no stored message has them.
SCHEDULED, PROCESSED, CANCELLED = "SCHEDULED", "PROCESSED", "CANCELLED"
VERIFIED, DELETED = "VERIFIED", "DELETED"

# The developer documents' words for the same.
_DOCS_WORDS = {SENT: "ACCEPTED", UNDELIVERABLE: "UNDELIVERED"}
_STORED_WORDS = {word: stored for stored, word in _DOCS_WORDS.items()}


def status_word(status: str, settings: Settings) -> str:
    """The word that answers have for a stored status."""
    return _DOCS_WORDS.get(status, status) if settings.status_words == "docs" else status


def stored_status(word: str, settings: Settings) -> str:
    """The stored status that a search means by a word; searches know the words of answers, no others."""
    if settings.status_words == "spec":
        return word
    return _STORED_WORDS.get(word, "" if word in _DOCS_WORDS else word)
