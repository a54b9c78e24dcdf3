"""Triggers: they wait in the triggerer. They never send, and never touch the task state store."""

from __future__ import annotations
