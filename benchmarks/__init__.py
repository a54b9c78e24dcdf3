"""What the provider costs, side by side with what people would use instead: ``python -m benchmarks``."""

from __future__ import annotations
