"""Operators: one for each thing that the gateway does."""

from __future__ import annotations
