"""Sensors: they wait. All are deferrable."""

from __future__ import annotations
