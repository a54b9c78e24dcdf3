"""Hooks: a connection becomes a client."""

from __future__ import annotations
