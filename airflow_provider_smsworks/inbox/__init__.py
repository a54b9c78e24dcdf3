"""Texts that come in: one poll for all who wait for them, and what lets none be lost."""
