"""All waits for delivery reports on a connection, in one process: one poll, which asks for many with few calls."""

from __future__ import annotations
